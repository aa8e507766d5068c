"""The full document is found where it is named, and taken only if it is the locked one."""

import gzip
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from codegen import repository
from codegen.errors import SourceError
from codegen.source import ENVIRONMENT_VARIABLE, SourceLock, find_document, load_lock

DOCUMENT = b"openapi: 3.1.0\n" * 20_000


def create_lock(address: str = "http://127.0.0.1:9/openapi.yaml") -> SourceLock:
    """Create a lock of `DOCUMENT`."""
    digest = hashlib.sha256(DOCUMENT).hexdigest()
    return SourceLock(address, "o/r", "c" * 40, "2026-01-01", "1", "MIT", len(DOCUMENT), digest)


@contextmanager
def serve(content: bytes, *, declared: int | None = None) -> Iterator[str]:
    """Serve bytes over HTTP, under a length that may be a lie; yield the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(content) if declared is None else declared))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *arguments: object) -> None:
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/openapi.yaml"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(autouse=True)
def _no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ENVIRONMENT_VARIABLE, raising=False)


def test_source_lock_names_upstream() -> None:
    """The repository's lock is whole, and its address is that of its commit."""
    lock = load_lock(repository.LOCK)
    assert lock.commit in lock.address
    assert lock.repository in lock.address
    assert (len(lock.commit), len(lock.sha256)) == (40, 64)


@pytest.mark.parametrize("content", ["", "address = 1", "commit = ", 'address = "x"\nfoo = 1'])
def test_source_lock_refused(tmp_path: Path, content: str) -> None:
    """A lock file that lacks a field or has another is refused by name."""
    path = tmp_path / "source.lock"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SourceError, match=r"source\.lock is not a usable lock file"):
        load_lock(path)


@pytest.mark.parametrize("place", ["source", "variable", "cache"])
@pytest.mark.parametrize("is_packed", [False, True])
def test_source_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, is_packed: bool) -> None:
    """The document is read from each place that may name it, plain or packed."""
    path = tmp_path / ("openapi.yaml.gz" if is_packed else "openapi.yaml")
    path.write_bytes(gzip.compress(DOCUMENT) if is_packed else DOCUMENT)
    if place == "variable":
        monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(path))
    cache = path if place == "cache" else tmp_path / "absent.yaml"
    assert find_document(create_lock(), source=path if place == "source" else None, cache=cache) == DOCUMENT


@pytest.mark.parametrize("content", [b"", DOCUMENT[:-1], DOCUMENT + b"\n", DOCUMENT[:-1] + b"x"])
def test_source_refuses_another_document(tmp_path: Path, content: bytes) -> None:
    """Another size or digest is refused, and the message says what is wrong and what to do."""
    path = tmp_path / "openapi.yaml"
    path.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        find_document(create_lock(), source=path, cache=tmp_path / "absent")
    for part in (
        str(path),
        str(len(DOCUMENT)),
        f"found    {len(content)} bytes",
        "--source",
        ENVIRONMENT_VARIABLE,
    ):
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content"), [("absent.yaml", None), ("openapi.yaml.gz", b"no gzip"), ("a.gz", b"")]
)
def test_source_unreadable(tmp_path: Path, name: str, content: bytes | None) -> None:
    """A file that is missing or can't be unpacked is named in the error."""
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SourceError, match=name):
        find_document(create_lock(), source=path, cache=tmp_path / "absent")


def test_source_downloaded_once(tmp_path: Path) -> None:
    """Without a file the document is downloaded with a progress bar and kept for the next time."""
    cache = tmp_path / "spec" / "openapi.full.yaml"
    with serve(DOCUMENT) as address:
        assert find_document(create_lock(address), source=None, cache=cache) == DOCUMENT
    assert find_document(create_lock(address), source=None, cache=cache) == DOCUMENT


@pytest.mark.parametrize(
    ("content", "declared"),
    [(DOCUMENT[:1000], None), (DOCUMENT[:1000], len(DOCUMENT)), (DOCUMENT * 3, None), (b"<html>", None)],
    ids=["shorter", "truncated", "longer", "another"],
)
def test_source_bad_download_is_not_kept(tmp_path: Path, content: bytes, declared: int | None) -> None:
    """A download that is cut short, or is something else, is refused and leaves no cache."""
    cache = tmp_path / "openapi.full.yaml"
    with serve(content, declared=declared) as address, pytest.raises(SourceError, match="not the document"):
        find_document(create_lock(address), source=None, cache=cache)
    assert not cache.exists()


def test_source_unreachable(tmp_path: Path) -> None:
    """Without a file and a network, the message says how to give the document."""
    with pytest.raises(SourceError, match=r"can't be downloaded from(.|\n)*--source"):
        find_document(create_lock(), source=None, cache=tmp_path / "absent")
