"""Replies that a test writes: each kind through the real client, in both APIs, streamed and not."""

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any
from unittest.mock import Mock

import openai
import pydantic
import pytest
from chosen_answers import ChosenAnswers
from controlled_scope import fake_llm as fake_llm
from controlled_scope import own_client as own_client
from scripted_answers import WAYS, Read, ask

from fake_llm_server import AnswerRules, ConfigurationError, FakeLLM, ReceivedCall, reply
from fake_llm_server._controls import ControlLayer, Controls
from fake_llm_server._seam import Backend, Call, GenerationEvent, GenerationRequest, Scope, Usage

SEARCH = {
    "type": "object",
    "properties": {"limit": {"enum": [3, 5]}},
    "required": ["limit"],
    "additionalProperties": False,
}
CITY = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
FINISHES = {
    "chat": {
        "stop": "stop",
        "tool_calls": "tool_calls",
        "length": "length",
        "content_filter": "content_filter",
    },
    "responses": {
        "stop": "completed",
        "tool_calls": "completed",
        "length": "max_output_tokens",
        "content_filter": "content_filter",
    },
}
every_way = pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way[0]}{'-streamed' * way[1]}")


class City(pydantic.BaseModel):
    """What `CITY` describes."""

    city: str


@every_way
@pytest.mark.parametrize(
    ("written", "asked", "expected", "finish"),
    [
        (reply("It is sunny."), {}, Read(text="It is sunny."), "stop"),
        (reply(chunks=["It", " is sun", "ny."]), {}, Read(text="It is sunny."), "stop"),
        (reply(""), {}, Read(), "stop"),
        (reply("It is", finish_reason="length"), {}, Read(text="It is"), "length"),
        (reply("It", finish_reason="content_filter"), {}, Read(text="It"), "content_filter"),
        (reply(refusal="I can't help with that."), {}, Read(refusal="I can't help with that."), "stop"),
        (reply("Sunny.", reasoning="Look out."), {}, Read(text="Sunny.", reasoning="Look out."), "stop"),
        (reply(json=City(city="Oslo")), {"schema": CITY}, Read(text='{"city":"Oslo"}'), "stop"),
        (reply(json={"city": "Oslo"}), {"schema": CITY}, Read(text='{"city":"Oslo"}'), "stop"),
        (
            reply(tool="search", arguments={"limit": 3}),
            {"tools": [("search", SEARCH)]},
            Read(calls=[("search", '{"limit":3}')]),
            "tool_calls",
        ),
        (
            reply("Let me see.", tool_calls=[("search", {"limit": 5}), ("run", "print(1)")]),
            {"tools": [("search", SEARCH), ("run", None)]},
            Read(text="Let me see.", calls=[("search", '{"limit":5}'), ("run", "print(1)")]),
            "tool_calls",
        ),
    ],
    ids=lambda value: getattr(value, "shown", None),
)
def test_a_reply_is_what_the_client_gets(  # noqa: PLR0917 - a table
    fake_llm: FakeLLM,
    own_client: openai.OpenAI,
    way: Any,
    written: Any,
    asked: Any,
    expected: Read,
    finish: str,
) -> None:
    """Each part of a reply arrives as it was written, and the journal has the same."""
    fake_llm.script(written)
    got = ask(own_client, way, **asked)
    assert (got.text, got.refusal, got.reasoning) == (expected.text, expected.refusal, expected.reasoning)
    assert got.calls == expected.calls
    assert got.finish == FINISHES[way[0]][finish]
    if written.chunks is not None and way[1]:
        assert got.pieces == list(written.chunks)
    [call] = fake_llm.calls
    assert (call.source, call.status, call.error, call.has_left) == ("script", 200, None, False)
    assert (call.reply.text, call.reply.refusal, call.reply.reasoning) == (
        got.text,
        got.refusal,
        got.reasoning,
    )
    assert [(made.name, made.arguments) for made in call.reply.tool_calls] == got.calls
    assert call.usage is not None
    assert got.usage == (call.usage.prompt_tokens, call.usage.completion_tokens)


@every_way
def test_the_model_writes_what_is_left_out(fake_llm: FakeLLM, own_client: openai.OpenAI, way: Any) -> None:
    """Arguments that a reply leaves out satisfy the schema of this request."""
    fake_llm.script(reply(tool="search"), reply(tool_calls=[("search", {"limit": 3}), "search"]))
    asked: Any = {"tools": [("other", CITY), ("search", SEARCH)]}
    [(name, arguments)] = ask(own_client, way, **asked).calls
    assert (name, json.loads(arguments)["limit"] in (3, 5)) == ("search", True)
    first, second = ask(own_client, way, **asked).calls
    assert first == ("search", '{"limit":3}')
    assert json.loads(second[1])["limit"] in (3, 5)


@every_way
def test_the_model_answers_where_nothing_is_written(
    fake_llm: FakeLLM, own_client: openai.OpenAI, client: openai.OpenAI, way: Any
) -> None:
    """`...` is the model's own answer; parts that are written replace those of it."""
    limit: Any = {"max_tokens" if way[0] == "chat" else "max_output_tokens": 16}
    unscripted = ask(client, way, **limit)
    fake_llm.script(
        ..., reply(finish_reason="content_filter", reasoning="Hm."), reply(usage={"prompt_tokens": 7})
    )
    assert ask(own_client, way, **limit) == unscripted
    filtered = ask(own_client, way, **limit)
    assert (filtered.text, filtered.reasoning) == (unscripted.text, "Hm.")
    assert filtered.finish == "content_filter"
    assert ask(own_client, way, **limit).usage == (7, 0)
    assert [call.source for call in fake_llm.calls] == ["script"] * 3


@every_way
def test_errors_have_openais_form(fake_llm: FakeLLM, own_client: openai.OpenAI, way: Any) -> None:
    """An error has the status, words, code and headers that were written, and OpenAI's where none were."""
    fake_llm.script(
        reply(429, retry_after=1.5),
        reply(429, code="insufficient_quota"),
        reply(418, message="Short and stout.", type="teapot", param="model", headers={"x-pot": "1"}),
        500,
    )
    errors = []
    for _ in range(4):
        with pytest.raises(openai.APIStatusError) as raised:
            ask(own_client, way)
        errors.append(raised.value)
    limited, quota, teapot, failed = errors
    assert isinstance(limited, openai.RateLimitError)
    assert (limited.code, limited.response.headers["retry-after"]) == ("rate_limit_exceeded", "2")
    assert limited.response.headers["retry-after-ms"] == "1500"
    assert (quota.status_code, quota.type) == (429, "insufficient_quota")
    assert (teapot.status_code, teapot.type, teapot.param) == (418, "teapot", "model")
    assert teapot.response.headers["x-pot"] == "1"
    assert "Short and stout." in str(teapot)
    assert isinstance(failed, openai.InternalServerError)
    assert [call.status for call in fake_llm.calls] == [429, 429, 418, 500]


@every_way
def test_functions_make_replies(fake_llm: FakeLLM, own_client: openai.OpenAI, way: Any) -> None:
    """A function of the call makes the reply; it may be asynchronous, and may leave the call to the model."""

    def echo(call: ReceivedCall) -> Any:
        return f"You said: {call.user_text}"

    async def echo_later(call: ReceivedCall) -> Any:
        return reply(json={"model": call.model})

    fake_llm.script(echo, reply(echo_later), lambda _call: 503)
    assert ask(own_client, way, text="Hi").text == "You said: Hi"
    assert json.loads(ask(own_client, way).text) == {"model": "smollm2-135m"}
    with pytest.raises(openai.InternalServerError):
        ask(own_client, way)


def test_each_choice_may_be_its_own(fake_llm: FakeLLM, own_client: openai.OpenAI) -> None:
    """A request with `n` gets the same reply `n` times, or the choices that were written."""
    fake_llm.script("Yes.", reply(choices=["Yes.", reply(refusal="No.")]))
    asked: Any = {"model": "smollm2-135m", "messages": [{"role": "user", "content": "Well?"}], "n": 2}
    same = own_client.chat.completions.create(**asked)
    assert [choice.message.content for choice in same.choices] == ["Yes.", "Yes."]
    mixed = own_client.chat.completions.create(**asked)
    assert [choice.message.refusal for choice in mixed.choices] == [None, "No."]
    assert [choice.refusal for choice in fake_llm.calls[1].choices] == ["", "No."]


def test_a_single_reply_may_have_the_raw_model() -> None:
    """A reply with rules of its own is answered under them, and the others under the scope's."""
    seen: list[AnswerRules] = []

    async def write(call: Call) -> AsyncGenerator[GenerationEvent, None]:
        seen.append(call.rules)
        yield Usage(0, 0)

    async def run() -> None:
        below = ChosenAnswers(Mock(spec=Backend))
        below.write = write
        layer = ControlLayer(below, is_loaded=False, find_status=lambda _error: 500)
        scope = Scope()
        scope.own(Controls).add_replies([reply(rules=AnswerRules.none()), reply()])
        for _ in range(2):
            call = Call(GenerationRequest(()), scope, "createResponse")
            assert [event async for event in layer.generate(call)] == [Usage(0, 0)]

    asyncio.run(run())
    assert seen == [AnswerRules.none(), AnswerRules()]


@pytest.mark.parametrize(
    "write",
    [
        lambda: reply("Hi", json={}),
        lambda: reply("Hi", refusal="No."),
        lambda: reply("Hi", chunks=["H"]),
        lambda: reply(json={1, 2}),
        lambda: reply(json=float("nan")),
        lambda: reply("Hi", finish_reason="tool_calls"),
        lambda: reply(tool="search", finish_reason="stop"),
        lambda: reply(tool="search", finish_reason="length"),
        lambda: reply("Hi", finish_reason="tired"),  # type: ignore[arg-type] # what is refused
        lambda: reply(arguments={}),
        lambda: reply(tool="search", tool_calls=["search"]),
        lambda: reply(tool_calls=[3]),  # type: ignore[list-item] # what is refused
        lambda: reply(200),
        lambda: reply(429, refusal="No."),
        lambda: reply("Hi", retry_after=1),
        lambda: reply(429, retry_after=-1),
        lambda: reply(429, retry_after=1e308),
        lambda: reply(429, headers={"x-a": "b\r\nx-c: d"}),
        lambda: reply(429, headers={"x-a": "\u20ac"}),
        lambda: reply(429, headers={"x-a": " b"}),
        lambda: reply(429, headers={"x a": "b"}),
        lambda: reply(429, message="\ud800"),
        lambda: reply("\ud800"),
        lambda: reply(json={"a": "\udfff"}),
        lambda: reply(tool="a", arguments={"\ud800": ...}),
        lambda: reply(usage={"tokens": 1}),
        lambda: reply(usage={"prompt_tokens": -1}),
        lambda: reply(choices=["Yes.", 429]),
        lambda: reply("Hi", choices=["Yes."]),
        lambda: reply(lambda _call: "Hi", reasoning="Hm."),
        lambda: reply(reply("Hi")),
        lambda: reply({"city": "Oslo"}),  # type: ignore[arg-type] # what is refused
        lambda: reply(True),
        lambda: reply(tool_calls=[("a", {}, "id"), ("b", {}, "id")]),
        lambda: reply(429, headers={"Content-Length": "3"}),
    ],
)
def test_a_reply_that_contradicts_itself_is_refused(write: Any) -> None:
    """It is refused where it is written, before anything is asked."""
    with pytest.raises(ConfigurationError):
        write()
