"""What an answer breaks of its schema where no grammar could hold it is found, and logged."""

import json
from typing import Any

import httpx2
import jsonschema
import pytest
from conftest import MODEL
from hypothesis import given
from hypothesis import strategies as st

from fake_llm_server import FakeLLMServer
from fake_llm_server._text.left_out import find_breaches, has_checks

LIST = {"type": "array", "uniqueItems": True}


@pytest.mark.parametrize(
    ("schema", "value", "breaches"),
    [
        (LIST, [1, 2], []),
        (LIST, [1, 1.0], ["uniqueItems at $"]),
        (LIST, [True, 1, "1", None, [1], {"a": 1}], []),
        (LIST, [{"a": 1, "b": 2}, {"b": 2, "a": 1}], ["uniqueItems at $"]),
        ({"properties": {"a": LIST}}, {"a": [1, 1], "b": [1, 1]}, ["uniqueItems at $.a"]),
        ({"additionalProperties": LIST}, {"b": [1, 1]}, ["uniqueItems at $.b"]),
        ({"prefixItems": [{}], "items": LIST}, [[1, 1], [1, 1]], ["uniqueItems at $[1]"]),
        ({"allOf": [LIST, {"items": {"minimum": 2}}]}, [1, 2], ["minimum at $[0]"]),
        ({"$ref": "#/$defs/L", "$defs": {"L": LIST}}, [1, 1], ["uniqueItems at $"]),
        ({"dependentRequired": {"a": ["b"]}}, {"a": 1}, ["dependentRequired at $"]),
        ({"dependentRequired": {"a": ["b"]}}, {"c": 1}, []),
        ({"maximum": 9007199254740993}, 9007199254740994, ["maximum at $"]),
        ({"exclusiveMinimum": 1.5}, 1.5, ["exclusiveMinimum at $"]),
        ({"minimum": 5}, True, []),
        ({"anyOf": [LIST, {}]}, [1, 1], []),
        ({"$ref": "https://elsewhere.test/a"}, [1, 1], []),
    ],
)
def test_breaches_are_found_with_their_places(schema: Any, value: Any, breaches: list[str]) -> None:
    """Each keyword is told with the place in the answer; what isn't known to hold is passed over."""
    assert find_breaches(schema, value) == breaches
    assert has_checks(schema) or not breaches


def test_references_in_circles_end() -> None:
    """A schema that refers to itself, however often, is looked at once for each place."""
    schema = {"allOf": [{"$ref": "#"}, {"$ref": "#"}], "items": {"$ref": "#"}, "uniqueItems": True}
    assert find_breaches(schema, [[1, 1], [2]]) == ["uniqueItems at $[0]"]


SCHEMAS = st.recursive(
    st.fixed_dictionaries({}, optional={"uniqueItems": st.booleans(), "maximum": st.integers(-1, 2)}),
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "items": inner,
            "properties": st.dictionaries(st.sampled_from("ab"), inner),
            "allOf": st.lists(inner, min_size=1, max_size=2),
            "dependentRequired": st.just({"a": ["b"]}),
        },
    ),
    max_leaves=6,
)
VALUES = st.recursive(
    st.sampled_from([None, True, 0, 1, 1.0, 2, "a"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=6,
)


@given(SCHEMAS, VALUES)
def test_breaches_are_those_of_a_validator(schema: Any, value: Any) -> None:
    """Where a schema has nothing else, an answer has breaches exactly when it isn't valid."""
    assert bool(find_breaches(schema, value)) is not jsonschema.Draft202012Validator(schema).is_valid(value)


@pytest.mark.parametrize("is_call", [False, True])
def test_a_breach_is_logged(server: FakeLLMServer, caplog: pytest.LogCaptureFixture, is_call: bool) -> None:
    """The answer stays as it is; the log says what it breaks, and where."""
    items = {"type": "array", "items": {"enum": [7]}, "minItems": 2, "maxItems": 2, "uniqueItems": True}
    schema = {"type": "object", "properties": {"a": items}, "required": ["a"], "additionalProperties": False}
    tool = {"type": "function", "function": {"name": "f", "parameters": schema}}
    shape = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    asked = (
        {"tools": [tool], "tool_choice": "required", "parallel_tool_calls": False}
        if is_call
        else {"response_format": shape}
    )
    body = {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 64, **asked}
    reply = httpx2.post(f"{server.base_url}/chat/completions", json=body, timeout=60)
    message = reply.json()["choices"][0]["message"]
    written = message["tool_calls"][0]["function"]["arguments"] if is_call else message["content"]
    assert json.loads(written) == {"a": [7, 7]}
    [logged] = [record.getMessage() for record in caplog.records if "grammar" in record.getMessage()]
    assert logged.startswith("The call of f breaks" if is_call else "The answer breaks")
    assert "uniqueItems at $.a" in logged
