"""Replies that go wrong on purpose: through the real client, in both APIs, streamed and not."""

import time
from typing import Any

import openai
import pytest
from controlled_scope import fake_llm as fake_llm
from controlled_scope import own_client as own_client
from scripted_answers import WAYS, ask

from fake_llm_server import ConfigurationError, FakeLLM, reply

TEXT = "one two three four"
every_way = pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way[0]}{'-streamed' * way[1]}")


def add_pieces(got: list[str], client: openai.OpenAI, api: str) -> None:
    """Add the pieces of a streamed text to a list, as they come."""
    if api == "chat":
        chunks = client.chat.completions.create(
            model="smollm2-135m", messages=[{"role": "user", "content": "Count."}], stream=True
        )
        got.extend(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    else:
        events = client.responses.create(model="smollm2-135m", input="Count.", stream=True)
        got.extend(event.delta for event in events if event.type == "response.output_text.delta")


@every_way
@pytest.mark.parametrize("is_reset", [False, True])
def test_a_connection_is_cut_before_the_reply(
    fake_llm: FakeLLM, own_client: openai.OpenAI, way: Any, is_reset: bool
) -> None:
    """A client whose connection breaks has an error of the connection, and may ask again."""
    fake_llm.script(reply(TEXT).cut(how="reset" if is_reset else "close"), TEXT)
    with pytest.raises(openai.APIConnectionError):
        ask(own_client, way)
    assert ask(own_client, way).text == TEXT
    assert [call.status for call in fake_llm.calls] == [None, 200]
    assert [call.error for call in fake_llm.calls] == ["The script broke the reply off.", None]
    assert not any(call.has_left for call in fake_llm.calls)


@pytest.mark.parametrize("api", ["chat", "responses"])
@pytest.mark.parametrize("after", [0, 1, 3, 4])
def test_a_stream_is_cut(fake_llm: FakeLLM, own_client: openai.OpenAI, api: str, after: int) -> None:
    """A stream that is cut after some pieces has brought exactly those, and then breaks."""
    fake_llm.script(reply(TEXT).cut(after=after))
    got: list[str] = []
    with pytest.raises(openai.APIConnectionError):
        add_pieces(got, own_client, api)
    assert [piece for piece in got if piece] == ["one", " two", " three", " four"][:after]
    [call] = fake_llm.calls
    assert (call.status, call.reply.finish_reason) == (200, None)


@every_way
def test_a_client_leaves_what_hangs(fake_llm: FakeLLM, own_client: openai.OpenAI, way: Any) -> None:
    """A reply that hangs ends with the client's own timeout, and the server goes on."""
    fake_llm.script(reply(TEXT).hang(), TEXT)
    with pytest.raises(openai.APITimeoutError):
        ask(own_client.with_options(timeout=0.5), way)
    assert ask(own_client, way).text == TEXT
    assert [call.error for call in fake_llm.calls] == [None, None]


@every_way
def test_an_answer_takes_its_time(fake_llm: FakeLLM, own_client: openai.OpenAI, way: Any) -> None:
    """A slow answer takes at least as long as its first piece and its rate ask for; so does an error."""
    fake_llm.script(reply(TEXT).slow(first_token_s=0.2, tokens_per_s=20), reply(503).slow(first_token_s=0.2))
    began = time.monotonic()
    assert ask(own_client, way).text == TEXT
    assert time.monotonic() - began >= 0.2 + 4 / 20
    began = time.monotonic()
    with pytest.raises(openai.InternalServerError):
        ask(own_client, way)
    assert time.monotonic() - began >= 0.2


def test_answers_in_the_background_go_wrong(fake_llm: FakeLLM, own_client: openai.OpenAI) -> None:
    """A response in the background that is cut, or that meets an error, has failed; the connection stays."""
    fake_llm.script(TEXT, reply(TEXT).cut(after=1), 429)
    ended = []
    for _ in range(3):
        response = own_client.responses.create(
            model="smollm2-135m", input="Count.", background=True, store=True
        )
        while response.status in ("queued", "in_progress"):
            time.sleep(0.05)
            response = own_client.responses.retrieve(response.id)
        ended.append(response)
    assert [response.status for response in ended] == ["completed", "failed", "failed"]
    assert ended[0].output_text == TEXT
    assert [response.error.code for response in ended[1:] if response.error] == [
        "server_error",
        "rate_limit_exceeded",
    ]


@pytest.mark.parametrize(
    "write",
    [
        lambda: reply("a").cut(after=-1),
        lambda: reply("a").slow(first_token_s=-1),
        lambda: reply("a").slow(tokens_per_s=0),
        lambda: reply("a").wrong("mood"),  # type: ignore[arg-type] # what is refused
        lambda: reply(429).cut(),
        lambda: reply(429).wrong("json"),
        lambda: reply(choices=[reply("a").hang()]),
    ],
)
def test_faults_that_cannot_be_are_refused(write: Any) -> None:
    """They are refused where they are written."""
    with pytest.raises(ConfigurationError):
        write()
