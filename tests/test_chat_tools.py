"""Tools: the model calls them as it may or must, and its arguments satisfy their schemas."""

import json
import re
from typing import Any

import jsonschema_rs
import openai
import pytest
from conftest import ENDLESS, MODEL

SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string", "maxLength": 12}, "unit": {"enum": ["c", "f"]}},
    "required": ["city", "unit"],
    "additionalProperties": False,
}
WEATHER: dict[str, Any] = {
    "type": "function",
    "function": {"name": "get_weather", "description": "Weather of a city", "parameters": SCHEMA},
}
PING: dict[str, Any] = {"type": "function", "function": {"name": "ping"}}
MESSAGES: list[Any] = [{"role": "user", "content": "What is the weather in Paris?"}]
NAMED = {"type": "function", "function": {"name": "get_weather"}}


def ask(client: openai.OpenAI, **options: Any) -> Any:
    """A completion with tools, of few tokens."""
    return client.chat.completions.create(
        **{"model": MODEL, "messages": MESSAGES, "max_tokens": 120, **options}
    )


@pytest.mark.parametrize("strict", [True, False, None])
def test_required_call_satisfies_the_schema(client: openai.OpenAI, strict: bool | None) -> None:
    """Under `required` there is a call, and its arguments are valid, strict or not."""
    tool = {**WEATHER, "function": {**WEATHER["function"], "strict": strict}}
    answer = ask(client, tools=[tool], tool_choice="required", parallel_tool_calls=False)
    message = answer.choices[0].message
    assert answer.choices[0].finish_reason == "tool_calls"
    assert message.content is None
    assert [call.function.name for call in message.tool_calls] == ["get_weather"]
    assert message.tool_calls[0].id.startswith("call_")
    jsonschema_rs.validate(SCHEMA, json.loads(message.tool_calls[0].function.arguments))


def test_named_call_ends_with_stop(client: openai.OpenAI) -> None:
    """A call that was demanded by name ends with `stop`, and names that tool."""
    answer = ask(client, tools=[PING, WEATHER], tool_choice=NAMED)
    assert answer.choices[0].finish_reason == "stop"
    assert [call.function.name for call in answer.choices[0].message.tool_calls] == ["get_weather"]


def test_none_leaves_text(client: openai.OpenAI) -> None:
    """Under `none` there is only text; `tool_calls` is absent then, not empty."""
    answer = ask(client, tools=[WEATHER], tool_choice="none", max_tokens=8, logit_bias=ENDLESS)
    assert answer.choices[0].message.content
    assert "tool_calls" not in answer.choices[0].message.model_fields_set


@pytest.mark.parametrize("text", ["Hello!", "Write a poem about the sea."])
def test_auto_leaves_text_to_small_talk(client: openai.OpenAI, text: str) -> None:
    """Under `auto` a text that no tool serves is answered with text, without a mark of a call in it."""
    messages: list[Any] = [{"role": "user", "content": text}]
    answer = ask(client, messages=messages, tools=[WEATHER], max_tokens=8, logit_bias=ENDLESS)
    assert answer.choices[0].message.content
    assert answer.choices[0].message.tool_calls is None


def test_an_agent_loop_ends(client: openai.OpenAI) -> None:
    """Under `auto` what a tool serves is called, each city gets its own call, and results end the loop."""
    messages: list[Any] = [{"role": "user", "content": "What is the weather in Paris and Rome?"}]
    first = ask(client, messages=messages, tools=[PING, WEATHER]).choices[0]
    assert first.finish_reason == "tool_calls"
    assert first.message.content is None
    calls = first.message.tool_calls
    assert [json.loads(call.function.arguments)["city"] for call in calls] == ["Paris", "Rome"]
    messages += [first.message]
    messages += [{"role": "tool", "tool_call_id": call.id, "content": "sunny"} for call in calls]
    last = ask(client, messages=messages, tools=[PING, WEATHER], max_tokens=8, logit_bias=ENDLESS).choices[0]
    assert last.message.content
    assert last.message.tool_calls is None


def test_an_offer_that_is_not_called_is_checked_too(client: openai.OpenAI) -> None:
    """A tool with a bad grammar is refused even where another one is called."""
    bad = {"type": "grammar", "grammar": {"syntax": "regex", "definition": "("}}
    tools = [WEATHER, {"type": "custom", "custom": {"name": "c", "format": bad}}]
    with pytest.raises(openai.BadRequestError, match="Invalid regex for custom tool 'c'"):
        ask(client, tools=tools)


def test_allowed_tools_limit_the_choice(client: openai.OpenAI) -> None:
    """Of several tools only an allowed one is called."""
    choice = {"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [PING]}}
    answer = ask(client, tools=[WEATHER, PING], tool_choice=choice, parallel_tool_calls=False)
    assert [call.function.name for call in answer.choices[0].message.tool_calls] == ["ping"]
    assert answer.choices[0].message.tool_calls[0].function.arguments == "{}"
    assert answer.choices[0].finish_reason == "tool_calls"


@pytest.mark.parametrize(
    ("custom", "pattern"),
    [
        (
            {
                "name": "calc",
                "format": {"type": "grammar", "grammar": {"syntax": "regex", "definition": r"\d{1,2}\+\d"}},
            },
            r"\d{1,2}\+\d",
        ),
        (
            {
                "name": "vote",
                "format": {
                    "type": "grammar",
                    "grammar": {"syntax": "lark", "definition": 'start: "yes" | "no"'},
                },
            },
            "yes|no",
        ),
        ({"name": "note", "format": {"type": "text"}}, r"(.|\n)*"),
        ({"name": "note"}, r"(.|\n)*"),
    ],
)
def test_custom_tools_take_their_language(
    client: openai.OpenAI, custom: dict[str, Any], pattern: str
) -> None:
    """A custom tool's input lies in its grammar's language; without a grammar it is text."""
    answer = ask(client, tools=[{"type": "custom", "custom": custom}], tool_choice="required", max_tokens=24)
    call = answer.choices[0].message.tool_calls[0]
    assert call.type == "custom"
    assert call.custom.name == custom["name"]
    if answer.choices[0].finish_reason == "tool_calls":
        assert re.fullmatch(pattern, call.custom.input)


def test_stream_carries_a_call_in_pieces(client: openai.OpenAI) -> None:
    """Every delta has the index; only the first has id, type and name; the pieces are the whole."""
    options: dict[str, Any] = {"tools": [WEATHER], "tool_choice": "required", "parallel_tool_calls": False}
    whole = ask(client, **options).choices[0]
    chunks = list(ask(client, stream=True, **options))
    deltas = [call for chunk in chunks for call in chunk.choices[0].delta.tool_calls or []]
    assert all(delta.index == 0 for delta in deltas)
    assert [delta.function.name for delta in deltas if delta.function.name] == ["get_weather"]
    assert deltas[0].id is not None
    assert deltas[0].type == "function"
    assert all(delta.id is None and delta.type is None for delta in deltas[1:])
    assert len(deltas) > 2
    arguments = "".join(delta.function.arguments for delta in deltas)
    assert arguments == whole.message.tool_calls[0].function.arguments
    assert chunks[-1].choices[0].finish_reason == whole.finish_reason == "tool_calls"
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[0].choices[0].delta.content is None


def test_stream_carries_a_custom_call(client: openai.OpenAI) -> None:
    """A custom tool's call streams as its own kind."""
    grammar = {"type": "grammar", "grammar": {"syntax": "regex", "definition": "[ab]{3}"}}
    tool = {"type": "custom", "custom": {"name": "pick", "format": grammar}}
    chunks = list(ask(client, tools=[tool], tool_choice="required", parallel_tool_calls=False, stream=True))
    deltas = [call.model_dump() for chunk in chunks for call in chunk.choices[0].delta.tool_calls or []]
    assert deltas[0]["type"] == "custom"
    assert deltas[0]["custom"]["name"] == "pick"
    assert re.fullmatch("[ab]{3}", "".join(delta["custom"]["input"] for delta in deltas))


def test_deprecated_functions(client: openai.OpenAI) -> None:
    """`functions` and `function_call` answer in the old form, whole and streamed."""
    functions = [WEATHER["function"]]
    answer = ask(client, functions=functions, function_call={"name": "get_weather"})
    message = answer.choices[0].message
    assert message.function_call.name == "get_weather"
    jsonschema_rs.validate(SCHEMA, json.loads(message.function_call.arguments))
    chunks = list(ask(client, functions=functions, function_call={"name": "get_weather"}, stream=True))
    parts = [chunk.choices[0].delta.function_call for chunk in chunks if chunk.choices[0].delta.function_call]
    assert parts[0].name == "get_weather"
    assert "".join(part.arguments for part in parts) == message.function_call.arguments


def test_logprobs_come_with_calls(client: openai.OpenAI) -> None:
    """Logprobs are reported for a call's tokens as well."""
    answer = ask(client, tools=[WEATHER], tool_choice=NAMED, logprobs=True, top_logprobs=1)
    tokens = answer.choices[0].logprobs.content
    assert tokens
    assert all(token.logprob <= 0 for token in tokens)
    assert answer.choices[0].message.tool_calls[0].function.arguments.endswith("}")


PARAMETERS = "tools[0].function.parameters"


def function(name: str, parameters: Any) -> dict[str, Any]:
    """A tool that isn't strict."""
    return {"type": "function", "function": {"name": name, "parameters": parameters}}


STRICT = {"name": "f", "strict": True}


@pytest.mark.parametrize(
    ("options", "message", "param"),
    [
        (
            {"tool_choice": "required"},
            "'tool_choice' is only allowed when 'tools' are specified",
            "tool_choice",
        ),
        ({"parallel_tool_calls": True}, "'parallel_tool_calls' is only allowed", "parallel_tool_calls"),
        ({"tool_choice": "auto"}, "'tool_choice' is only allowed when 'tools'", "tool_choice"),
        ({"tools": [], "tool_choice": NAMED}, "'tool_choice' is only allowed when 'tools'", "tool_choice"),
        ({"functions": [PING["function"]], "tool_choice": "none"}, "'tool_choice' is only", "tool_choice"),
        ({"tools": [PING], "function_call": "auto"}, "'function_call' is only allowed", "function_call"),
        (
            {"tools": [PING], "tool_choice": NAMED},
            "no function named 'get_weather' was specified in the 'functions' parameter",
            "function_call",
        ),
        (
            {"tools": [PING], "tool_choice": {"type": "custom", "custom": {"name": "ping"}}},
            "no function named 'ping'",
            "function_call",
        ),
        ({"tools": [function("f", {"properties": {}})]}, "got 'type: \"None\"'", PARAMETERS),
        ({"tools": [function("f", {"type": "object"})]}, "In context=(), object schema missing", PARAMETERS),
        (
            {"tools": [PING, function("f", {"type": "object", "properties": {"a": {"type": "array"}}})]},
            "Invalid schema for function 'f': In context=('properties', 'a'), array schema missing items.",
            "tools[1].function.parameters",
        ),
        (
            {"tools": [PING, function("f", {"type": "object", "properties": {"a": {"$ref": "#/none"}}})]},
            "Invalid schema for function 'f': Pointer '/none' does not exist.",
            "tools[1].function.parameters",
        ),
        ({"tools": [PING, PING]}, "Duplicate tool name 'ping'", "tools[1]"),
        ({"tools": [{"type": "hammer"}]}, "Supported values are: 'function' and 'custom'", "tools[0].type"),
        (
            {"tools": [{"type": "function", "function": {"name": "a b"}}]},
            "does not match pattern",
            "tools[0].function.name",
        ),
        (
            {"tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "array"}}}]},
            "got 'type: \"array\"'",
            "tools[0].function.parameters",
        ),
        (
            {
                "tools": [
                    {
                        "type": "function",
                        "function": {**STRICT, "parameters": {"type": "object", "properties": {}}},
                    }
                ]
            },
            "'additionalProperties' is required to be supplied and to be false",
            "tools[0].function.parameters",
        ),
        (
            {
                "tools": [
                    {
                        "type": "function",
                        "function": {**STRICT, "parameters": {**SCHEMA, "required": ["city"]}},
                    }
                ]
            },
            "Missing 'unit'",
            "tools[0].function.parameters",
        ),
        (
            {
                "tools": [
                    {
                        "type": "function",
                        "function": {
                            "name": "f",
                            "parameters": {"type": "object", "properties": {"a": {"type": "strin"}}},
                        },
                    }
                ]
            },
            "Invalid schema for function 'f': 'strin' is not valid under any of the given schemas.",
            PARAMETERS,
        ),
        (
            {
                "tools": [
                    {
                        "type": "custom",
                        "custom": {
                            "name": "c",
                            "format": {"type": "grammar", "grammar": {"syntax": "regex", "definition": "("}},
                        },
                    }
                ]
            },
            "Invalid regex for custom tool 'c': ",
            "tools[0].custom.format.grammar.definition",
        ),
    ],
)
def test_bad_tools_are_refused(
    client: openai.OpenAI, options: dict[str, Any], message: str, param: str
) -> None:
    """What OpenAI refuses of tools is refused before anything is generated, naming the place."""
    with pytest.raises(openai.BadRequestError, match=re.escape(message)) as caught:
        ask(client, **options)
    assert caught.value.param == param


def test_no_tools_are_no_offence(client: openai.OpenAI) -> None:
    """An empty list of tools is answered with text, as OpenAI answers it."""
    answer = ask(client, tools=[], tool_choice="auto", max_tokens=2, logit_bias=ENDLESS)
    assert answer.choices[0].message.content
