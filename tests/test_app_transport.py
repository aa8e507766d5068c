"""What HTTP allows beside the usual: absolute request targets, and bodies in an encoding."""

import contextlib
import gzip
import itertools
import json
import socket
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from conftest import MODEL
from hypothesis import given
from hypothesis import strategies as st
from websockets.sync.client import ClientConnection
from websockets.sync.client import connect as connect_websocket

from fake_llm_server import FakeLLMServer
from fake_llm_server._app.chain.body_decoding import BodyDecoder
from fake_llm_server._errors import InvalidRequestError, RequestTooLargeError

BODY = json.dumps({"model": MODEL, "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 1}).encode()


def deflate_raw(data: bytes) -> bytes:
    """Deflate without the head of zlib, as some clients send it."""
    squeezing = zlib.compressobj(wbits=-15)
    return squeezing.compress(data) + squeezing.flush()


ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
}


def request(server: FakeLLMServer, target: str, *lines: str) -> tuple[int, dict[str, Any]]:
    """Send a GET with this target as it is, and read the status and the JSON."""
    head = [f"GET {target} HTTP/1.1", "Host: elsewhere", "Connection: close", *lines, "", ""]
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall("\r\n".join(head).encode())
        reply = b"".join(iter(lambda: connection.recv(65536), b""))
    first, _, _ = reply.partition(b"\r\n")
    return int(first.split()[1]), json.loads(reply.partition(b"\r\n\r\n")[2])


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("http://api.test/v1/models", 200),
        ("HTTP://api.test:80/v1/models", 200),
        ("https://api.test/v1/chat/completions?limit=1", 200),
        ("http://api.test/v1/models/smollm2%2D135m", 200),
        ("http://api.test", 404),
        ("http://api.test/", 404),
        ("http:///v1/models", 400),
        ("http://me@api.test/v1/models", 400),
        ("ftp://api.test/v1/models", 404),
    ],
)
def test_absolute_targets_are_read(server: FakeLLMServer, target: str, status: int) -> None:
    """A target with a scheme and a host is answered as its path is; one without a host is refused."""
    found, reply = request(server, target)
    assert found == status, reply
    assert status == 200 or set(reply["error"]) == {"message", "type", "param", "code"}


def test_the_targets_host_counts(server: FakeLLMServer) -> None:
    """The host of an absolute target stands in for the header, as the contract's address shows."""
    _, document = request(server, "http://api.test:81/openapi.json")
    assert document["servers"][0]["url"].startswith("http://api.test:81/")


def test_absolute_targets_need_the_key(server: FakeLLMServer) -> None:
    """Another way to write a path is no way around the keys."""
    del server  # it keeps the model loaded
    with FakeLLMServer(MODEL, api_keys=["sk-fake-a"]) as keyed:
        assert request(keyed, "http://api.test/v1/models")[0] == 401
        assert request(keyed, "http://api.test/v1/models", "Authorization: Bearer sk-fake-a")[0] == 200


def test_absolute_target_of_a_websocket(server: FakeLLMServer) -> None:
    """A handshake may have one as well."""

    class Absolute(ClientConnection):
        """A client that writes its whole address into its request."""

        def handshake(self, *args: Any, **kwargs: Any) -> None:
            create = self.protocol.connect

            def connect() -> Any:
                built = create()
                built.path = f"http://api.test{built.path}"
                return built

            self.protocol.connect = connect  # type: ignore[method-assign]  # the library has no option for it
            super().handshake(*args, **kwargs)

    address = server.base_url.replace("http", "ws") + "/responses"
    with connect_websocket(address, create_connection=Absolute) as connection:
        assert connection.response is not None
        assert connection.response.status_code == 101


def post(server: FakeLLMServer, body: bytes, *encodings: str) -> httpx2.Response:
    """Ask for a completion with a body that was encoded."""
    headers = [("content-type", "application/json"), *(("content-encoding", name) for name in encodings)]
    return httpx2.post(f"{server.base_url}/chat/completions", content=body, headers=headers, timeout=60)


@pytest.mark.parametrize(
    ("body", "encodings"),
    [
        (gzip.compress(BODY), ["gzip"]),
        (gzip.compress(BODY[:20]) + gzip.compress(BODY[20:]), ["X-GZip"]),
        (zlib.compress(BODY), ["deflate"]),
        (deflate_raw(BODY), ["deflate"]),
        (BODY, ["identity"]),
        (gzip.compress(zlib.compress(BODY)), ["deflate, identity, gzip"]),
        (gzip.compress(zlib.compress(BODY)), ["deflate", "gzip"]),
    ],
    ids=["gzip", "members", "zlib", "raw", "identity", "one header", "two headers"],
)
def test_encoded_bodies_are_answered(server: FakeLLMServer, body: bytes, encodings: list[str]) -> None:
    """What can be decoded is answered as if it had been sent plainly; the last encoding is undone first."""
    encoded, plain = post(server, body, *encodings), post(server, BODY)
    assert encoded.status_code == 200, encoded.text
    assert encoded.json()["choices"] == plain.json()["choices"]


@pytest.mark.parametrize(
    "body",
    [
        b"not gzip",
        gzip.compress(BODY)[:-4],
        gzip.compress(BODY)[:30],
        gzip.compress(BODY) + b"more",
        gzip.compress(BODY)[:-8] + bytes(8),
    ],
    ids=["not gzip", "no end", "no data", "too much", "wrong sum"],
)
def test_broken_encodings_are_refused(server: FakeLLMServer, body: bytes) -> None:
    """A body that isn't what its encoding says is a 400 that names the encoding."""
    reply = post(server, body, "gzip")
    assert reply.status_code == 400
    assert "'gzip'" in reply.json()["error"]["message"]
    assert reply.json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize("encodings", [["br"], ["zstd"], ["gzip, compress"], ["gzip," * 5], ["aws-chunked"]])
def test_other_encodings_are_refused_by_name(server: FakeLLMServer, encodings: list[str]) -> None:
    """What can't be decoded is a 415 that says what can."""
    reply = post(server, gzip.compress(BODY), *encodings)
    assert reply.status_code == 415
    assert reply.headers["accept-encoding"] == "gzip, deflate"
    error = reply.json()["error"]
    assert error["code"] == "unsupported_content_encoding"
    assert encodings[0].split()[-1] in error["message"] or "5 times" in error["message"]


def test_body_limit_holds_for_what_comes_out(server: FakeLLMServer) -> None:
    """A small body that becomes a large one is a 413, whichever of its encodings makes it large."""
    del server  # it keeps the model loaded
    bomb = gzip.compress(bytes(2**20))
    with FakeLLMServer(MODEL, max_body_bytes=2**16) as small:
        assert post(small, bomb, "gzip").status_code == 413
        assert post(small, gzip.compress(bomb), "gzip, gzip").status_code == 413
        assert post(small, gzip.compress(BODY), "gzip").status_code == 200


def test_no_body_needs_no_encoding(server: FakeLLMServer) -> None:
    """A request without a body isn't refused for the encoding that it names."""
    assert httpx2.get(f"{server.base_url}/models", headers={"content-encoding": "br"}).status_code == 200


def cut(data: bytes, places: list[int]) -> Iterator[tuple[bytes, bool]]:
    """Pieces of some data, and whether each is the last."""
    borders = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    for number, (start, end) in enumerate(itertools.pairwise(borders), 2):
        yield data[start:end], number == len(borders)


@given(
    data=st.binary(max_size=300).map(lambda data: data * 700),
    names=st.lists(st.sampled_from(sorted(ENCODERS)), min_size=1, max_size=3),
    places=st.lists(st.integers(min_value=0, max_value=10**6), max_size=5),
)
def test_decoding_in_pieces(data: bytes, names: list[str], places: list[int]) -> None:
    """However a body is encoded and cut, its pieces are decoded to it, in steps of at most 64 KiB."""
    encoded = data
    for name in names:
        encoded = ENCODERS[name](encoded)
    decoder = BodyDecoder(names, len(data) + 1000)
    pieces = [
        piece for part, is_last in cut(encoded, places) for piece in decoder.feed(part, is_last=is_last)
    ]
    assert b"".join(pieces) == data
    assert all(0 < len(piece) <= 2**16 for piece in pieces)


@given(data=st.binary(min_size=1, max_size=60), name=st.sampled_from(sorted(ENCODERS)))
def test_any_bytes_are_decoded_or_refused(data: bytes, name: str) -> None:
    """Nothing but the two foreseen errors comes out of any input."""
    with contextlib.suppress(InvalidRequestError, RequestTooLargeError):
        b"".join(BodyDecoder([name], 100).feed(data, is_last=True))
