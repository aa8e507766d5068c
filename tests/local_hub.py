"""A server on loopback that speaks the Hugging Face hub's protocol, with faults on demand.

It holds repositories in memory and answers what `huggingface_hub` asks of the real hub: a repository's
listing with sizes and hashes, the metadata of a file, and its bytes, by ranges, from another host name as
the real hub's CDN is. What it was asked is recorded.
"""

import hashlib
import http.server
import json
import re
import socket
import struct
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

_API_PATH = re.compile(r"/api/models/(?P<repository>[^/]+/[^/]+)(?:/revision/(?P<revision>[^/]+))?")
_FILE_PATH = re.compile(r"/(?P<repository>[^/]+/[^/]+)/resolve/(?P<revision>[^/]+)/(?P<file>.+)")
_CDN_PATH = re.compile(r"/cdn/(?P<repository>[^/]+/[^/]+)/(?P<file>.+)")


@dataclass
class Faults:
    """What goes wrong with a repository; counts are used up.

    Attributes:
        status: answer everything with this status.
        num_cuts: how many times a transfer breaks off.
        cut_after: bytes after which it does.
        is_reset: whether it does so with a reset instead of an orderly end.
        wrong_bytes: serve these instead of the file's.
        listed_size: list this size instead of the file's.
        delay_s: seconds before a file's bytes are sent.
    """

    status: int | None = None
    num_cuts: int = 0
    cut_after: int = 0
    is_reset: bool = False
    wrong_bytes: bytes | None = None
    listed_size: int | None = None
    delay_s: float = 0.0


@dataclass
class Repository:
    """A model repository.

    Attributes:
        files: path to content.
        token: what a client must show to read the files (the listing stays public); None is ungated.
        revisions: names of branches and tags beside the commit; all name the one commit.
    """

    files: Mapping[str, bytes]
    token: str | None = None
    revisions: tuple[str, ...] = ("main",)
    faults: Faults = field(default_factory=Faults)

    @property
    def commit(self) -> str:
        """A commit hash that depends on the files."""
        names = json.dumps({name: hashlib.sha256(data).hexdigest() for name, data in self.files.items()})
        return hashlib.sha1(names.encode(), usedforsecurity=False).hexdigest()

    def describe(self, repository_id: str) -> dict[str, Any]:
        """The hub's JSON for a repository listed with its files' metadata."""
        return {
            "id": repository_id,
            "modelId": repository_id,
            "sha": self.commit,
            "siblings": [self._describe_file(name, data) for name, data in self.files.items()],
        }

    def _describe_file(self, name: str, data: bytes) -> dict[str, Any]:
        size = len(data) if self.faults.listed_size is None else self.faults.listed_size
        described: dict[str, Any] = {"rfilename": name, "size": size, "blobId": hashlib.md5(data).hexdigest()}  # noqa: S324 - an id
        if name.endswith(".gguf"):
            described["lfs"] = {"sha256": hashlib.sha256(data).hexdigest(), "size": size, "pointerSize": 135}
        return described


@dataclass(frozen=True)
class SeenRequest:
    """A request that the hub was sent."""

    method: str
    path: str
    range: str | None
    token: str | None


class LocalHub:
    """The server; `repositories` may be changed while it runs.

    Attributes:
        seen: requests so far, in order of arrival.
    """

    def __init__(self) -> None:
        self.repositories: dict[str, Repository] = {}
        self.seen: list[SeenRequest] = []
        self.lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.hub = self

    @property
    def port(self) -> int:
        """The TCP port that it listens on."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """What a client takes as its endpoint."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def cdn_url(self) -> str:
        """Where files are redirected to: the same server by another name."""
        return f"http://localhost:{self.port}"

    def count_transfers(self) -> int:
        """How many times the bytes of a file were asked for."""
        with self.lock:
            return sum(seen.method == "GET" and seen.path.startswith("/cdn/") for seen in self.seen)

    @contextmanager
    def run(self) -> Iterator["LocalHub"]:
        """Serve within the block."""
        thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            self._server.hang_up()
            thread.join()


class _Server(http.server.ThreadingHTTPServer):
    hub: LocalHub
    daemon_threads = True

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.connections: list[socket.socket] = []

    def hang_up(self) -> None:
        """Close the connections that clients keep alive."""
        for connection in self.connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(http.server.BaseHTTPRequestHandler):
    """Answers one connection."""

    server: _Server
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self.server.connections.append(self.connection)

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def log_message(self, *_: object) -> None:
        """Say nothing: what was asked is in `LocalHub.seen`."""

    def _answer(self) -> None:
        path = unquote(urlsplit(self.path).path)
        authorization = self.headers.get("Authorization")
        token = authorization.removeprefix("Bearer ") if authorization else None
        with self.server.hub.lock:
            self.server.hub.seen.append(SeenRequest(self.command, path, self.headers.get("Range"), token))
        for pattern, answer in (
            (_CDN_PATH, self._send_bytes),
            (_API_PATH, self._send_listing),
            (_FILE_PATH, self._send_file_metadata),
        ):
            match = pattern.fullmatch(path)
            if match:
                repository = self.server.hub.repositories.get(match["repository"])
                if repository is None:
                    # The real hub doesn't tell strangers whether a repository is missing or private.
                    self._send_error(401 if token is None else 404, "RepoNotFound", "Repository not found")
                elif repository.faults.status is not None:
                    self._send_error(repository.faults.status, None, "The hub is unwell")
                else:
                    answer(repository, match, token)
                return
        self._send_error(404, None, "Not found")

    def _is_known(self, repository: Repository, revision: str | None) -> bool:
        if revision in (None, repository.commit, *repository.revisions):
            return True
        self._send_error(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        return False

    def _send_listing(self, repository: Repository, match: re.Match[str], _token: str | None) -> None:
        if self._is_known(repository, match["revision"]):
            self._send(200, {}, json.dumps(repository.describe(match["repository"])).encode())

    def _send_file_metadata(self, repository: Repository, match: re.Match[str], token: str | None) -> None:
        if not self._is_known(repository, match["revision"]):
            return
        if repository.token is not None and token != repository.token:
            self._send_error(401 if token is None else 403, "GatedRepo", "Access to this model is restricted")
            return
        data = repository.files.get(match["file"])
        if data is None:
            self._send_error(404, "EntryNotFound", "Entry not found")
            return
        headers = {
            "X-Repo-Commit": repository.commit,
            "X-Linked-Size": str(len(repository.faults.wrong_bytes or data)),
            "X-Linked-Etag": f'"{hashlib.sha256(data).hexdigest()}"',
            "Location": f"{self.server.hub.cdn_url}/cdn/{match['repository']}/{match['file']}",
        }
        self._send(302, headers, b"")

    def _send_bytes(self, repository: Repository, match: re.Match[str], _token: str | None) -> None:
        data = repository.faults.wrong_bytes or repository.files[match["file"]]
        start = _parse_range(self.headers.get("Range"))
        time.sleep(repository.faults.delay_s)
        headers = {"ETag": f'"{hashlib.sha256(data).hexdigest()}"', "Accept-Ranges": "bytes"}
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        body = data[start:]
        with self.server.hub.lock:
            is_cut = repository.faults.num_cuts > 0
            repository.faults.num_cuts -= is_cut
        cut_after = repository.faults.cut_after if is_cut else None
        self._send(206 if start else 200, headers, body, cut_after=cut_after)
        if is_cut and repository.faults.is_reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

    def _send_error(self, status: int, code: str | None, message: str) -> None:
        headers = {"X-Error-Message": message, **({"X-Error-Code": code} if code else {})}
        self._send(status, headers, json.dumps({"error": message}).encode())

    def _send(
        self, status: int, headers: Mapping[str, str], body: bytes, *, cut_after: int | None = None
    ) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body if cut_after is None else body[:cut_after])
        if cut_after is not None:
            self.close_connection = True


def _parse_range(header: str | None) -> int:
    """Where a range that goes to the end of the file starts; 0 without a range."""
    match = re.fullmatch(r"bytes=(\d+)-", header or "")
    return int(match[1]) if match else 0
