"""Bodies that are no request at all are refused, and hurt no request after them."""

import json
import socket
import tracemalloc
from collections.abc import Iterator

import httpx2
import openai
import pytest
from conftest import MODEL

from fake_llm_server import FakeLLMServer

JSON = {"content-type": "application/json"}
VALID = {"model": MODEL, "max_tokens": 1, "messages": [{"role": "user", "content": "Hi"}]}
MAX_BYTES = 4000


@pytest.fixture(scope="module")
def strict_server(server: FakeLLMServer) -> Iterator[FakeLLMServer]:
    """A server with small limits."""
    del server  # it keeps the model loaded
    with FakeLLMServer(MODEL, max_body_bytes=MAX_BYTES, body_timeout_s=0.5) as running:
        yield running


@pytest.fixture
def raw_client(server: FakeLLMServer) -> Iterator[httpx2.Client]:
    """A client that sends whatever it is told to."""
    with httpx2.Client(base_url=server.base_url, timeout=60) as opened:
        yield opened


def assert_serves(server: FakeLLMServer) -> None:
    """A good request is answered."""
    with openai.OpenAI(**server.openai_client_args(), max_retries=0) as client:
        assert client.post("/chat/completions", body=VALID, cast_to=object)


def refusal_of(reply: httpx2.Response) -> dict[str, str | None]:
    """The error of a reply that must be an envelope and nothing else."""
    document = reply.json()
    assert set(document) == {"error"}
    assert set(document["error"]) == {"message", "type", "param", "code"}
    error: dict[str, str | None] = document["error"]
    return error


MALFORMED = [
    b"",
    b"{",
    b"nonsense",
    b'{"model": "m",}',
    b"{'model': 'm'}",
    b'{"temperature": NaN}',
    b'{"temperature": Infinity}',
    b'{"model": "\\ud800"}',
    b'{"model": "\xff"}',
    b"\xef\xbb\xbf{}",
    b'{"a":' * 5000,
    b"[" * 100_000,
    b'{"tools":' + b"[" * 300 + b"]" * 300 + b"}",
    b"\x00",
    "{}".encode("utf-16"),
]


@pytest.mark.parametrize("body", MALFORMED, ids=lambda body: repr(body[:20]))
def test_malformed_json_is_refused(server: FakeLLMServer, raw_client: httpx2.Client, body: bytes) -> None:
    """What isn't JSON, or is too deep, is told so, and the next request is answered."""
    reply = raw_client.post("/chat/completions", content=body, headers=JSON)
    assert reply.status_code == 400
    assert str(refusal_of(reply)["message"]).startswith("We could not parse the JSON body of your request.")
    assert_serves(server)


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"1", b"null", b"true"])
def test_body_must_be_an_object(raw_client: httpx2.Client, body: bytes) -> None:
    """JSON that is no object is refused by its type."""
    reply = raw_client.post("/chat/completions", content=body, headers=JSON)
    assert reply.status_code == 400
    error = refusal_of(reply)
    assert error["code"] == "invalid_type"
    assert str(error["message"]).startswith("Invalid type: expected an object, but got ")


def test_last_of_duplicate_keys_counts(raw_client: httpx2.Client) -> None:
    """A key that is given twice has its last value, as in most parsers."""
    body = json.dumps(VALID)[:-1] + ', "model": "gpt-9"}'
    reply = raw_client.post("/chat/completions", content=body, headers=JSON)
    assert reply.status_code == 404
    assert refusal_of(reply)["code"] == "model_not_found"


def test_deep_schema_is_no_failure(raw_client: httpx2.Client) -> None:
    """A tool's schema as deep as JSON may be is answered or refused, never a server's error."""
    schema: dict[str, object] = {"type": "object"}
    for _ in range(45):
        schema = {"type": "object", "properties": {"a": schema}}
    tool = {"type": "function", "function": {"name": "f", "parameters": schema}}
    reply = raw_client.post("/chat/completions", json={**VALID, "tools": [tool], "tool_choice": "required"})
    assert reply.status_code in {200, 400}


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
def test_other_content_type_is_refused(raw_client: httpx2.Client, content_type: str) -> None:
    """Only JSON is taken, and the error repeats the header that came."""
    headers = {"content-type": content_type} if content_type else {}
    reply = raw_client.post("/chat/completions", content=json.dumps(VALID), headers=headers)
    assert reply.status_code == 400
    error = refusal_of(reply)
    assert error["code"] == "unsupported_content_type"
    assert f"'Content-Type: {content_type}'" in str(error["message"])


def test_charset_of_content_type_is_taken(raw_client: httpx2.Client) -> None:
    """Parameters of the content type change nothing."""
    headers = {"content-type": "Application/JSON; charset=utf-8"}
    assert raw_client.post("/chat/completions", json=VALID, headers=headers).status_code == 200


@pytest.mark.parametrize("is_declared", [True, False], ids=["declared", "chunked"])
def test_huge_body_is_refused_unread(strict_server: FakeLLMServer, *, is_declared: bool) -> None:
    """A body above the limit is 413 in OpenAI's words; chunks are counted as they come."""
    chunk = b" " * 1000
    content = chunk * 50 if is_declared else iter([chunk] * 50)
    with httpx2.Client(base_url=strict_server.base_url) as client:
        reply = client.post("/chat/completions", content=content, headers=JSON)
        assert reply.status_code == 413
        error = refusal_of(reply)
        assert str(error["message"]).startswith(f"Maximum content size limit ({MAX_BYTES}) exceeded (")
        assert client.get("/models").status_code == 200
    assert_serves(strict_server)


def test_huge_body_takes_no_memory(strict_server: FakeLLMServer) -> None:
    """A body of 64 MiB that is refused leaves no trace in the process's memory."""
    tracemalloc.start()
    try:
        with httpx2.Client(base_url=strict_server.base_url) as client:
            reply = client.post("/chat/completions", content=iter([b" " * 65536] * 1024), headers=JSON)
        assert reply.status_code == 413
        assert tracemalloc.get_traced_memory()[1] < 32 * 1024 * 1024
    finally:
        tracemalloc.stop()


def open_connection(server: FakeLLMServer) -> socket.socket:
    """A plain TCP connection to a server."""
    return socket.create_connection(("127.0.0.1", server.port), timeout=10)


def test_slow_writer_is_timed_out(strict_server: FakeLLMServer) -> None:
    """A body that doesn't come in time is 408, and others are served meanwhile."""
    with open_connection(strict_server) as slow:
        slow.sendall(
            b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: 100\r\n\r\n{"
        )
        assert_serves(strict_server)
        received = slow.recv(65536)
        while b"}" not in received:
            received += slow.recv(65536)
    assert received.startswith(b"HTTP/1.1 408 ")
    assert b"Timed out reading request body" in received


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"POST /v1/chat/comp",
        b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n",
        b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{",
        b"GET /v1/models HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01",
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n",
    ],
    ids=lambda sent: repr(sent[:24]),
)
def test_broken_connection_hurts_nobody(server: FakeLLMServer, sent: bytes) -> None:
    """A connection that stops anywhere, or speaks something else, leaves the server as it was."""
    half_open = open_connection(server)
    half_open.sendall(sent)
    assert_serves(server)
    half_open.close()
    assert_serves(server)


def test_open_connections_do_not_delay_the_end(server: FakeLLMServer) -> None:
    """A server with half-open connections closes, and the connections end."""
    del server  # it keeps the model loaded
    with FakeLLMServer(MODEL) as running:
        connections = [open_connection(running) for _ in range(20)]
        for connection in connections[::2]:
            connection.sendall(b"POST /v1/responses HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n")
        assert_serves(running)
    for connection in connections:
        with connection:
            while connection.recv(4096):
                pass
