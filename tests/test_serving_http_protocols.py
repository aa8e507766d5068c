"""What is installed to read HTTP changes nothing: odd requests are answered alike."""

import contextlib
import json
import re
import socket
import sys
from collections.abc import Iterator

import pytest

from fake_llm_server import FakeLLMServer, reply
from fake_llm_server._serving.http_protocols import measure_ordinary

BODY = json.dumps({"model": "m", "messages": [{"role": "user", "content": "Hi"}]}).encode()
STREAM = json.dumps({"model": "m", "messages": [{"role": "user", "content": "Hi"}], "stream": True}).encode()
HEAD = "Host: test\r\nContent-Type: application/json\r\n"


def post(*lines: str, body: bytes = BODY, version: str = "HTTP/1.1") -> bytes:
    """A request for a completion."""
    head = "".join(f"{line}\r\n" for line in (*lines, f"Content-Length: {len(body)}"))
    return f"POST /v1/chat/completions {version}\r\n{HEAD}{head}\r\n".encode() + body


def get(target: str = "/v1/models", *lines: str) -> bytes:
    """A request without a body."""
    return "\r\n".join([f"GET {target} HTTP/1.1", *HEAD.splitlines(), *lines, "", ""]).encode()


CHUNKED = post().replace(f"Content-Length: {len(BODY)}".encode(), b"Transfer-Encoding: chunked")
CHUNKED = CHUNKED.replace(BODY, b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY))
H2C = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAA")

REQUESTS = {
    "plain": post(),
    "stream": post(body=STREAM),
    "several at once": post() + post(body=STREAM) + get(),
    "chunked": CHUNKED + get(),
    "continue": post("Expect: 100-continue"),
    "Java's offer of HTTP/2": post(*H2C) + get(),
    "body without need": get("/v1/models", "Content-Length: 2") + b"{}" + get(),
    "HTTP/1.0": post(version="HTTP/1.0"),
    "last of a connection": post("Connection: close") + get(),
    "no host": b"GET /v1/models HTTP/1.1\r\n\r\n",
    "two hosts": get("/v1/models", "Host: other"),
    "two lengths": post("Content-Length: 3"),
    "no length": post("Content-Length: x"),
    "folded": get("/v1/models", "X: a\r\n b"),
    "control character": get("/v1/models", "X: a\1b"),
    "other line ends": get().replace(b"\r\n", b"\n"),
    "absolute": get("http://api.test"),
    "fragment": get("/v1/models#x"),
    "not ASCII": get("/v1/mod\xe9"),
    "escaped": get("/v1/%6dodels"),
    "no HTTP": b"\x16\x03\x01\r\n\r\n",
}


def exchange(server: FakeLLMServer, data: bytes, num_pieces: int) -> bytes:
    """What a server answers to these bytes, without what differs each time."""
    size = -(-len(data) // num_pieces)
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with contextlib.suppress(OSError):  # a server that refuses the head closes before it has read all
            for start in range(0, len(data), size):
                connection.sendall(data[start : start + size])
            connection.sendall(get("/v1/models", "Connection: close"))
        found = bytearray()
        with contextlib.suppress(OSError):
            while piece := connection.recv(65536):
                found += piece
    text = re.sub(
        rb'(?i)(date|x-request-id|openai-processing-ms|x-ratelimit-\S+|"created"): ?[^\r,]*', b"", found
    )
    return re.sub(rb"(?m)^[\w-]+: ", lambda name: name[0].lower(), text)


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[FakeLLMServer, FakeLLMServer]]:
    """A server with httptools, and one without."""
    pytest.importorskip("httptools")
    with pytest.MonkeyPatch.context() as patch, FakeLLMServer(load="first_use", any_model=True) as fast:
        patch.setitem(sys.modules, "httptools", None)
        with FakeLLMServer(load="first_use", any_model=True) as plain:
            for server in (fast, plain):
                server.fake_llm.when().then(reply("It is", usage={"prompt_tokens": 1}))
            yield fast, plain


@pytest.mark.parametrize("name", REQUESTS)
def test_both_readers_answer_alike(servers: tuple[FakeLLMServer, FakeLLMServer], name: str) -> None:
    """The same bytes get the same answer, whether they come at once or in pieces."""
    fast, plain = servers
    for num_pieces in (1, 3):
        answer = exchange(fast, REQUESTS[name], num_pieces)
        assert answer == exchange(plain, REQUESTS[name], num_pieces)
        assert answer.startswith(b"HTTP/1.1 ")


@pytest.mark.parametrize("name", ["plain", "stream", "escaped"])
def test_ordinary_requests_are_measured(name: str) -> None:
    """The length of the head and of the body, from the request's beginning."""
    data = REQUESTS[name]
    assert measure_ordinary(data + b"more") == (
        data.index(b"\r\n\r\n") + 4,
        len(data.partition(b"\r\n\r\n")[2]),
    )


@pytest.mark.parametrize(
    "name",
    ["chunked", "Java's offer of HTTP/2", "HTTP/1.0", "no host", "two hosts", "two lengths", "no length"],
)
def test_odd_requests_are_not_ordinary(name: str) -> None:
    """They are left to h11."""
    assert measure_ordinary(REQUESTS[name]) is None
