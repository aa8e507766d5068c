"""A limit ends an answer under a schema or with a call validly, as far as the limit leaves room for it."""

import json
from typing import Any

import jsonschema
import openai
import pytest
from conftest import MODEL

PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "age": {"type": "integer"},
        "hobbies": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["name", "age", "hobbies"],
    "additionalProperties": False,
}
TOOL: Any = {"type": "function", "function": {"name": "add_person", "parameters": PERSON}}
MESSAGES: Any = [{"role": "user", "content": "Describe somebody."}]


@pytest.mark.parametrize("max_tokens", [14, 22])
def test_json_ends_within_its_limit(client: openai.OpenAI, max_tokens: int) -> None:
    """The answer parses, validates, and says `stop`, streamed or not."""
    shape: Any = {"type": "json_schema", "json_schema": {"name": "person", "schema": PERSON, "strict": True}}
    given: Any = {"model": MODEL, "messages": MESSAGES, "response_format": shape, "max_tokens": max_tokens}
    choice = client.chat.completions.create(**given).choices[0]
    assert choice.finish_reason == "stop"
    jsonschema.validate(json.loads(choice.message.content or ""), PERSON)
    chunks = list(client.chat.completions.create(**given, stream=True))
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == choice.message.content


def test_a_call_ends_within_its_limit(client: openai.OpenAI) -> None:
    """The call is whole, and the reason is `tool_calls`."""
    answer = client.chat.completions.create(
        model=MODEL, messages=MESSAGES, tools=[TOOL], tool_choice="required", max_tokens=45
    )
    choice = answer.choices[0]
    assert choice.finish_reason == "tool_calls"
    assert choice.message.tool_calls
    for call in choice.message.tool_calls:
        assert call.type == "function"
        jsonschema.validate(json.loads(call.function.arguments), PERSON)


def test_a_response_is_complete_within_its_limit(client: openai.OpenAI) -> None:
    """The API of responses says `completed`."""
    shape: Any = {"type": "json_schema", "name": "person", "schema": PERSON, "strict": True}
    response = client.responses.create(
        model=MODEL, input="Describe somebody.", text={"format": shape}, max_output_tokens=18
    )
    assert response.status == "completed"
    jsonschema.validate(json.loads(response.output_text), PERSON)


def test_free_text_is_cut_though_tools_are_offered(client: openai.OpenAI) -> None:
    """Text that meets its limit says `length`, as at OpenAI."""
    answer = client.chat.completions.create(
        model=MODEL,
        messages=[{"role": "user", "content": "Why is the sky blue? Tell me all about it."}],
        tools=[TOOL],
        max_tokens=12,
    )
    assert answer.choices[0].message.tool_calls is None
    assert answer.choices[0].finish_reason == "length"


def test_values_give_way_to_a_limit(client: openai.OpenAI) -> None:
    """Where a value of the request makes every answer longer than the limit, the answer is another one."""
    shape: Any = {"type": "json_schema", "json_schema": {"name": "person", "schema": PERSON, "strict": True}}
    messages: Any = [
        {"role": "user", "content": "Bartholomew Featherstonehaugh-Cholmondeley is 41 years old."}
    ]

    def describe(max_tokens: int) -> Any:
        answer = client.chat.completions.create(
            model=MODEL, messages=messages, response_format=shape, max_tokens=max_tokens
        )
        assert answer.choices[0].finish_reason == "stop"
        return json.loads(answer.choices[0].message.content or "")

    assert describe(60)["name"] == "Bartholomew Featherstonehaugh-Cholmondeley"
    brief = describe(16)
    jsonschema.validate(brief, PERSON)
    assert brief["name"] != "Bartholomew Featherstonehaugh-Cholmondeley"


def test_several_calls_give_way_to_a_limit(client: openai.OpenAI) -> None:
    """Where the calls that are due don't fit into the limit, fewer are made."""
    tool: Any = {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "Get the weather of a city",
            "parameters": {
                "type": "object",
                "properties": {"city": {"type": "string"}},
                "required": ["city"],
            },
        },
    }
    messages: Any = [{"role": "user", "content": "What is the weather in Paris, London, Rome and Madrid?"}]

    def count_calls(max_tokens: int) -> int:
        answer = client.chat.completions.create(
            model=MODEL, messages=messages, tools=[tool], tool_choice="required", max_tokens=max_tokens
        )
        assert answer.choices[0].finish_reason == "tool_calls"
        return len(answer.choices[0].message.tool_calls or ())

    assert count_calls(160) == 4
    assert count_calls(40) < 4
