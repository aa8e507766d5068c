"""Streams, byte for byte: the order and shape of chunks, obfuscation, faults and clients that leave."""

import http.client
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx2
import openai
import pytest
from conftest import ENDLESS, MODEL

from fake_llm_server import FakeLLMServer

MESSAGES: list[Any] = [{"role": "user", "content": "What is the weather in Paris?"}]


def read_stream(server: FakeLLMServer, **options: Any) -> tuple[str, list[str]]:
    """The content type of a stream of as many tokens as it may have, and its lines."""
    body = {
        "model": MODEL,
        "messages": MESSAGES,
        "max_tokens": 5,
        "logit_bias": ENDLESS,
        "stream": True,
        **options,
    }
    reply = httpx2.post(f"{server.base_url}/chat/completions", json=body, timeout=60)
    return reply.headers["content-type"], reply.text.split("\n\n")


def read_chunks(server: FakeLLMServer, **options: Any) -> Iterator[dict[str, Any]]:
    """The chunks of a stream."""
    _, events = read_stream(server, **options)
    assert events[-2:] == ["data: [DONE]", ""]
    for event in events[:-2]:
        assert event.startswith("data: {")
        yield json.loads(event.removeprefix("data: "))


def test_chunks_stand_in_order(server: FakeLLMServer) -> None:
    """Role first, then text, then the finish reason, then [DONE]; all with one id and time."""
    content_type, _ = read_stream(server)
    assert content_type.startswith("text/event-stream")
    chunks = list(read_chunks(server))
    assert chunks[0]["choices"][0]["delta"] == {"role": "assistant", "content": "", "refusal": None}
    assert all(set(chunk["choices"][0]["delta"]) == {"content"} for chunk in chunks[1:-1])
    assert chunks[-1]["choices"][0]["delta"] == {}
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks] == [None] * (len(chunks) - 1) + [
        "length"
    ]
    assert all(chunk["choices"][0]["logprobs"] is None for chunk in chunks)
    assert len({(chunk["id"], chunk["created"], chunk["model"]) for chunk in chunks}) == 1
    assert all(chunk["object"] == "chat.completion.chunk" for chunk in chunks)
    assert all("usage" not in chunk for chunk in chunks)


def test_usage_comes_last_and_only_when_asked(server: FakeLLMServer) -> None:
    """With `include_usage` each chunk has null, and one more chunk without choices has the counts."""
    chunks = list(read_chunks(server, stream_options={"include_usage": True}))
    assert all(chunk["usage"] is None for chunk in chunks[:-1])
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"]["completion_tokens"] == 5


def test_every_choice_has_its_own_stream(server: FakeLLMServer) -> None:
    """Each choice begins with its role and ends with its reason, however they interleave."""
    chunks = list(read_chunks(server, n=3, temperature=1.5, seed=4))
    for index in range(3):
        own = [chunk["choices"][0] for chunk in chunks if chunk["choices"][0]["index"] == index]
        assert own[0]["delta"]["role"] == "assistant"
        assert [choice["finish_reason"] is not None for choice in own] == [False] * (len(own) - 1) + [True]


def test_obfuscation_evens_out_the_chunks(server: FakeLLMServer) -> None:
    """With obfuscation every chunk is padded, and the answer is what it was."""
    plain = [chunk["choices"][0]["delta"].get("content") for chunk in read_chunks(server)]
    padded = list(read_chunks(server, stream_options={"include_obfuscation": True}))
    assert [chunk["choices"][0]["delta"].get("content") for chunk in padded] == plain
    assert all(chunk["obfuscation"] for chunk in padded)
    lengths = {
        len(chunk["obfuscation"] + (chunk["choices"][0]["delta"].get("content") or "")) for chunk in padded
    }
    assert lengths == {32}


def test_refused_request_is_no_stream(server: FakeLLMServer) -> None:
    """What is refused before the first chunk is an error reply, not a broken stream."""
    body = {"model": MODEL, "messages": [{"role": "user", "content": "a " * 6000}], "stream": True}
    reply = httpx2.post(f"{server.base_url}/chat/completions", json=body)
    assert reply.status_code == 400
    assert reply.json()["error"]["code"] == "context_length_exceeded"


def test_same_stream_twice_is_the_same_bytes(server: FakeLLMServer) -> None:
    """But for ids and times, a stream is the same again, cut into the same pieces."""

    def shapes() -> list[Any]:
        return [chunk["choices"] for chunk in read_chunks(server, max_tokens=8)]

    assert shapes() == shapes()


def open_connections(server: FakeLLMServer) -> int:
    """Connections that the server still serves."""
    running = server._start_info.server
    assert running is not None
    cycles: list[Any] = [
        getattr(connection, "cycle", None) for connection in running.server_state.connections
    ]
    return sum(cycle is not None and not cycle.response_complete for cycle in cycles)


@pytest.mark.parametrize("is_stream", [True, False])
def test_client_that_leaves_stops_its_generation(
    client: openai.OpenAI, server: FakeLLMServer, is_stream: bool
) -> None:
    """A generation ends with its client's connection, so that the next request isn't kept waiting."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    body = {
        "model": MODEL,
        "messages": MESSAGES,
        "max_tokens": 3500,
        "stream": is_stream,
        "logit_bias": ENDLESS,
    }
    connection.request("POST", "/v1/chat/completions", json.dumps(body), {"Content-Type": "application/json"})
    if is_stream:
        connection.getresponse().read(200)
    else:
        time.sleep(0.3)
    assert open_connections(server) >= 1
    connection.close()
    deadline = time.monotonic() + 10
    while open_connections(server) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert open_connections(server) == 0
    assert client.chat.completions.create(model=MODEL, messages=MESSAGES, max_tokens=1).choices
