"""A client that doesn't read its reply holds up the reply, and doesn't fill the server's memory."""

import socket
import threading
from collections.abc import Iterator

import pytest
from conftest import MODEL
from starlette.types import ASGIApp, Receive, Scope, Send

from fake_llm_server import FakeLLMServer
from fake_llm_server._serving.wrapping import APP_WRAPPERS

CHUNK = bytes(64 * 1024)
NUM_CHUNKS = 1024
MAX_UNREAD_CHUNKS = 256
"""16 MiB; the kernel's two buffers of a connection take up to 10 MiB of them."""

REQUEST = "GET /flood HTTP/1.1\r\nHost: test\r\n"
UPGRADE = (
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


class Flood:
    """Wraps an application so that one path answers with 64 MiB, and counts what it is rid of."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.num_sent = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send as fast as the server takes it."""
        if scope.get("path") != "/flood":
            await self.app(scope, receive, send)
            return
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
        else:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(NUM_CHUNKS):
            if scope["type"] == "websocket":
                await send({"type": "websocket.send", "bytes": CHUNK})
            else:
                await send({"type": "http.response.body", "body": CHUNK, "more_body": True})
            self.num_sent += 1
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})
        else:
            await send({"type": "http.response.body", "body": b""})


@pytest.fixture(scope="module")
def flood() -> Iterator[tuple[FakeLLMServer, Flood]]:
    """A server with a flood."""
    floods: list[Flood] = []

    def wrap(app: ASGIApp) -> ASGIApp:
        floods.append(Flood(app))
        return floods[0]

    APP_WRAPPERS.append(wrap)
    try:
        server = FakeLLMServer(MODEL)
    finally:
        APP_WRAPPERS.remove(wrap)
    with server:
        yield server, floods[0]


def wait_until_still(flood: Flood) -> int:
    """How much was sent, once that doesn't grow any more."""
    before = -1
    while before < flood.num_sent < NUM_CHUNKS or not flood.num_sent:
        before = flood.num_sent
        threading.Event().wait(0.5)
    return flood.num_sent


@pytest.mark.parametrize("headers", ["", UPGRADE], ids=["HTTP", "WebSocket"])
def test_what_is_not_read_is_not_sent(flood: tuple[FakeLLMServer, Flood], headers: str) -> None:
    """Sending stops after a few MiB that nobody reads, and goes on to the end once somebody does."""
    server, counted = flood
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        counted.num_sent = 0
        connection.sendall(f"{REQUEST}{headers}\r\n".encode())
        assert wait_until_still(counted) < MAX_UNREAD_CHUNKS
        num_read = 0
        while num_read < NUM_CHUNKS * len(CHUNK):
            received = connection.recv(1 << 20)
            assert received, "the connection ended before the reply"
            num_read += len(received)


@pytest.mark.parametrize("headers", ["", UPGRADE], ids=["HTTP", "WebSocket"])
def test_a_client_that_never_read_may_leave(flood: tuple[FakeLLMServer, Flood], headers: str) -> None:
    """What waits for a client to read ends when it leaves, and the server goes on."""
    server, counted = flood
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        counted.num_sent = 0
        connection.sendall(f"{REQUEST}{headers}\r\n".encode())
        wait_until_still(counted)
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(b"GET /v1/models HTTP/1.1\r\nHost: test\r\n\r\n")
        assert connection.recv(12) == b"HTTP/1.1 200"
