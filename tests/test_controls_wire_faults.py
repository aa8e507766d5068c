"""Faults of a reply's bytes and of its connection: what OpenAI's client makes of each."""

import json
import socket
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import openai
import pytest
from controlled_scope import fake_llm as fake_llm
from controlled_scope import own_client as own_client
from scripted_answers import MODEL, WAYS, ask
from websockets.exceptions import ConnectionClosedError, ConnectionClosedOK
from websockets.sync.client import connect as connect_websocket

from fake_llm_server import ConfigurationError, FakeLLM, Reply, ScriptError, reply

TEXT = 'Zoë said "four" words'
NUM_PIECES = 4
MAX_TOKENS = 24
every_way = pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way[0]}{'-streamed' * way[1]}")

CONNECTION, TIMEOUT = "APIConnectionError", "APITimeoutError"
NO_JSON, NO_TEXT, NO_REPLY = "JSONDecodeError", "UnicodeDecodeError", "AttributeError"

Add = Callable[[Reply], Reply]
End = tuple[int, str | None]
"""How many pieces a program sees, and its error or why the answer ended; None if it was just over."""

FAULTS: dict[str, tuple[Add, tuple[End, End, End, End]]] = {
    # The ends are those of a whole and a streamed chat completion, and of a whole and a streamed response.
    "cut": (lambda it: it.cut(), ((0, CONNECTION),) * 4),
    "reset": (lambda it: it.cut(how="reset"), ((0, CONNECTION),) * 4),
    "after": (lambda it: it.cut(after=2), ((0, CONNECTION), (2, CONNECTION)) * 2),
    "after, reset": (lambda it: it.cut(after=2, how="reset"), ((0, CONNECTION), (2, CONNECTION)) * 2),
    "after, end": (
        lambda it: it.cut(after=2, how="end"),
        ((0, CONNECTION), (2, None), (0, CONNECTION), (2, None)),
    ),
    "after_events": (
        lambda it: it.cut(after_events=3),
        ((0, CONNECTION), (2, CONNECTION), (0, CONNECTION), (0, CONNECTION)),
    ),
    "character": (lambda it: it.cut(at="character"), ((0, CONNECTION),) * 4),
    "character, end": (lambda it: it.cut(at="character", how="end"), ((0, NO_TEXT),) * 4),
    "escape": (lambda it: it.cut(at="escape"), ((0, CONNECTION), (2, CONNECTION)) * 2),
    "middle": (lambda it: it.cut(at="middle"), ((0, CONNECTION),) * 4),
    "middle, half_close": (lambda it: it.cut(at="middle", how="half_close"), ((0, CONNECTION),) * 4),
    "middle, end": (lambda it: it.cut(at="middle", how="end"), ((0, NO_JSON), (0, None)) * 2),
    "done": (lambda it: it.cut(at="done"), ((0, CONNECTION), (4, CONNECTION)) * 2),
    "done, end": (
        lambda it: it.cut(at="done", how="end"),
        ((0, NO_JSON), (4, "stop"), (0, NO_JSON), (4, None)),
    ),
    "hang": (lambda it: it.hang(at="middle"), ((0, TIMEOUT),) * 4),
    "malformed": (lambda it: it.corrupt("malformed"), ((0, NO_JSON),) * 4),
    "malformed later": (
        lambda it: it.corrupt("malformed", after_events=3),
        ((0, NO_JSON), (2, NO_JSON), (0, NO_JSON), (0, NO_JSON)),
    ),
    "duplicated": (
        lambda it: it.corrupt("duplicated"),
        ((0, NO_JSON), (5, "stop"), (0, NO_JSON), (5, "completed")),
    ),
    "content_type": (
        lambda it: it.corrupt("content_type"),
        ((1, "stop"), (4, "stop"), (1, "completed"), (4, "completed")),
    ),
    "html": (lambda it: it.corrupt("html"), ((0, NO_REPLY), (0, None)) * 2),
    "empty": (lambda it: it.corrupt("empty"), ((0, NO_JSON), (0, None)) * 2),
}
"""Each fault, and what comes of it."""

ON_MODEL = ("cut", "middle", "done", "malformed", "empty")


@dataclass
class Seen:
    """What a program sees of a reply.

    Attributes:
        pieces: of the text.
        end: see `End`.
    """

    pieces: list[str] = field(default_factory=list)
    end: str | None = None


def watch(client: openai.OpenAI, way: tuple[str, bool]) -> Seen:
    """Ask, and read as far as the reply lets one."""
    seen = Seen()
    try:
        if not way[1]:
            limit: dict[str, Any] = {"max_tokens" if way[0] == "chat" else "max_output_tokens": MAX_TOKENS}
            read = ask(client, way, **limit)
            seen.pieces, seen.end = [read.text], read.finish
        elif way[0] == "chat":
            _watch_chunks(client, seen)
        else:
            _watch_events(client, seen)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is compared
        seen.end = type(error).__name__
    return seen


def _watch_chunks(client: openai.OpenAI, seen: Seen) -> None:
    messages: Any = [{"role": "user", "content": "Weather?"}]
    for chunk in client.chat.completions.create(
        model=MODEL, messages=messages, max_tokens=MAX_TOKENS, stream=True
    ):
        for choice in chunk.choices:
            seen.pieces += [choice.delta.content] if choice.delta.content else []
            seen.end = choice.finish_reason


def _watch_events(client: openai.OpenAI, seen: Seen) -> None:
    for event in client.responses.create(
        model=MODEL, input="Weather?", max_output_tokens=MAX_TOKENS, stream=True
    ):
        if event.type == "response.output_text.delta":
            seen.pieces.append(event.delta)
        if event.type in ("response.completed", "response.incomplete"):
            seen.end = event.response.status


@every_way
@pytest.mark.parametrize("name", FAULTS)
def test_what_the_client_sees(fake_llm: FakeLLM, own_client: openai.OpenAI, name: str, way: Any) -> None:
    """Each fault has the client see what it says; the journal has the fault; the next reply is whole."""
    add, ends = FAULTS[name]
    written = add(reply(TEXT))
    fake_llm.script(written, TEXT)
    client = own_client.with_options(timeout=0.5) if name == "hang" else own_client
    seen = watch(client, way)
    assert (len(seen.pieces), seen.end) == ends[WAYS.index(way)]
    [call] = fake_llm.calls
    assert [f"reply({TEXT!r}).{fault}" for fault in call.faults] == [repr(written)]
    assert watch(own_client, way).end in ("stop", "completed")


@every_way
@pytest.mark.parametrize("name", ON_MODEL)
def test_the_models_own_replies(fake_llm: FakeLLM, own_client: openai.OpenAI, name: str, way: Any) -> None:
    """The same befalls a reply that the model writes."""
    add, ends = FAULTS[name]
    fake_llm.script(add(reply()), ...)
    seen = watch(own_client, way)
    assert seen.end == ends[WAYS.index(way)][1]
    assert bool(seen.pieces) == bool(ends[WAYS.index(way)][0])
    assert [len(call.faults) for call in fake_llm.calls] == [1]


def request(fake_llm: FakeLLM, *, stream: bool) -> socket.socket:
    """Ask for a chat completion by hand, and return the open connection."""
    body = {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}], "stream": stream}
    content = json.dumps(body).encode()
    port = int(fake_llm.base_url.split(":")[2].split("/")[0])
    head = [
        "POST /v1/chat/completions HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Bearer {fake_llm.api_key}",
        "Content-Type: application/json",
        f"Content-Length: {len(content)}",
    ]
    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
    connection.sendall("\r\n".join([*head, "", ""]).encode() + content)
    return connection


def read_all(connection: socket.socket) -> bytes:
    """What comes, up to its end."""
    return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.parametrize(
    ("add", "ending"),
    [
        (lambda it: it.cut(at="character"), b'"content":"Zo\xc3'),
        (lambda it: it.cut(at="escape"), b'"content":" \\'),
        (lambda it: it.cut(after_events=1), b"\n\n\r\n"),
        (lambda it: it.cut(at="done", how="end"), b"0\r\n\r\n"),
    ],
)
def test_where_bytes_end(fake_llm: FakeLLM, add: Add, ending: bytes) -> None:
    """A stream's bytes end where the fault says; a stream that ends properly has its last chunk."""
    fake_llm.script(add(reply(TEXT)))
    with request(fake_llm, stream=True) as connection:
        connection.settimeout(20)
        received = b""
        while not received.removesuffix(b"\r\n").endswith(ending.removesuffix(b"\r\n")):
            more = connection.recv(65536)
            assert more, received
            received += more
    assert b"[DONE]" not in received


def test_a_body_is_shorter_than_announced(fake_llm: FakeLLM) -> None:
    """A whole reply that is cut has the length in its head that it would have had."""
    fake_llm.script(reply(TEXT).cut(at="middle"))
    with request(fake_llm, stream=False) as connection:
        head, _, body = read_all(connection).partition(b"\r\n\r\n")
    [announced] = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")]
    assert int(announced.partition(b":")[2]) // 2 == len(body) > 0


def test_a_connection_is_reset(fake_llm: FakeLLM) -> None:
    """A reset is one for the socket, and what came before is there."""
    fake_llm.script(reply(TEXT).cut(after=2, how="reset"))
    with request(fake_llm, stream=True) as connection, pytest.raises(ConnectionResetError):
        read_all(connection)


def test_half_of_a_connection_is_closed(fake_llm: FakeLLM) -> None:
    """Our side of the connection ends, and the client's stays open: it may go on sending."""
    written = reply(TEXT)
    fake_llm.script(
        written.cut(after=1, how="half_close"), written.cut(at="done", after_events=2, how="half_close")
    )
    for is_streamed in (True, False):
        with request(fake_llm, stream=is_streamed) as connection:
            assert b"Zo\xc3\xab" in read_all(connection)
            for _ in range(3):  # a closed connection would answer the first of these with a reset
                connection.sendall(b" ")
                time.sleep(0.02)


def test_what_has_no_place_is_told(fake_llm: FakeLLM, own_client: openai.OpenAI) -> None:
    """A script that has a reply be cut inside of what it doesn't have is a mistake that the test hears of."""
    fake_llm.script(reply("plain").cut(at="character"), reply("plain").hang(at="escape"))
    for way in WAYS[:2]:
        assert watch(own_client, way).end == "stop"
    with pytest.raises(
        ScriptError, match=r"cut\(at='character'\) had no place to act(.|\n)*hang\(at='escape'\)"
    ):
        fake_llm.check()


def test_an_error_has_a_body_that_is_wrong(fake_llm: FakeLLM, own_client: openai.OpenAI) -> None:
    """So a proxy's page can come with a status of its own."""
    fake_llm.script(reply(502).corrupt("html"), reply(429).corrupt("empty"))
    with pytest.raises(openai.InternalServerError) as caught:
        ask(own_client, WAYS[0])
    assert caught.value.response.headers["content-type"].startswith("text/html")
    assert "Sign in" in caught.value.response.text
    with pytest.raises(openai.RateLimitError):
        ask(own_client, WAYS[0])


def keep(coming: Iterable[Any], kept: list[Any]) -> None:
    """Add to a list what comes, as long as it does."""
    for each in coming:
        kept.append(each)  # noqa: PERF402 - what came before an error stays


def test_a_stream_of_the_background_is_cut(fake_llm: FakeLLM, own_client: openai.OpenAI) -> None:
    """The bytes of a stream are no matter of the response: it is completed, and its rest can be had."""
    fake_llm.script(reply(TEXT).cut(after_events=5))
    events: list[Any] = []
    streamed = own_client.responses.create(
        model=MODEL, input="Weather?", background=True, store=True, stream=True
    )
    with pytest.raises(openai.APIConnectionError):
        keep(streamed, events)
    response_id, number = events[0].response.id, events[-1].sequence_number
    assert number == 4
    rest = list(own_client.responses.retrieve(response_id, stream=True, starting_after=number))
    assert [event.sequence_number for event in rest] == list(range(5, 5 + len(rest)))
    assert rest[-1].type == "response.completed"
    assert rest[-1].response.output_text == TEXT


@pytest.mark.parametrize(
    ("add", "error"),
    [
        (lambda it: it.cut(after=2), ConnectionClosedError),
        (lambda it: it.cut(after_events=6), ConnectionClosedError),
        (lambda it: it.cut(at="done", how="reset"), ConnectionClosedError),
        (lambda it: it.cut(after_events=6, how="end"), ConnectionClosedOK),
    ],
)
def test_a_websocket_is_cut(fake_llm: FakeLLM, add: Add, error: type[Exception]) -> None:
    """A WebSocket breaks between two messages; `end` closes it as a server does that wants to."""
    fake_llm.script("Hi", add(reply(TEXT)))
    with connect_own(fake_llm) as connection:
        connection.send(CREATE)
        while _parse(connection.recv(20))["type"] != "response.completed":
            pass
        connection.send(CREATE)
        messages: list[Any] = []
        with pytest.raises(error):
            keep(iter(lambda: connection.recv(20), None), messages)
    assert "response.completed" not in [_parse(each)["type"] for each in messages]


CREATE = json.dumps({"type": "response.create", "model": MODEL, "input": "Weather?"})


def connect_own(fake_llm: FakeLLM) -> Any:
    """A WebSocket of the scope."""
    return connect_websocket(
        f"{fake_llm.base_url.replace('http', 'ws')}/responses",
        additional_headers={"Authorization": f"Bearer {fake_llm.api_key}"},
    )


def test_messages_of_a_websocket_are_wrong(fake_llm: FakeLLM) -> None:
    """A message is malformed or comes twice; the next reply through the connection is as it should be."""
    fake_llm.script(reply(TEXT).corrupt("malformed"), reply(TEXT).corrupt("duplicated"), TEXT)
    with connect_own(fake_llm) as connection:
        texts: list[list[str]] = []
        for _ in range(3):
            connection.send(CREATE)
            texts.append([])
            while "response.completed" not in (texts[-1] or [""])[-1]:
                texts[-1].append(connection.recv(20))
    malformed, duplicated, right = ([_parse(text) for text in each] for each in texts)
    assert [each is None for each in malformed].count(True) == 1
    numbers = [each["sequence_number"] for each in duplicated]
    assert len(numbers) == len(set(numbers)) + 1
    assert len(right) == len(malformed)
    assert None not in right


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


@pytest.mark.parametrize(
    "write",
    [
        lambda: reply("a").cut(after=1, at="done"),
        lambda: reply("a").cut(after=1, after_events=1),
        lambda: reply("a").cut(after_events=-1),
        lambda: reply("a").cut(at="end"),  # type: ignore[arg-type] # what is refused
        lambda: reply("a").cut(how="hang"),  # type: ignore[arg-type] # likewise
        lambda: reply("a").cut(how="end"),
        lambda: reply("a").corrupt("json"),  # type: ignore[arg-type] # likewise
        lambda: reply("a").corrupt("empty", after_events=1),
        lambda: reply("a").stall(-1),
        lambda: reply("a").stall(float("inf")),
        lambda: reply("a").slow(jitter=2),
        lambda: reply(429).stall(1),
    ],
)
def test_faults_that_cannot_be_are_refused(write: Any) -> None:
    """They are refused where they are written."""
    with pytest.raises(ConfigurationError):
        write()


@pytest.mark.parametrize(
    ("add", "is_streamed", "is_kept"),
    [
        (lambda it: it.cut(after=1), True, False),
        (lambda it: it.cut(at="done"), True, True),
        (lambda it: it.cut(at="middle"), False, True),
        (lambda it: it.cut(), False, False),
    ],
)
def test_what_is_stored_of_a_reply_that_is_cut(
    fake_llm: FakeLLM, own_client: openai.OpenAI, add: Add, is_streamed: bool, is_kept: bool
) -> None:
    """An answer that had come to its end is stored, also if its client didn't get all of its bytes."""
    fake_llm.script(add(reply(TEXT)))
    fields: Any = {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}], "store": True}
    with pytest.raises(openai.APIConnectionError):
        keep(
            own_client.chat.completions.create(**fields, stream=True)
            if is_streamed
            else _ask(own_client, fields),
            [],
        )
    stored = own_client.chat.completions.list()
    assert len(stored.data) == is_kept


def _ask(client: openai.OpenAI, fields: Any) -> list[Any]:
    return [client.chat.completions.create(**fields)]
