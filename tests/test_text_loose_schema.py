"""A schema loses what a grammar can't hold of it, and nothing else."""

import json
from typing import Any

import pytest
from llguidance import LLMatcher

from fake_llm_server._text.answer_grammar import guide_schema
from fake_llm_server._text.loose_schema import UNHELD, loosen

ANYTHING: dict[str, Any] = {}
INT64 = {"minimum": -(2**63), "maximum": 2**63 - 1}
DOUBLE = {"minimum": -1.7976931348623157e308, "maximum": 1.7976931348623157e308}


def has_grammar(schema: Any) -> bool:
    """Whether llguidance makes a grammar of a property with this schema, refusing what it doesn't know."""
    guided = guide_schema({"type": "object", "properties": {"a": schema}, "required": ["a"]})
    return not LLMatcher.validate_grammar(LLMatcher.grammar_from_json_schema(json.dumps(guided)))


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (
            {"type": "array", "items": {"type": "null"}, "uniqueItems": True},
            {"type": "array", "items": {"type": "null"}},
        ),
        ({"type": "string", "not": {"const": "x"}}, {"type": "string"}),
        ({"type": "string", "if": {}, "then": {}, "else": {}}, {"type": "string"}),
        ({"type": "array", "contains": {}, "minContains": 2}, {"type": "array"}),
        ({"type": "object", "propertyNames": {}, "dependentRequired": {"a": ["b"]}}, {"type": "object"}),
        ({"type": "object", "unevaluatedProperties": False}, {"type": "object"}),
        ({"type": "string", "format": "path"}, {"type": "string"}),
        ({"type": "string", "format": "uuid"}, {"type": "string", "format": "uuid"}),
        ({"type": "string", "pattern": "^(?!x)a$"}, {"type": "string"}),
        ({"type": "string", "pattern": r"\bfoo"}, {"type": "string"}),
        ({"type": "string", "pattern": r"(a)\1"}, {"type": "string"}),
        ({"type": "string", "pattern": "^a+$"}, {"type": "string", "pattern": "^a+$"}),
        ({"patternProperties": {"(?=a)": {}, "^b": {}}}, {"patternProperties": {"^b": {}}}),
        ({"type": "integer", **INT64}, {"type": "integer"}),
        ({"type": ["integer", "null"], **INT64}, {"type": ["integer", "null"]}),
        ({"type": "number", **DOUBLE}, {"type": "number"}),
        ({"type": "integer", "minimum": 0, **INT64}, {"type": "integer"}),
        ({"type": "integer", "minimum": 1, "maximum": 9}, {"type": "integer", "minimum": 1, "maximum": 9}),
        ({"$ref": "https://example.com/schema.json"}, ANYTHING),
        ({"$ref": "#/$defs/A"}, {"$ref": "#/$defs/A"}),
        ({"type": "string", "maxLength": 3.0}, {"type": "string", "maxLength": 3}),
        ({"enum": [{"not": 1}], "default": {"if": 2}}, {"enum": [{"not": 1}], "default": {"if": 2}}),
        ({"properties": {"not": {"type": "null"}}}, {"properties": {"not": {"type": "null"}}}),
    ],
)
def test_schema_keeps_what_a_grammar_holds(schema: dict[str, Any], expected: dict[str, Any]) -> None:
    """What goes is one keyword, pattern, format, bound or reference; the client's names and values stay."""
    for place in (lambda inner: inner, lambda inner: {"anyOf": [{"items": inner}]}):
        assert loosen(place(schema)) == place(expected)


@pytest.mark.parametrize("keyword", sorted(UNHELD))
@pytest.mark.parametrize("value", [True, {}, {"type": "string"}, {"a": ["b"]}, "#a"])
def test_unheld_keywords_leave_a_grammar(keyword: str, value: Any) -> None:
    """Each of the keywords, whatever its value, leaves a schema that a grammar can be made of."""
    assert has_grammar({"type": "string", keyword: value})


@pytest.mark.parametrize("kind", ["integer", "number"])
@pytest.mark.parametrize("low", [None, -(2**63), -1.7e308, 0, 5])
@pytest.mark.parametrize("high", [None, 2**31, 2**53, 2**63 - 1, 2**64, 1.7e308])
def test_bounds_of_any_size_leave_a_grammar(kind: str, low: float | None, high: float | None) -> None:
    """Bounds that no regular expression is made of are left out."""
    bounds = {"minimum": low, "maximum": high}
    assert has_grammar({"type": kind, **{name: bound for name, bound in bounds.items() if bound is not None}})


def test_reference_to_an_id_of_the_schema_stays() -> None:
    """A reference that leads into the schema by its `$id` isn't external."""
    schema = {"$id": "https://example.com/a", "$ref": "https://example.com/a#/$defs/B", "$defs": {"B": {}}}
    assert loosen(schema) == schema
