"""Downloads through the real `huggingface_hub` client from a local hub, with faults."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from local_hub import Faults, LocalHub, Repository

from fake_llm_server._errors import DownloadError
from fake_llm_server._weights import ModelSpec
from fake_llm_server._weights.catalogue import CatalogueEntry
from fake_llm_server._weights.hub import Hub
from fake_llm_server._weights.shape import ModelShape
from fake_llm_server._weights.sources import HubSource

NAME = "maker/tiny-GGUF"
CONTENT = b"GGUF" + bytes(range(256)) * 64
FILES = {"README.md": b"# tiny", "tiny-Q8_0.gguf": b"GGUF eight bits", "tiny-Q4_K_M.gguf": CONTENT}
PARTS = {f"Q4_0/tiny-Q4_0-0000{part}-of-00003.gguf": b"GGUF%d" % part for part in (1, 2, 3)}


@pytest.fixture
def server() -> Iterator[LocalHub]:
    """A hub with one sound repository."""
    with LocalHub().run() as hub:
        hub.repositories[NAME] = Repository(FILES)
        yield hub


@pytest.fixture
def hub(server: LocalHub, tmp_path: Path) -> Hub:
    """Our side, with an empty cache."""
    return Hub(server.url, tmp_path / "cache")


def fetch(name: str, hub: Hub, *, refresh: bool = False) -> tuple[Path, ...]:
    """Download by name."""
    return ModelSpec.from_model_name(name).download(hub, refresh=refresh).paths


@pytest.mark.parametrize(
    ("suffix", "file"),
    [
        ("", "tiny-Q4_K_M.gguf"),
        (":q8_0", "tiny-Q8_0.gguf"),
        ("/tiny-Q8_0.gguf", "tiny-Q8_0.gguf"),
        ("@main", "tiny-Q4_K_M.gguf"),
    ],
)
def test_each_form_of_a_name_fetches_its_file(hub: Hub, suffix: str, file: str) -> None:
    """The file that the name means arrives, byte for byte, under its own name."""
    (path,) = fetch(NAME + suffix, hub)
    assert path.name == file
    assert path.read_bytes() == FILES[file]


def test_a_cached_file_needs_no_hub(server: LocalHub, hub: Hub) -> None:
    """A second download by quantization or file asks the hub for nothing."""
    first = fetch(f"{NAME}:Q4_K_M", hub)
    server.seen.clear()
    assert fetch(f"{NAME}:Q4_K_M", hub) == first
    assert fetch(f"{NAME}/tiny-Q4_K_M.gguf", hub) == first
    assert not server.seen


def test_the_choice_is_the_hubs_not_the_caches(hub: Hub) -> None:
    """A name without a quantization means the preferred file even where only another one is cached."""
    fetch(f"{NAME}:Q8_0", hub)
    assert fetch(NAME, hub)[0].name == "tiny-Q4_K_M.gguf"


def test_refresh_fetches_what_is_new(server: LocalHub, hub: Hub) -> None:
    """A model that is cached stays as it is until a refresh is asked for."""
    fetch(f"{NAME}:Q4_K_M", hub)
    server.repositories[NAME] = Repository({"tiny-Q4_K_M.gguf": b"GGUF, improved"})
    assert fetch(f"{NAME}:Q4_K_M", hub)[0].read_bytes() == CONTENT
    assert fetch(f"{NAME}:Q4_K_M", hub, refresh=True)[0].read_bytes() == b"GGUF, improved"


def test_a_commit_pins_the_file(server: LocalHub, hub: Hub) -> None:
    """A revision is passed on, for the listing and for the file."""
    commit = server.repositories[NAME].commit
    (path,) = fetch(f"{NAME}@{commit}", hub)
    assert commit in path.parts
    assert {seen.path.split("/")[-1] for seen in server.seen if "/revision/" in seen.path} == {commit}
    assert any(f"/resolve/{commit}/" in seen.path for seen in server.seen)


def test_split_files_come_together(server: LocalHub, hub: Hub) -> None:
    """All parts of a split model arrive, in order, next to each other; a missing part is fetched alone."""
    server.repositories[NAME] = Repository(PARTS)
    paths = fetch(NAME, hub)
    assert [path.read_bytes() for path in paths] == list(PARTS.values())
    assert len({path.parent for path in paths}) == 1
    paths[1].resolve().unlink()
    paths[1].unlink()
    server.seen.clear()
    assert fetch(f"{NAME}:Q4_0", hub) == paths
    assert server.count_transfers() == 1


def test_a_broken_transfer_is_resumed(server: LocalHub, hub: Hub) -> None:
    """A connection that breaks off goes on where it was, and the file is whole."""
    chunk = 10 * 1024 * 1024  # what huggingface_hub reads before it writes
    content = b"GGUF" + bytes(chunk + 1_000_000)
    server.repositories[NAME] = Repository(
        {"m-Q4_0.gguf": content}, faults=Faults(num_cuts=1, cut_after=chunk + 1000)
    )
    (path,) = fetch(NAME, hub)
    assert path.read_bytes() == content
    ranges = [seen.range for seen in server.seen if seen.path.startswith("/cdn/")]
    assert ranges == [None, f"bytes={chunk}-"]


def test_a_reset_connection_is_not_the_end(server: LocalHub, hub: Hub) -> None:
    """A connection that is reset is opened again, a few times and no more."""
    server.repositories[NAME].faults = Faults(num_cuts=2, cut_after=1000, is_reset=True)
    assert fetch(NAME, hub)[0].read_bytes() == CONTENT
    server.repositories[NAME].faults = Faults(num_cuts=99, cut_after=5, is_reset=True)
    with pytest.raises(DownloadError, match="could not be fetched"):
        fetch(f"{NAME}:Q8_0", hub)


def test_the_token_goes_to_the_hub_only(server: LocalHub, tmp_path: Path) -> None:
    """A gated file is had with a token, which the CDN that the hub redirects to never sees."""
    server.repositories[NAME] = Repository(FILES, token="hf_good")  # noqa: S106 - the local hub's
    fetch(NAME, Hub(server.url, tmp_path, token="hf_good"))  # noqa: S106 - the local hub's
    for seen in server.seen:
        assert seen.token == (None if seen.path.startswith("/cdn/") else "hf_good")


@pytest.mark.parametrize("token", [None, "hf_other"])
def test_gated_repositories_are_explained(server: LocalHub, tmp_path: Path, token: str | None) -> None:
    """Without the right token the message says where to accept the terms and which variable to set."""
    server.repositories[NAME] = Repository(FILES, token="hf_good")  # noqa: S106 - the local hub's
    with pytest.raises(DownloadError, match=rf"gated: accept its terms at {server.url}/{NAME}.*HF_TOKEN"):
        fetch(NAME, Hub(server.url, tmp_path, token=token))
    assert server.count_transfers() == 0


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("maker/missing", "no repository .*/maker/missing, or it is private"),
        (f"{NAME}@v9", "no revision 'v9'"),
        (f"{NAME}:Q5_K_M", "no file of the quantization Q5_K_M; there are Q4_K_M, Q8_0"),
        (f"{NAME}/other.gguf", "no file other.gguf; it has tiny-Q4_K_M.gguf, tiny-Q8_0.gguf"),
    ],
)
def test_what_is_not_there_is_said(hub: Hub, name: str, message: str) -> None:
    """A missing repository, revision, quantization and file each have their own words."""
    with pytest.raises(DownloadError, match=message):
        fetch(name, hub)


@pytest.mark.parametrize(
    ("faults", "message"),
    [
        (
            Faults(wrong_bytes=CONTENT[:-1]),
            f"has {len(CONTENT) - 1} bytes, and the hub promised {len(CONTENT)}",
        ),
        (Faults(wrong_bytes=CONTENT + b"!"), "bytes, and the hub promised"),
        (Faults(wrong_bytes=CONTENT[:-1] + b"!"), "has the sha256 .* and the hub promised"),
        (Faults(listed_size=5), f"has {len(CONTENT)} bytes, and the hub promised 5"),
    ],
    ids=["truncated", "longer", "other bytes", "mislisted"],
)
def test_wrong_files_are_refused(server: LocalHub, hub: Hub, faults: Faults, message: str) -> None:
    """A file that isn't what the listing promised is refused and not kept; a later try succeeds."""
    server.repositories[NAME].faults = faults
    with pytest.raises(DownloadError, match=message):
        fetch(f"{NAME}:Q4_K_M", hub)
    server.repositories[NAME].faults = Faults()
    assert fetch(f"{NAME}:Q4_K_M", hub)[0].read_bytes() == CONTENT


def test_refresh_finds_a_file_that_rotted(hub: Hub) -> None:
    """A cached file that changed on the disk is refused by the hash when the model is pulled again."""
    (path,) = fetch(f"{NAME}:Q4_K_M", hub)
    path.resolve().write_bytes(CONTENT[:-1] + b"!")
    with pytest.raises(DownloadError, match="sha256"):
        fetch(f"{NAME}:Q4_K_M", hub, refresh=True)
    assert fetch(f"{NAME}:Q4_K_M", hub)[0].read_bytes() == CONTENT


@pytest.mark.parametrize(("status", "message"), [(503, "answered 503"), (429, "too many requests")])
def test_an_unwell_hub(server: LocalHub, hub: Hub, status: int, message: str) -> None:
    """A hub that fails is named with its status; a model that is cached is served nevertheless."""
    server.repositories[NAME].faults = Faults(status=status)
    with pytest.raises(DownloadError, match=message):
        fetch(NAME, hub)
    server.repositories[NAME].faults = Faults()
    cached = fetch(NAME, hub)
    server.repositories[NAME].faults = Faults(status=status)
    assert fetch(NAME, hub) == cached


def test_no_network(tmp_path: Path) -> None:
    """A hub that can't be reached is said to be so; with the model in the cache it isn't missed."""
    with LocalHub().run() as server:
        server.repositories[NAME] = Repository(FILES)
        hub = Hub(server.url, tmp_path)
        cached = fetch(NAME, hub)
    with pytest.raises(DownloadError, match=r"could not be fetched from http://127.0.0.1:\d+: .*refused"):
        fetch("maker/other", hub)
    assert fetch(NAME, hub) == cached


def test_a_full_disk_is_found_before_the_download(
    server: LocalHub, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With too little disk nothing is transferred, and the figures are given."""
    usage = shutil.disk_usage(Path())._replace(free=200_000_100)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(DownloadError, match=r"needs 16 kB on the disk of .* 200 MB are free"):
        fetch(NAME, hub)
    assert server.count_transfers() == 0


@pytest.mark.parametrize(
    ("min_size", "max_size", "is_fine"), [(1, 20_000, True), (20_000, 30_000, False), (1, 9, False)]
)
def test_size_bounds(hub: Hub, server: LocalHub, min_size: int, max_size: int, *, is_fine: bool) -> None:
    """A catalogue model whose file has grown or shrunk out of its bounds is refused before the transfer."""
    shape = ModelShape(1, 1, 1, 1, 1, 1)
    source = HubSource(NAME, quantization="Q4_K_M")
    entry = CatalogueEntry(
        "tiny", source, min_size, 1, max_size, shape,
        has_tools=False, has_reasoning=False, licence="MIT",
    )  # fmt: skip
    spec = ModelSpec("tiny", source, entry)
    if is_fine:
        assert spec.download(hub).path.read_bytes() == CONTENT
        return
    with pytest.raises(DownloadError, match=f"where {min_size} to {max_size} are expected"):
        spec.download(hub)
    assert server.count_transfers() == 0
