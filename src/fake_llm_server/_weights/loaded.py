"""The weights that this process has loaded: one copy of each model, with a count of its users."""

import atexit
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fake_llm_server._errors import ConfigurationError, ModelLoadError
from fake_llm_server._settings import LoadSettings
from fake_llm_server._weights.askers import always
from fake_llm_server._weights.catalogue import CATALOGUE
from fake_llm_server._weights.fit import check_fit
from fake_llm_server._weights.machine import Machine, read_machine
from fake_llm_server._weights.shape import MemoryNeed
from fake_llm_server._weights.shared_pool import Lease, NotWantedError, PoolFullError, PoolRow, SharedPool
from fake_llm_server._weights.spec import DownloadedModel

if TYPE_CHECKING:
    from llama_cpp import Llama


@dataclass(frozen=True, slots=True)
class WeightsKey:
    """What makes two loads the same: the same files, unchanged, laid out alike.

    Attributes:
        files: for each part its resolved path, time of change in nanoseconds, and bytes.
    """

    files: tuple[tuple[Path, int, int], ...]
    settings: LoadSettings

    @property
    def num_bytes(self) -> int:
        """Of the files, which is what the weights take."""
        return sum(size for _, _, size in self.files)


class LoadedModel:
    """Weights in memory, shared; yours until `release`.

    Attributes:
        llama: the weights. Never close it: others may use it.
        downloaded: the files they came from.
        key: names the weights; equal keys share one `llama`.
    """

    def __init__(
        self,
        downloaded: DownloadedModel,
        key: WeightsKey,
        lease: "Lease[Llama]",
        free_unused: Callable[[WeightsKey], object],
    ) -> None:
        self.downloaded = downloaded
        self.key = key
        self.llama = lease.value
        self._lease = lease
        self._free_unused = free_unused

    def release(self) -> None:
        """Let the weights go; whatever was built on them must be freed before. Idempotent."""
        self._lease.release()

    def unload(self) -> None:
        """Give the weights back, and free them now if no one else uses them."""
        self._lease.release()
        self._free_unused(self.key)


class LoadedModels:
    """Loads each model's weights once for all its users, and frees unused weights.

    Args:
        max_unused: how many unused models stay loaded for the next test.
        max_bytes: what all loaded weights may take together; None is bounded by the machine alone.
        read_machine: tells what the machine has to give at the moment.
    """

    def __init__(
        self,
        *,
        max_unused: int = 1,
        max_bytes: int | None = None,
        read_machine: Callable[[Path], Machine] = read_machine,
    ) -> None:
        self._read_machine = read_machine
        self._before_free: list[Callable[[Llama], None]] = []
        self._pool: SharedPool[WeightsKey, Llama] = SharedPool(
            self._free, max_unused=max_unused, max_bytes=max_bytes
        )

    def before_free(self, callback: Callable[["Llama"], None]) -> None:
        """Have `callback` called with weights before they are freed, to free what is built on them."""
        self._before_free.append(callback)

    def _free(self, llama: "Llama") -> None:
        for callback in self._before_free:
            callback(llama)
        llama.close()

    def configure(self, *, max_unused: int, max_bytes: int | None) -> None:
        """Change the limits from now on; what is loaded stays until the next load or release.

        Raises:
            ConfigurationError: a limit is negative.
        """
        for name, value in (("max_unused", max_unused), ("max_bytes", max_bytes)):
            if value is not None and value < 0:
                raise ConfigurationError(f"{name} is {value}; it must be 0 or more.")
        self._pool.max_unused, self._pool.max_bytes = max_unused, max_bytes

    def acquire(
        self,
        downloaded: DownloadedModel,
        settings: LoadSettings | None = None,
        *,
        estimate: Callable[[DownloadedModel], MemoryNeed] | None = None,
        wait_s: float = 0.0,
        is_wanted: Callable[[], bool] = always,
    ) -> LoadedModel:
        """Share a model's weights, loading them if they aren't loaded.

        Args:
            downloaded: the model.
            settings: how its weights are laid out; None takes the defaults.
            estimate: tells what serving the model will take, so that it is refused before it is loaded
                if that isn't there; asked only if the weights aren't loaded. None counts them alone.
            wait_s: how long to wait for others to release theirs when `max_bytes` is used up.
            is_wanted: whether the caller still wants them; asked meanwhile, from any thread. A load that none
                of its callers wants is broken off.

        Raises:
            ModelLoadError: it can't be loaded, isn't wanted any more, or there is no room for it. What is
                loaded stays.
        """
        settings = settings or LoadSettings()
        key = _create_key(downloaded, settings)
        try:
            lease = self._pool.acquire(
                key,
                lambda: self._load(downloaded, key, estimate),
                num_bytes=key.num_bytes,
                wait_s=wait_s,
                is_wanted=is_wanted,
            )
        except PoolFullError as error:
            raise ModelLoadError(
                f"There is no room for {downloaded.spec.name}: {error}. Close a server that uses another "
                "model, or raise the limit."
            ) from error
        except NotWantedError as error:
            raise ModelLoadError(f"{downloaded.spec.name} isn't wanted any more.") from error
        return LoadedModel(downloaded, key, lease, self._free_if_unused)

    def _free_if_unused(self, key: WeightsKey) -> None:
        self._pool.release_unused(lambda other: other == key)

    def _load(
        self,
        downloaded: DownloadedModel,
        key: WeightsKey,
        estimate: Callable[[DownloadedModel], MemoryNeed] | None,
    ) -> "Llama":
        need = estimate(downloaded) if estimate else MemoryNeed(weights=key.num_bytes, kv=0, compute=0)
        self._check_memory(downloaded, need)
        return downloaded.load(key.settings, lambda: self._pool.is_wanted(key))

    def _check_memory(self, downloaded: DownloadedModel, need: MemoryNeed) -> None:
        """Free unused weights; then refuse a model that would make the machine swap."""
        smaller = {entry.alias: entry.typical_size for entry in CATALOGUE}
        fit = check_fit(need, self._read_machine(downloaded.path.parent), alternatives=smaller)
        if not fit.is_fit and self.release_unused():
            fit = check_fit(need, self._read_machine(downloaded.path.parent), alternatives=smaller)
        if not fit.is_fit:
            raise ModelLoadError(f"There is not enough memory for {downloaded.spec.name}: it {fit.text}.")

    def owns(self, llama: "Llama") -> bool:
        """Whether these weights were loaded here, and are freed here."""
        return any(value is llama for value in self._pool.values())

    def release_unused(self) -> int:
        """Free all unused weights, and return the number of models that they belonged to."""
        return self._pool.release_unused()

    def list_loaded(self) -> tuple[PoolRow[WeightsKey], ...]:
        """What is loaded, the least recently used first."""
        return tuple(self._pool)


def _create_key(downloaded: DownloadedModel, settings: LoadSettings) -> WeightsKey:
    files = []
    for path in downloaded.paths:
        try:
            resolved = path.resolve(strict=True)
            state = resolved.stat()
        except OSError as error:
            raise ModelLoadError(f"{path} can't be read: {error.strerror or error}.") from error
        files.append((resolved, state.st_mtime_ns, state.st_size))
    return WeightsKey(tuple(files), settings)


loaded_models = LoadedModels()
"""The process's one registry: weights are shared by all servers in it."""

# Weights in use at the end are left to the operating system: an engine may still be computing with them.
atexit.register(loaded_models.release_unused)
