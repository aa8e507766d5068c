"""What the model writes of a reply: texts of some form, and what is left out of JSON and of arguments."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any
from unittest.mock import Mock

import openai
import pydantic
import pytest
from chosen_answers import ChosenAnswers
from controlled_scope import fake_llm as fake_llm
from controlled_scope import own_client as own_client
from scripted_answers import WAYS, ask

from fake_llm_server import ConfigurationError, FakeLLM, FakeLLMServer, ScriptError, reply
from fake_llm_server._controls import ControlLayer, Controls
from fake_llm_server._controls.narrowing import join_schemas, narrow
from fake_llm_server._seam import (
    Backend,
    Begun,
    Call,
    CallDelta,
    CallStarted,
    Finished,
    GenerationEvent,
    GenerationRequest,
    Scope,
    Tool,
    ToolUse,
    Usage,
)

every_way = pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way[0]}{'-streamed' * way[1]}")
SEARCH: dict[str, Any] = {
    "type": "object",
    "properties": {"city": {"enum": ["Oslo", "Rome"]}, "days": {"type": "integer", "maximum": 9}},
    "required": ["city", "days"],
    "additionalProperties": False,
}
EITHER: dict[str, Any] = {
    "type": "object",
    "properties": {
        "query": {
            "anyOf": [
                {"type": "object", "properties": {"kind": {"const": kind}}, "required": ["kind"]}
                for kind in ("a", "c")
            ]
        }
    },
    "required": ["query"],
}
NESTED: dict[str, Any] = {
    "type": "object",
    "properties": {
        "trip": {"$ref": "#/$defs/trip"},
        "tags": {"type": "array", "items": {"enum": ["a", "b"]}},
    },
    "required": ["trip", "tags"],
    "$defs": {"trip": SEARCH},
}


class Place(pydantic.BaseModel):
    """What is asked for."""

    city: str
    days: int


@every_way
def test_a_text_is_like_a_pattern(fake_llm: FakeLLM, own_client: openai.OpenAI, way: Any) -> None:
    """The model writes a text that the whole pattern matches."""
    fake_llm.script(
        reply(like=r"Goodbye, (Anna|Bob)[.!]"), reply(like=re.compile("[a-c]{3}"), reasoning="Hm.")
    )
    assert re.fullmatch(r"Goodbye, (Anna|Bob)[.!]", ask(own_client, way).text)
    got = ask(own_client, way)
    assert (re.fullmatch("[a-c]{3}", got.text) is not None, got.reasoning) == (True, "Hm.")
    fake_llm.script(reply(like=r'\{"city":"(Oslo|Rome)","days":[1-9]\}'))
    assert json.loads(ask(own_client, way, schema=SEARCH).text)["days"] in range(1, 10)


@every_way
def test_json_is_of_a_schema(fake_llm: FakeLLM, own_client: openai.OpenAI, way: Any) -> None:
    """A schema, or a class that has one, is filled by the model, also where the request asks for none."""
    fake_llm.script(reply(schema=SEARCH), reply(json=Place), reply(schema=Place))
    assert json.loads(ask(own_client, way).text)["city"] in ("Oslo", "Rome")
    for _ in range(2):
        assert isinstance(Place.model_validate_json(ask(own_client, way).text).days, int)


@every_way
def test_gaps_are_filled(fake_llm: FakeLLM, own_client: openai.OpenAI, way: Any) -> None:
    """`...` inside of a value is the model's, by the request's own schema; what is written stays."""
    fake_llm.script(
        reply(tool="search", arguments={"city": ..., "days": 3}),
        reply(json={"city": ..., "days": 3}),
        reply(json={"trip": {"days": 7, ...: ...}, "tags": ["b", ...]}),
        reply(json=["fixed", {"any": [...]}]),
    )
    [(name, arguments)] = ask(own_client, way, tools=[("search", SEARCH)]).calls
    assert (name, json.loads(arguments)["days"]) == ("search", 3)
    assert json.loads(arguments)["city"] in ("Oslo", "Rome")
    filled = json.loads(ask(own_client, way, schema=SEARCH).text)
    assert (filled["city"] in ("Oslo", "Rome"), filled["days"]) == (True, 3)
    filled = json.loads(ask(own_client, way, schema=NESTED).text)
    assert (filled["trip"]["days"], filled["trip"]["city"] in ("Oslo", "Rome")) == (7, True)
    assert (filled["tags"][0], filled["tags"][1] in ("a", "b"), len(filled["tags"])) == ("b", True, 2)
    limit: Any = {"max_tokens" if way[0] == "chat" else "max_output_tokens": 60}
    assert json.loads(ask(own_client, way, **limit).text)[0] == "fixed"


@pytest.mark.parametrize(
    ("written", "asked", "words"),
    [
        (reply(like="Good(bye|night)"), {"schema": SEARCH}, "the text isn't the response format 'answer'"),
        (reply(json={"city": ..., "days": "x"}), {"schema": SEARCH}, r"\$.days: "),
        (reply(json={"city": ...}), {"schema": SEARCH}, r"\$: 'days' is a required property; `...`"),
        (reply(json={"town": ..., ...: ...}), {"schema": SEARCH}, "no property 'town', only city, days"),
        (
            reply(tool="search", arguments={"days": "x", "city": ...}),
            {"tools": [("search", SEARCH)]},
            r"arguments of 'search' don't suit its parameters:\s+\$.days: ",
        ),
        (reply(schema={"const": 3}), {"schema": SEARCH}, "can't write a text that the reply and the request"),
        (reply(like="a"), {"tools": [("search", SEARCH)], "tool_choice": "required"}, "demands a call"),
        (
            reply(tool="search", arguments={"query": {"kind": "b", ...: ...}}),
            {"tools": [("search", EITHER)]},
            "No arguments of 'search' have what the reply writes of them: ",
        ),
        (reply(tool="run", arguments={"a": ...}), {"tools": [("run", None)]}, "input is text"),
    ],
    ids=lambda value: getattr(value, "shown", None),
)
def test_what_is_wanted_must_agree_with_the_request(
    server: FakeLLMServer, written: Any, asked: Any, words: str
) -> None:
    """A form that excludes the request's own fails the test, before anything is sent."""
    fake_llm = server.open_scope()
    fake_llm.script(written)
    with (
        openai.OpenAI(**fake_llm.openai_client_args()) as client,
        pytest.raises(openai.InternalServerError, match=words),
    ):
        ask(client, ("chat", True), **asked)
    fake_llm.close()
    with pytest.raises(ScriptError, match=words):
        fake_llm.check()


@pytest.mark.parametrize(
    "write",
    [
        lambda: reply("Hi", like="Hi"),
        lambda: reply(like="Hi", schema={}),
        lambda: reply(like="("),
        lambda: reply(like="a(?=b)b"),
        lambda: reply(like=re.compile(r"\bHi")),
        lambda: reply(like=3),  # type: ignore[arg-type] # what is refused
        lambda: reply(like=re.compile("hi", re.IGNORECASE)),
        lambda: reply(schema=3),
        lambda: reply(schema=int),
        lambda: reply(json={"a": ..., "b": {1}}),
        lambda: reply(json={...: 3}),
        lambda: reply(json={3: ...}),
        lambda: reply(like="Hi", tool="search"),
        lambda: reply(like="Hi", refusal="No."),
        lambda: reply(429, like="Hi"),
        lambda: reply(choices=[reply(like="Hi")]),
        lambda: reply(tool="search", arguments={"a": ...}, finish_reason="length"),
        lambda: reply(call_id="call_1"),
        lambda: reply(tool="search", call_id=""),
    ],
)
def test_what_cannot_be_wanted_is_refused(write: Any) -> None:
    """It is refused where it is written."""
    with pytest.raises(ConfigurationError):
        write()


def test_schemas_are_narrowed() -> None:
    """What is written becomes a `const`, what is left out stays, and references go on to lead somewhere."""
    assert narrow(SEARCH, {"city": ..., "days": 3}) == {
        "type": "object",
        "properties": {"city": {"enum": ["Oslo", "Rome"]}, "days": {"const": 3}},
        "required": ["city", "days"],
        "additionalProperties": False,
    }
    either = {"anyOf": [SEARCH, {"type": "null"}]}
    assert narrow(either, {"city": ...}) == {"allOf": [either, narrow(True, {"city": ...})]}
    assert narrow({"$ref": "#/$defs/none"}, [...]) == {
        "allOf": [{"$ref": "#/$defs/none"}, narrow(True, [...])]
    }
    assert narrow(True, {"a": ..., "b": 1}) == narrow({}, {"a": ..., "b": 1})


def test_schemas_are_joined() -> None:
    """Both hold, with what they refer to; where its names clash, the second one alone."""
    first: dict[str, Any] = {"$ref": "#/$defs/a", "$defs": {"a": {"type": "object"}}}
    second: dict[str, Any] = {"$ref": "#/$defs/b", "$defs": {"b": {"required": ["c"]}}}
    assert join_schemas(first, second) == {
        "$defs": {"a": {"type": "object"}, "b": {"required": ["c"]}},
        "allOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/b"}],
    }
    clash: dict[str, Any] = {"$ref": "#/$defs/a", "$defs": {"a": {"type": "array"}}}
    assert join_schemas(first, clash) == clash
    assert join_schemas(True, first) == first


def test_a_choice_that_is_cut_cuts_no_other() -> None:
    """Of two choices one may come to its limit, while the other's call is whole; both count."""
    written = iter(['{"city":', '{"city":"Oslo","days":3}'])

    async def write(_call: Call) -> AsyncGenerator[GenerationEvent, None]:
        text = next(written)
        yield Begun("fp_below")
        yield CallStarted(0, 0, "function", "search")
        yield CallDelta(0, 0, "function", text)
        yield Finished(0, "tool_calls" if text.endswith("}") else "length")
        yield Usage(7, 5)

    async def run() -> list[GenerationEvent]:
        below = ChosenAnswers(Mock(spec=Backend))
        below.write = write
        layer = ControlLayer(below, is_loaded=False, find_status=lambda _error: 500)
        scope = Scope()
        scope.own(Controls).add_replies([reply(tool="search", arguments={"city": ..., "days": 3})])
        request = GenerationRequest((), (Tool("function", "search", None, SEARCH),), ToolUse("auto"))
        call = Call(replace(request, num_choices=2), scope, "createChatCompletion")
        return [event async for event in layer.generate(call)]

    events = asyncio.run(run())
    reasons = [event.reason for event in events if isinstance(event, Finished)]
    assert reasons == ["length", "tool_calls"]
    assert events[-1] == Usage(7, 10)
