"""Structured output: JSON by constraint, schemas held to OpenAI's rules."""

import json
from typing import Any, Literal

import jsonschema_rs
import openai
import pydantic
import pytest
from conftest import MODEL

MESSAGES: list[Any] = [{"role": "user", "content": "Describe a red apple as json."}]


def closed(properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A strict object schema."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
        **more,
    }


def ask(client: openai.OpenAI, schema: Any, *, strict: bool | None = True, **options: Any) -> Any:
    """A completion whose answer follows a schema."""
    shape: Any = {"name": "answer", "schema": schema, "strict": strict}
    given: Any = {"max_tokens": 64, **options}
    return client.chat.completions.create(
        model=MODEL, messages=MESSAGES, response_format={"type": "json_schema", "json_schema": shape}, **given
    )


SHORT = {"type": "string", "maxLength": 8}
SCHEMAS = {
    "object": closed({"name": SHORT, "is_fruit": {"type": "boolean"}}),
    "enum": closed({"color": {"type": "string", "enum": ["red", "green"]}}),
    "numbers": closed({"n": {"type": "integer", "minimum": 1, "maximum": 9}}),
    "array": closed({"tags": {"type": "array", "items": SHORT, "minItems": 1, "maxItems": 2}}),
    "any_of": closed(
        {"size": {"anyOf": [{"type": "integer", "minimum": 0, "maximum": 9}, {"type": "null"}]}}
    ),
    "reference": closed({"a": {"$ref": "#/$defs/part"}}, **{"$defs": {"part": closed({"b": SHORT})}}),
    "format": closed({"day": {"type": "string", "format": "date"}}),
    "recursion": closed(
        {"node": {"$ref": "#/$defs/node"}},
        **{
            "$defs": {
                "node": closed(
                    {
                        "v": {"type": "integer", "minimum": 0, "maximum": 9},
                        "next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]},
                    }
                )
            }
        },
    ),
}


@pytest.mark.parametrize("name", SCHEMAS)
def test_answers_satisfy_their_schema(client: openai.OpenAI, name: str) -> None:
    """A finished answer is valid JSON by its schema; one that was cut says so."""
    answer = ask(client, SCHEMAS[name]).choices[0]
    if answer.finish_reason == "length":
        assert answer.message.content.startswith("{")
        return
    assert answer.finish_reason == "stop"
    jsonschema_rs.validate(SCHEMAS[name], json.loads(answer.message.content))


def test_stream_of_json_is_the_whole(client: openai.OpenAI) -> None:
    """A streamed structured answer is the same text."""
    whole = ask(client, SCHEMAS["object"]).choices[0].message.content
    chunks = ask(client, SCHEMAS["object"], stream=True)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == whole
    assert set(json.loads(whole)) == {"name", "is_fruit"}


def test_json_object_is_an_object(client: openai.OpenAI) -> None:
    """`json_object` gives an object of whatever members, and asks for the word JSON."""
    answer = client.chat.completions.create(
        model=MODEL, messages=MESSAGES, response_format={"type": "json_object"}, max_tokens=120
    ).choices[0]
    assert (answer.message.content or "").startswith("{")
    if answer.finish_reason == "stop":
        assert isinstance(json.loads(answer.message.content or ""), dict)
    with pytest.raises(openai.BadRequestError, match="must contain the word 'json'") as caught:
        client.chat.completions.create(
            model=MODEL,
            messages=[{"role": "user", "content": "Hi"}],
            response_format={"type": "json_object"},
        )
    assert caught.value.param == "messages"


class Apple(pydantic.BaseModel):
    """What `parse` is asked for."""

    color: Literal["red", "green"]
    is_ripe: bool


def test_parse_returns_the_model(client: openai.OpenAI) -> None:
    """The client's `parse` returns an instance of the Pydantic model."""
    parsed = client.chat.completions.parse(
        model=MODEL, messages=MESSAGES, response_format=Apple, max_tokens=40
    )
    assert isinstance(parsed.choices[0].message.parsed, Apple)


def test_format_and_tools_together(client: openai.OpenAI) -> None:
    """With tools the answer is a call or JSON by the schema, never other text."""
    tool = {"type": "function", "function": {"name": "ping"}}
    answer = ask(client, SCHEMAS["object"], tools=[tool], parallel_tool_calls=False).choices[0]
    if not answer.message.tool_calls and answer.finish_reason == "stop":
        jsonschema_rs.validate(SCHEMAS["object"], json.loads(answer.message.content))
    assert answer.message.tool_calls or answer.message.content.startswith("{")


@pytest.mark.parametrize(
    ("schema", "strict", "message"),
    [
        ({"type": "object", "properties": {}}, True, "'additionalProperties' is required to be supplied"),
        ({"type": "array", "items": {}}, True, "got 'type: \"array\"'"),
        (closed({"a": {"type": "object", "properties": {}}}), True, "In context=('properties', 'a')"),
        (closed({"a": {"allOf": [SHORT]}}), True, "'allOf' is not permitted"),
        ({**closed({"a": SHORT}), "required": []}, True, "Missing 'a'"),
        ({**closed({"a": SHORT}), "required": ["a", "b"]}, True, "Extra required key 'b' supplied."),
        (
            closed({"a": {"type": "array"}}),
            True,
            "In context=('properties', 'a'), array schema missing items.",
        ),
        (
            closed({"a": {"const": "x"}}),
            True,
            "In context=('properties', 'a'), schema must have a 'type' key.",
        ),
        (closed({"a": {**SHORT, "default": "x"}}), True, "'default' is not permitted."),
        (
            closed({"a": {"$ref": "#/$defs/b", "description": "x"}}, **{"$defs": {"b": SHORT}}),
            True,
            "'answer': context=('properties', 'a'), $ref cannot have keywords {'description'}.",
        ),
        (closed({"a": {"type": "strin"}}), False, "'strin' is not valid under any of the given schemas."),
        (closed({"a": "string"}), False, "'string' is not of type 'object', 'boolean'."),
        ({**closed({"a": SHORT}), "required": "a"}, False, "'a' is not of type 'array'."),
        (closed({"a": {"$ref": "#/$defs/none"}}), False, "$defs/none"),
        (
            closed({"a": {"type": "string", "minLength": 5, "maxLength": 2}}),
            False,
            "('properties', 'a'), no finite value",
        ),
    ],
)
def test_bad_schemas_are_refused(client: openai.OpenAI, schema: Any, strict: bool, message: str) -> None:
    """A schema that can't be followed, or breaks the strict rules, is refused before generation."""
    with pytest.raises(openai.BadRequestError) as caught:
        ask(client, schema, strict=strict)
    said = str(caught.value.body["message"])  # type: ignore[index] # it is the envelope
    assert said.startswith("Invalid schema for response_format 'answer': ")
    assert message in said
    assert caught.value.param == "response_format"
    assert caught.value.code is None
