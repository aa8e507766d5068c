"""Downloads model files from the Hugging Face hub, and refuses files that differ from what the hub lists.

`huggingface_hub` does the transfer, the cache, tokens, proxies, mirrors and the offline mode, each by its own
environment variables. This module decides what to download, and checks the result. It uses a cached file
without asking the hub, unless the caller wants a refresh.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import huggingface_hub
from huggingface_hub import constants

from fake_llm_server._errors import DownloadError
from fake_llm_server._weights.file_digest import compute_sha256
from fake_llm_server._weights.hub_errors import explain_hub_error, is_interruption, is_unreachable
from fake_llm_server._weights.machine import measure_free_disk
from fake_llm_server._weights.quantization import NoSuchFileError, choose_file
from fake_llm_server._weights.sizes import format_bytes
from fake_llm_server._weights.sources import HubSource
from fake_llm_server._weights.split_files import list_parts

# What must stay free on the disk beside the download.
_DISK_RESERVE = 200_000_000
_NUM_RETRIES = 3

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file as the hub describes it.

    Attributes:
        size: bytes.
        sha256: hexadecimal; None for a file that the hub doesn't keep by hash.
    """

    name: str
    size: int
    sha256: str | None


class Hub:
    """The hub, or a mirror of it.

    Args:
        endpoint: its URL; None is what `HF_ENDPOINT` says, or huggingface.co.
        cache_dir: where files are kept; None is what `HF_HUB_CACHE` or `HF_HOME` say.
        token: for private and gated repositories; None is what `HF_TOKEN` says, or the saved login.
    """

    def __init__(
        self, endpoint: str | None = None, cache_dir: Path | None = None, token: str | None = None
    ) -> None:
        self._api = huggingface_hub.HfApi(endpoint=endpoint, token=token, library_name="fake-llm-server")
        self._cache_dir = Path(cache_dir or constants.HF_HUB_CACHE).expanduser().resolve()

    @property
    def cache_dir(self) -> Path:
        """Where files are kept; it needn't exist yet."""
        return self._cache_dir

    def find_cached(self, source: HubSource) -> tuple[Path, ...] | None:
        """The files of a model as far as the cache can tell, without a network.

        Returns:
            The parts in order, or None if they aren't all there.
        """
        snapshot = self._find_snapshot(source)
        if snapshot is None:
            return None
        file = source.file
        if file is None:
            present = [
                path.relative_to(snapshot).as_posix() for path in snapshot.rglob("*") if path.is_file()
            ]
            try:
                file = choose_file(present, source.quantization)
            except NoSuchFileError:
                return None
        paths = tuple(snapshot / part for part in list_parts(file))
        return paths if all(path.is_file() for path in paths) else None

    def _find_snapshot(self, source: HubSource) -> Path | None:
        """The folder of the revision in the cache, whose layout huggingface_hub documents."""
        folder = self._cache_dir / f"models--{source.repository.replace('/', '--')}"
        revision = source.revision or constants.DEFAULT_REVISION
        ref = folder / "refs" / revision
        commit = ref.read_text().strip() if ref.is_file() else revision
        snapshot = folder / "snapshots" / commit
        return snapshot if snapshot.is_dir() else None

    def fetch(
        self, source: HubSource, *, min_size: int = 0, max_size: int | None = None, refresh: bool = False
    ) -> tuple[Path, ...]:
        """Bring a model's files into the cache, unless they are there.

        Args:
            source: what is wanted. Without a file and a quantization the hub is asked what there is,
                and the cache alone decides only where the hub can't be reached.
            min_size: bytes that the files have together at least.
            max_size: bytes that they have at most; None is unlimited.
            refresh: ask the hub for the revision's present state even if an older one is here, and hash
                what is here.

        Returns:
            Paths of the parts, in order.

        Raises:
            DownloadError: they can't be downloaded, or differ from the hub's list; the message says more.
        """
        is_settled = bool(source.file or source.quantization)
        cached = self.find_cached(source)
        if cached is not None and ((is_settled and not refresh) or constants.HF_HUB_OFFLINE):
            return cached
        try:
            files = self._list_wanted(source)
            _check_size(source, files, min_size, max_size)
            self._check_disk(source, files)
            return tuple(self._fetch_file(source, file, verify=refresh) for file in files)
        except DownloadError:
            raise
        except Exception as error:  # the kinds depend on huggingface_hub's HTTP library
            if cached is not None and is_unreachable(error):
                return cached
            raise explain_hub_error(error, source, self._api.endpoint) from error

    def _list_wanted(self, source: HubSource) -> tuple[HubFile, ...]:
        info = self._api.model_info(source.repository, revision=source.revision, files_metadata=True)
        present = {
            sibling.rfilename: HubFile(
                sibling.rfilename, sibling.size or 0, sibling.lfs.sha256 if sibling.lfs else None
            )
            for sibling in info.siblings or ()
        }
        try:
            first = source.file or choose_file(present, source.quantization)
        except NoSuchFileError as error:
            raise DownloadError(f"No file of {source.repository} can be chosen: {error}.") from error
        missing = [part for part in list_parts(first) if part not in present]
        if missing:
            models = ", ".join(name for name in sorted(present) if name.endswith(".gguf")) or "no GGUF file"
            raise DownloadError(f"{source.repository} has no file {missing[0]}; it has {models}.")
        return tuple(present[part] for part in list_parts(first))

    def _check_disk(self, source: HubSource, files: Sequence[HubFile]) -> None:
        snapshot = self._find_snapshot(source)
        wanted = sum(file.size for file in files if snapshot is None or not (snapshot / file.name).is_file())
        free = measure_free_disk(self._cache_dir)
        if wanted and wanted + _DISK_RESERVE > free:
            raise DownloadError(
                f"{source} needs {format_bytes(wanted)} on the disk of {self._cache_dir}, where "
                f"{format_bytes(free)} are free ({format_bytes(_DISK_RESERVE)} are kept in reserve). "
                "Free some, or point HF_HOME to another disk."
            )

    def _fetch_file(self, source: HubSource, file: HubFile, *, verify: bool) -> Path:
        snapshot = self._find_snapshot(source)
        earlier = snapshot / file.name if snapshot else None
        was_here = earlier is not None and earlier.is_file()
        path = self._transfer(source, file, num_retries=_NUM_RETRIES)
        size = path.stat().st_size
        if size != file.size:
            _refuse(path, f"has {size} bytes, and the hub promised {file.size}")
        # The hash of a gigabyte takes seconds: a file is hashed when it comes, not each time it is used.
        is_new = not was_here or path != earlier
        if file.sha256 and (is_new or verify):
            digest = compute_sha256(path)
            if digest != file.sha256:
                _refuse(path, f"has the sha256 {digest}, and the hub promised {file.sha256}")
        return path

    def _transfer(self, source: HubSource, file: HubFile, *, num_retries: int) -> Path:
        """Download a file if it isn't here, going on after a broken connection.

        Versions of huggingface_hub differ in which breaks they go on after by themselves.
        """
        try:
            return Path(
                self._api.hf_hub_download(
                    source.repository, file.name, revision=source.revision, cache_dir=self._cache_dir
                )
            )
        except Exception as error:
            if num_retries == 0 or not is_interruption(error):
                raise
            logger.warning("The transfer of %s broke off (%s); it goes on.", file.name, error)
        return self._transfer(source, file, num_retries=num_retries - 1)


def _check_size(source: HubSource, files: Sequence[HubFile], min_size: int, max_size: int | None) -> None:
    total = sum(file.size for file in files)
    if total < min_size or (max_size is not None and total > max_size):
        raise DownloadError(
            f"{source} has {total} bytes at the hub, where {min_size} to {max_size} are expected: it "
            "is not the model that the catalogue means. Pin a revision that is, or name the file."
        )


def _refuse(path: Path, reason: str) -> None:
    """Take a wrong file out of the cache, so that the next try fetches it again.

    Raises:
        DownloadError: always.
    """
    path.resolve().unlink(missing_ok=True)
    path.unlink(missing_ok=True)
    raise DownloadError(
        f"{path.name} {reason}. It was deleted; try again, and if it comes wrong again, suspect a proxy or "
        "a mirror."
    )
