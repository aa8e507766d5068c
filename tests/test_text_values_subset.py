"""Whatever is taken over, the narrowed schema is a non-empty part of the own one, and the work is bounded."""

import time
from typing import Any

import jsonschema_rs
import pytest
from example_factor import EXAMPLE_FACTOR
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_llm_server._seam import GenerationRequest, JsonSchemaFormat, Tool, Turn
from fake_llm_server._text.values import fit_arguments, take_values
from fake_llm_server._text.values.sources import MAX_CHARACTERS

NAMES = (
    "city",
    "to",
    "email",
    "start_date",
    "time",
    "order_id",
    "amount",
    "limit",
    "query",
    "message",
    "title",
    "is_urgent",
    "unit",
    "tags",
    "people",
    "first_name",
    "last_name",
    "address",
    "count",
    "minutes",
    "expression",
    "x",
)
TEXTS = (
    "Weather in Paris and London on 2025-03-04 at 3pm in celsius",
    'Email bob@example.com and eve@x.org with subject "Hi" saying that it\'s urgent, order #4521',
    "Jason Miller is 25 and Sarah is 30; they live at 10 Main Street, Springfield",
    "What is 3 * (4 + 5)? Take the top 5 for 2 hours, -7.5 and 1,000.50 dollars",
    "wie ist das Wetter morgen in Köln, für zwei Personen?",
    "`rm -rf /tmp/x` \"\\u0000\" '' [] {} \U0001f600 ) ( **",
    "",
)
LEAVES: tuple[tuple[dict[str, Any], Any], ...] = (
    ({"type": "string"}, "a"),
    ({"type": "string", "maxLength": 4}, "a"),
    ({"type": "string", "minLength": 6}, "abcdef"),
    ({"type": "string", "pattern": "^[a-z]+$"}, "a"),
    ({"type": "string", "format": "date"}, "2020-01-01"),
    ({"type": "string", "format": "email"}, "a@b.org"),
    ({"type": "string", "enum": ["celsius", "fahrenheit"]}, "celsius"),
    ({"type": ["string", "null"]}, None),
    ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, None),
    ({"type": "integer"}, 1),
    ({"type": "integer", "minimum": 4, "maximum": 9}, 4),
    ({"type": "number", "multipleOf": 0.5}, 0.5),
    ({"type": "boolean"}, True),
    ({"type": "string", "const": "fixed"}, "fixed"),
    ({"type": "array", "items": {"type": "string"}}, []),
    ({"type": "array", "items": {"type": "string"}, "maxItems": 1}, []),
    ({"type": "array", "items": {"type": "number"}, "minItems": 2}, [1, 2]),
    ({"type": "string", "not": {"const": "Paris"}}, "a"),
    ({"$ref": "#/$defs/Name"}, "a"),
    ({"$ref": "#/$defs/Node"}, {"value": 1}),
    ({"type": "array", "items": {"$ref": "#/$defs/Person"}}, []),
    ({"anyOf": [{"type": "array", "items": {"$ref": "#/$defs/Person"}}, {"type": "null"}]}, []),
    (
        {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
                "required": ["name", "age"],
            },
        },
        [],
    ),
    ({"type": "object", "additionalProperties": {"type": "integer"}}, {}),
    ({}, None),
)
"""Schemas of properties, each with a value that satisfies it."""

DEFINITIONS: dict[str, Any] = {
    "Name": {"type": "string", "minLength": 1},
    "Node": {
        "type": "object",
        "properties": {"value": {"type": "integer"}, "next": {"$ref": "#/$defs/Node"}},
        "required": ["value"],
    },
    "Person": {
        "type": "object",
        "properties": {"name": {"$ref": "#/$defs/Name"}, "age": {"type": "integer"}},
        "required": ["name"],
    },
}


@st.composite
def objects(draw: st.DrawFn, depth: int = 0) -> dict[str, Any]:
    """An object's schema."""
    leaves = st.sampled_from([own for own, _ in LEAVES])
    names = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=6))
    inner = [objects(depth + 1) if depth < 2 and draw(st.integers(0, 3)) == 0 else leaves for _ in names]
    properties = {name: draw(each) for name, each in zip(names, inner, strict=True)}
    schema = {"type": "object", "properties": properties}
    schema |= draw(st.sampled_from([{}, {"additionalProperties": False}, {"additionalProperties": True}]))
    if draw(st.booleans()):
        schema["required"] = [name for name in names if draw(st.booleans())]
    return schema


def example(schema: dict[str, Any]) -> Any:
    """A value that satisfies a schema of those above, or one that was narrowed."""
    if "const" in schema:
        return schema["const"]
    if "prefixItems" in schema:
        return [example(each) for each in schema["prefixItems"]]
    if "$ref" in schema:
        return example(DEFINITIONS[schema["$ref"].rpartition("/")[2]])
    if "properties" in schema:
        return {name: example(schema["properties"][name]) for name in schema.get("required", [])}
    return next((value for own, value in LEAVES if own == schema), None if "minLength" not in schema else "a")


@settings(max_examples=60 * EXAMPLE_FACTOR)
@given(drawn=objects(), texts=st.lists(st.sampled_from(TEXTS), min_size=1, max_size=3))
def test_the_narrowed_schema_is_a_part_of_the_own_one(drawn: Any, texts: list[str]) -> None:
    """What satisfies a narrowed schema satisfies the client's, and there is such a thing."""
    schema = {**drawn, "$defs": DEFINITIONS}
    request = GenerationRequest(
        tuple(Turn("user", text) for text in texts), answer_format=JsonSchemaFormat("thing", schema)
    )
    answer: Any = take_values(request).answer_format
    for narrowed in [*fit_arguments(request, Tool("function", "tool", None, schema)), answer.schema]:
        value = example(narrowed)
        jsonschema_rs.validate(narrowed, value)
        jsonschema_rs.validate(schema, value)


@pytest.mark.parametrize(
    "text",
    [
        "a" * 400_000,
        "Paris and " * 40_000,
        "((((((((((" * 40_000,
        "1 + 2 * " * 40_000,
        "SELECT SELECT " * 30_000,
        "'\"`" * 100_000,
        "a-b_c." * 60_000,
        "Search for the " * 30_000,
        "A. B. " * 60_000,
        "one two three " * 30_000,
    ],
    ids=lambda text: text[:9],
)
def test_long_texts_take_bounded_work(text: str) -> None:
    """A prompt of 100,000 tokens isn't read to its end; no text makes a pattern run away."""
    enum = {"type": "string", "enum": [f"member {number}" for number in range(500)]}
    properties = {name: {"type": "string"} for name in NAMES} | {"unit": enum, "amount": {"type": "number"}}
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    request = GenerationRequest((Turn("user", text),) * 8, (Tool("function", "tool", None, schema),))
    started = time.process_time()
    assert fit_arguments(request, request.tools[0])
    assert time.process_time() - started < 5
    assert len(text) > MAX_CHARACTERS
