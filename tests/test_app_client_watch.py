"""Whatever a client asks for, its work ends when it leaves."""

import asyncio
import json
import select
import socket
import struct
import time
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from conftest import MODEL
from starlette.types import Message, Receive, Scope, Send
from websockets.sync.client import connect

from fake_llm_server import EngineSettings, FakeLLMServer
from fake_llm_server._app.chain.client_watch import ClientDisconnectedError, ClientWatch

LONG_CHAT = {
    "model": MODEL,
    "messages": [{"role": "user", "content": "Hi"}],
    "max_tokens": 3000,
    "logit_bias": {"2": -100},  # the token that ends an answer of the embedded model
}
RESPONSE = {"model": MODEL, "input": "Hi", "max_output_tokens": 16}
WAITING: dict[str, tuple[str, dict[str, Any]]] = {
    "chat": ("/chat/completions", LONG_CHAT),
    "chat stream": ("/chat/completions", {**LONG_CHAT, "stream": True}),
    "response": ("/responses", RESPONSE),
    "response stream": ("/responses", {**RESPONSE, "stream": True}),
    "compact": ("/responses/compact", {"model": MODEL, "input": "Hi"}),
}
REFUSED_WITHIN_S = 1.0
"""A full queue refuses at once; a probe that is still open after this time waits in the queue."""


@pytest.fixture(scope="module")
def narrow_server() -> Iterator[FakeLLMServer]:
    """A server that answers one request and lets one wait."""
    engine = EngineSettings(num_slots=1, max_queued=1)
    with FakeLLMServer(MODEL, engine=engine) as running:
        yield running


def post(server: FakeLLMServer, path: str, body: dict[str, Any]) -> socket.socket:
    """Send a request, and return its connection unread."""
    data = json.dumps(body).encode()
    head = f"POST /v1{path} HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=60)
    connection.sendall(f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data)
    return connection


def is_refused(server: FakeLLMServer) -> bool:
    """Whether the server has no place for one more request, which is withdrawn if it has."""
    with post(server, "/chat/completions", LONG_CHAT) as probe:
        readable, _, _ = select.select([probe], [], [], REFUSED_WITHIN_S)
        if readable:
            assert probe.recv(12) == b"HTTP/1.1 429"
        return bool(readable)


def wait_for_a_place(server: FakeLLMServer) -> None:
    """Wait until the queue has a place again."""
    deadline = time.monotonic() + 30
    while is_refused(server):
        assert time.monotonic() < deadline, "the place of a client that left was never free again"


@pytest.fixture
def busy_server(narrow_server: FakeLLMServer) -> Iterator[FakeLLMServer]:
    """The server while its only slot is taken by a stream."""
    with post(narrow_server, "/chat/completions", {**LONG_CHAT, "stream": True}) as occupant:
        assert occupant.recv(12) == b"HTTP/1.1 200"
        yield narrow_server
    wait_for_a_place(narrow_server)


@pytest.mark.parametrize("kind", WAITING)
def test_a_client_that_leaves_the_queue_frees_its_place(busy_server: FakeLLMServer, kind: str) -> None:
    """Before the first byte of its reply, too, a client that leaves is forgotten."""
    with post(busy_server, *WAITING[kind]):
        deadline = time.monotonic() + 30
        while not is_refused(busy_server):
            assert time.monotonic() < deadline, "the request never took its place"
    wait_for_a_place(busy_server)


def test_a_websocket_that_closes_frees_its_place(busy_server: FakeLLMServer) -> None:
    """The same for a request over WebSocket."""
    with connect(busy_server.base_url.replace("http", "ws") + "/responses") as connection:
        connection.send(json.dumps({"type": "response.create", **RESPONSE}))
        deadline = time.monotonic() + 30
        while not is_refused(busy_server):
            assert time.monotonic() < deadline, "the request never took its place"
    wait_for_a_place(busy_server)


def test_a_long_prompt_is_dropped_with_its_client(narrow_server: FakeLLMServer) -> None:
    """Of several clients that leave during their prompts' evaluation, none delays the next request."""
    for number in range(20):
        content = f"{number} " + "word " * 3500
        body = {**LONG_CHAT, "messages": [{"role": "user", "content": content}], "max_tokens": 300}
        with post(narrow_server, "/chat/completions", body):
            time.sleep(0.05)
    wait_for_a_place(narrow_server)
    with openai.OpenAI(**narrow_server.openai_client_args(), max_retries=0) as client:
        before = time.monotonic()
        client.chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": "Hi"}], max_tokens=1
        )
    assert time.monotonic() - before < 20  # twenty such prompts and answers take minutes


def leave_abruptly(connection: socket.socket) -> None:
    """Reset a connection, so that what is written to it fails at once."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def test_nothing_is_written_for_a_client_that_left_a_stream(
    server: FakeLLMServer, client: openai.OpenAI, caplog: pytest.LogCaptureFixture
) -> None:
    """A stream whose events are all ready stops when its client has left, and asyncio logs nothing."""
    stored = client.responses.create(model=MODEL, input="Count to ten.", max_output_tokens=64, store=True)
    request = f"GET /v1/responses/{stored.id}?stream=true HTTP/1.1\r\nHost: test\r\n\r\n".encode()
    for _ in range(30):
        connection = socket.create_connection(("127.0.0.1", server.port))
        connection.sendall(request)
        leave_abruptly(connection)
    assert client.models.list().data  # the server has seen all of them
    assert [record.getMessage() for record in caplog.records if record.name == "asyncio"] == []


class Waiting:
    """An application that never answers, and notes that it was cancelled."""

    def __init__(self, *, reads_body: bool) -> None:
        self.reads_body = reads_body
        self.was_cancelled = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait for ever."""
        del scope, send
        if self.reads_body:
            await receive()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.was_cancelled = True
            raise


@pytest.mark.parametrize(
    ("reads_body", "headers"),
    [(True, [(b"content-length", b"2")]), (False, []), (True, [])],
    ids=["after the body", "before an empty body is read", "after an empty body"],
)
def test_whatever_waits_is_cancelled(reads_body: bool, headers: list[tuple[bytes, bytes]]) -> None:
    """Work of any kind ends with its client, such as loading a model or counting tokens."""
    app = Waiting(reads_body=reads_body)
    messages: list[Message] = [
        {"type": "http.request", "body": b"", "more_body": False},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Message:
        await asyncio.sleep(0.01)
        return messages.pop(0)

    async def send(message: Message) -> None:
        raise AssertionError(message)

    with pytest.raises(ClientDisconnectedError):
        asyncio.run(ClientWatch(app)({"type": "http", "headers": headers}, receive, send))
    assert app.was_cancelled


def test_a_reply_that_is_held_up_at_its_end_is_cancelled() -> None:
    """The last message of a reply may wait as well, and then the client may leave."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        await send({"type": "http.response.body", "body": b"all of it", "more_body": False})

    async def receive() -> Message:
        await asyncio.sleep(0.01)
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        del message
        await asyncio.Event().wait()

    with pytest.raises(ClientDisconnectedError):
        asyncio.run(ClientWatch(app)({"type": "http", "headers": []}, receive, send))
