"""Objects are closed where nothing that a schema names is lost, and only there."""

from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_llm_server._text.closed_objects import close_objects

STRING = {"type": "string"}
CLOSED = {"additionalProperties": False}


@pytest.mark.parametrize(
    ("schema", "closed"),
    [
        ({"properties": {"a": STRING}}, {"properties": {"a": STRING}, **CLOSED}),
        ({"type": "object", "properties": {}}, {"type": "object", "properties": {}, **CLOSED}),
        (
            {"properties": {"a": {"items": {"properties": {}}}}},
            {"properties": {"a": {"items": {"properties": {}, **CLOSED}}}, **CLOSED},
        ),
        (
            {"$defs": {"a": {"properties": {}}}, "anyOf": [{"properties": {}}, STRING]},
            {"$defs": {"a": {"properties": {}, **CLOSED}}, "anyOf": [{"properties": {}, **CLOSED}, STRING]},
        ),
    ],
)
def test_objects_with_named_properties_are_closed(schema: Any, closed: Any) -> None:
    """An object that names its properties, wherever it lies, gets no others."""
    assert close_objects(schema) == closed


@pytest.mark.parametrize(
    "schema",
    [
        True,
        {"type": "object"},
        {"properties": {"a": STRING}, "additionalProperties": True},
        {"properties": {"a": STRING}, "additionalProperties": STRING},
        {"properties": {"a": STRING}, "required": ["b"]},
        {"properties": {"a": STRING}, "minProperties": 2},
        {"properties": {"a": STRING}, "patternProperties": {"^x": STRING}},
        {"properties": {"a": STRING}, "anyOf": [{"required": ["a"]}, {"required": ["b"]}]},
        {"properties": {"a": STRING}, "$ref": "#/$defs/b", "$defs": {"b": {"properties": {"c": STRING}}}},
        {"properties": {"a": STRING}, "dependentRequired": {"a": ["b"]}},
        {"allOf": [{"properties": {"a": STRING}}, {"properties": {"b": STRING}}]},
        {"properties": {"a": STRING}, "if": {"required": ["b"]}},
        {"enum": [{"properties": {"a": 1}}]},
        {"properties": []},
    ],
)
def test_open_objects_stay_open(schema: Any) -> None:
    """An object that says what else it has, or may have to have, is left alone."""
    assert close_objects(schema) == schema


@given(
    st.dictionaries(st.sampled_from("abcd"), st.integers()),
    st.dictionaries(st.sampled_from("abc"), st.just({"type": "integer"})),
    st.lists(st.sampled_from("abcd"), unique=True),
)
def test_closed_schema_allows_nothing_new(
    value: dict[str, int], properties: dict[str, Any], required: list[str]
) -> None:
    """What satisfies the closed schema satisfies the given one."""
    schema = {"type": "object", "properties": properties, "required": required}
    if jsonschema.Draft202012Validator(close_objects(schema)).is_valid(value):
        assert jsonschema.Draft202012Validator(schema).is_valid(value)
