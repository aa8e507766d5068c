"""Every answer under a bounded schema ends, and satisfies the schema that the client sent."""

import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from byte_walks import write_text
from example_factor import EXAMPLE_FACTOR
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fake_llm_server._schema import has_finite_text
from fake_llm_server._text.answer_grammar import guide_schema
from fake_llm_server._text.bounded_formats import FORMAT_PATTERNS
from fake_llm_server._text.bounded_schema import bound_schema
from fake_llm_server._text.loose_schema import can_hold

STRING = {"type": "string"}
REFERENCE = {"$ref": "#/$defs/a"}
DIGITS = {"minimum": -999_999_999_999_999, "maximum": 999_999_999_999_999}
CONTRACT = Path(__file__).parent.parent / "spec" / "openapi.yaml"


def bounded(schema: Any) -> Any:
    """The schema with bounds."""
    return bound_schema(schema)


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (STRING, {"type": "string", "maxLength": 120}),
        ({"type": "string", "maxLength": 3000}, {"type": "string", "maxLength": 3000}),
        ({"type": "string", "minLength": 500}, {"type": "string", "minLength": 500, "maxLength": 500}),
        (
            {"type": "string", "pattern": "^a{300}"},
            {"type": "string", "pattern": "^(?:a{300}).{0,20}$"},
        ),
        (
            {"type": "string", "format": "uuid"},
            {"type": "string", "format": "uuid", "maxLength": 120},
        ),
        (
            {"type": "string", "format": "hostname", "maxLength": 9},
            {"type": "string", "pattern": FORMAT_PATTERNS["hostname"], "maxLength": 9},
        ),
        ({"allOf": [STRING, {"minLength": 3}]}, {"type": "string", "minLength": 3, "maxLength": 120}),
        ({"type": "integer"}, {"type": "integer", **DIGITS}),
        ({"type": "integer", "minimum": 10**12}, {"type": "integer", **DIGITS, "minimum": 10**12}),
        (
            {"type": "integer", "minimum": 0, "maximum": 2**63 - 1},
            {"type": "integer", **DIGITS, "minimum": 0},
        ),
        (
            {"type": "integer", "minimum": 2 * 10**15},
            {"type": "integer", "minimum": 2 * 10**15, "maximum": 10**16 - 1},
        ),
        ({"type": "integer", "multipleOf": 7}, {"type": "integer", **DIGITS, "multipleOf": 7}),
        ({"type": "number"}, {"type": "number", **DIGITS, "multipleOf": 0.0001}),
        ({"type": "number", "multipleOf": 0.01}, {"type": "number", **DIGITS, "multipleOf": 0.01}),
        (
            {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
            {"type": "number", "exclusiveMinimum": 0, "maximum": 1, "multipleOf": 0.0001},
        ),
        (
            {"type": "number", "minimum": 0, "maximum": 0.00001},
            {"type": "number", "minimum": 0, "maximum": 0.00001},
        ),
        (
            {"type": "array", "items": {"type": "null"}},
            {"type": "array", "items": {"type": "null"}, "maxItems": 5},
        ),
        (
            {"type": "array", "items": {"type": "null"}, "minItems": 40},
            {"type": "array", "items": {"type": "null"}, "minItems": 40, "maxItems": 40},
        ),
        (
            {"type": "array", "prefixItems": [{"type": "null"}], "minItems": 1},
            {
                "type": "array",
                "prefixItems": [{"type": "null"}],
                "items": False,
                "minItems": 1,
                "maxItems": 1,
            },
        ),
        (
            {"properties": {"a": {"type": "null"}}},
            {"type": "object", "properties": {"a": {"type": "null"}}, "additionalProperties": False},
        ),
        ({"enum": ["a", 1]}, {"enum": ["a", 1]}),
        ({"enum": ["a", 1], "type": "integer"}, {"enum": [1]}),
        ({"anyOf": [{"type": "null"}, {"type": "string", "maxLength": 1}], "title": "A"}, None),
        ({"type": "array", "items": {"$ref": "https://example.com/a"}}, None),
        ({"type": "array", "items": {"$ref": "#"}, "minItems": 1}, None),
    ],
)
def test_each_kind_has_its_bounds(schema: Any, expected: Any) -> None:
    """The bounds of the docs' table; those of the schema win, and what isn't understood is left alone."""
    if "anyOf" in schema:
        expected = {"anyOf": schema["anyOf"]}
    assert bounded(schema) == expected


def test_open_objects_have_few_properties() -> None:
    """Names and their number are bounded where a schema names none, also by its patterns."""
    for schema in ({"type": "object"}, {"additionalProperties": {"type": "null"}}):
        found = bounded(schema)
        assert (found["maxProperties"], found["additionalProperties"]) == (5, False)
    named = bounded({"type": "object", "patternProperties": {"^S_": {"type": "null"}}})
    assert named["patternProperties"] == {"^(?:S_)[A-Za-z0-9_]{0,20}$": {"type": "null"}}


def test_further_names_are_none_of_the_named_ones() -> None:
    """A pattern holds for every name that it matches, so those of further properties are longer."""
    schema = {"properties": {"bb": STRING}, "required": ["bb"], "additionalProperties": {"type": "null"}}
    assert list(bounded(schema)["patternProperties"]) == ["^[A-Za-z_][A-Za-z0-9_]{2,22}$"]


def test_recursion_takes_the_way_out() -> None:
    """A list that links to itself is a few elements long, and then ends as the schema lets it end."""
    link = {"anyOf": [{"$ref": "#"}, {"type": "null"}]}
    found = bounded({"type": "object", "properties": {"next": link}, "required": ["next"]})
    for _ in range(2):
        found = found["properties"]["next"]["anyOf"][0]
    assert found["properties"]["next"] == {"type": "null"}


LEAVES = st.sampled_from(
    [
        *({}, True, False, STRING, {"type": "integer"}, {"type": "number"}, {"type": "boolean"}),
        *({"type": "null"}, {"type": "object"}, {"type": "array"}, {"type": ["string", "null"]}),
        *({"enum": ["a", 1, None]}, {"const": "b"}, {"type": "string", "enum": ["a", 1]}),
        *({"type": "string", "minLength": 130}, {"minLength": 2}, {"type": "string", "maxLength": 3}),
        *({"type": "string", "pattern": "^[a-c]+$"}, {"type": "string", "format": "date"}),
        *({"type": "integer", "minimum": 10**12}, {"type": "integer", "exclusiveMaximum": -5}),
        *(
            {"type": "integer", "multipleOf": 7, "minimum": 3},
            {"type": "integer", "minimum": 3, "maximum": 2},
        ),
        *({"type": "number", "exclusiveMinimum": 0.5}, {"type": "number", "multipleOf": 0.25}),
        *({"type": "number", "maximum": -1e9}, {"maximum": 4}),
        *({"$ref": "#/$defs/a"}, {"$ref": "#/$defs/b"}, {"$ref": "#"}, {"required": ["a"]}),
    ]
)


def parts(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Schemas with schemas inside."""
    counts = st.integers(0, 3)
    lists = st.fixed_dictionaries(
        {"type": st.just("array")},
        optional={
            "items": inner,
            "prefixItems": st.lists(inner, min_size=1, max_size=2),
            "minItems": counts,
            "maxItems": counts,
        },
    )
    names = st.sampled_from("abc")
    objects = st.fixed_dictionaries(
        {"type": st.just("object")},
        optional={
            "properties": st.dictionaries(names, inner, max_size=3),
            "required": st.lists(names, unique=True, max_size=2),
            "additionalProperties": inner,
            "patternProperties": st.dictionaries(st.sampled_from(["^x", "^y[0-9]*$"]), inner, max_size=2),
            "minProperties": counts,
            "maxProperties": counts,
        },
    )
    several = st.lists(inner, min_size=1, max_size=2)
    joint = st.builds(lambda one, other: {**one, "allOf": other}, st.one_of(lists, objects), several)
    choices = st.builds(lambda some: {"anyOf": some}, several)
    return st.one_of(lists, objects, choices, joint, st.builds(lambda some: {"allOf": some}, several))


SCHEMAS = st.recursive(LEAVES, parts, max_leaves=6)


@settings(max_examples=150 * EXAMPLE_FACTOR)
@given(SCHEMAS, SCHEMAS, SCHEMAS, st.integers(0, 2**32))
def test_any_answer_ends_and_is_valid(root: Any, a: Any, b: Any, seed: int) -> None:
    """Of any schema that some finite text satisfies, a walk at random comes to an end with such a text."""
    assume(isinstance(root, Mapping))
    schema = {**root, "$defs": {"a": a, "b": b}}
    assume(has_finite_text(schema))
    found = bounded(schema)
    assume(found is not None)
    text = write_text(guide_schema(schema), random.Random(seed), max_bytes=200_000)  # noqa: S311 - no secret
    try:
        jsonschema.Draft202012Validator(schema).validate(json.loads(text))
    except RecursionError:
        assume(False)  # a definition that leads to itself at once, which the validator doesn't end with


def test_schemas_of_a_public_document_are_bounded() -> None:
    """Each schema of the contract gets bounds, and a grammar is made of it."""
    definitions = json.loads(
        json.dumps(yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))["components"]["schemas"]).replace(
            "#/components/schemas/", "#/$defs/"
        )
    )
    for name in sorted(definitions)[:: max(1, 20 // EXAMPLE_FACTOR)]:
        found = bounded({"$ref": f"#/$defs/{name}", "$defs": definitions})
        assert found is not None, name
        assert can_hold(found), name
