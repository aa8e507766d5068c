"""What no finite text satisfies, or passes a grammar's limits, is refused in both APIs before generation."""

import time
from typing import Any

import httpx2
import pytest

from fake_llm_server import FakeLLMServer
from fake_llm_server._api.shared.finite_answers import find_endless_fault
from fake_llm_server._schema.lark_rules import find_endless_rule

STRING = {"type": "string"}


def required(**properties: Any) -> dict[str, Any]:
    """The schema of an object that has all of these."""
    names = list(properties)
    return {"type": "object", "properties": properties, "required": names, "additionalProperties": False}


def inside(schema: dict[str, Any], **definitions: Any) -> dict[str, Any]:
    """The schema of an object with one property."""
    return {**required(a=schema), "$defs": definitions}


A, B = {"$ref": "#/$defs/A"}, {"$ref": "#/$defs/B"}
EACH_OTHER = inside(A, A=required(b=B), B=required(a=A))
LONG_LIST = inside(A, A={"type": "array", "items": A, "minItems": 1})
ALL_RECUR = inside({"anyOf": [A, B]}, A=required(a=A), B={"anyOf": [B, required(a=B)]})
NOTHING = inside({"type": "string", "enum": [1]})

ENDLESS = [
    (EACH_OTHER, ("properties", "a")),
    (LONG_LIST, ("properties", "a")),
    (ALL_RECUR, ("properties", "a", "anyOf", "0")),
    (required(a={"$ref": "#"}), ("properties", "a")),
    (inside({"enum": []}), ("properties", "a")),
    (inside({"type": "integer", "const": "x"}), ("properties", "a")),
    (NOTHING, ("properties", "a")),
    (inside({"type": "integer", "minimum": 3, "maximum": 2}), ("properties", "a")),
    (inside({"type": "integer", "exclusiveMinimum": 2, "exclusiveMaximum": 3}), ("properties", "a")),
    (inside({"type": "integer", "minimum": 8, "maximum": 13, "multipleOf": 7.5}), ("properties", "a")),
    (inside({"type": "number", "exclusiveMinimum": 2, "maximum": 2}), ("properties", "a")),
    (inside({"type": "string", "minLength": 3, "maxLength": 2}), ("properties", "a")),
    (inside({"type": "array", "items": STRING, "minItems": 3, "maxItems": 2}), ("properties", "a")),
    (inside({"type": "array", "items": False, "minItems": 1}), ("properties", "a")),
    (inside({"allOf": [STRING, {"type": "null"}]}), ("properties", "a")),
    ({**required(a=STRING), "required": ["a", "b"]}, ()),
    ({**required(a=STRING), "minProperties": 2}, ()),
    ({**required(a=STRING, b=STRING), "maxProperties": 1}, ()),
]
FINITE = [
    inside({"anyOf": [A, {"type": "null"}]}, A=required(a={"anyOf": [A, {"type": "null"}]})),
    inside(A, A={"type": "array", "items": A}),
    {"type": "object", "properties": {"a": {"$ref": "#"}}},
    inside({"allOf": [{"type": "number"}, {"type": "integer", "minimum": 3, "maximum": 3}]}),
    inside({"type": ["integer", "null"], "minimum": 3, "maximum": 2}),
    {"type": "object", "properties": {}, "minProperties": 3},
    inside({"$ref": "https://example.com/schema.json"}),
    inside({"type": "number", "minimum": 0.1, "maximum": 0.1, "multipleOf": 0.1}),
]


@pytest.mark.parametrize(("schema", "context"), ENDLESS)
def test_schemas_without_a_finite_value_are_found(schema: Any, context: tuple[str, ...]) -> None:
    """The fault names the innermost schema that nothing satisfies."""
    assert find_endless_fault(schema) == f"In context={context!r}, no finite value satisfies the schema."


@pytest.mark.parametrize("schema", FINITE)
def test_schemas_with_a_way_out_pass(schema: Any) -> None:
    """Recursion that can end, and what stays possible beside a contradiction, is no fault."""
    assert find_endless_fault(schema) is None


@pytest.mark.parametrize(
    ("grammar", "rule"),
    [
        ('start: start "a"', "start"),
        ('start: e\ne: "a" e', "e"),
        ('start: a\na: "(" b ")"\nb: "[" a "]" | a', "b"),
        ('start: "x" | e\ne: e+ "a"', "e"),
        ('start: %json {"type": "array", "items": {"$ref": "#"}, "minItems": 1}', "start"),
        ("start: e~2\ne: (e | e /x/)", "e"),
        ('start: e\ne: "(" e ")" | "x"', None),
        ('start: ("a" start)? | [start] "b"\nunused: unused', None),
        ('?start: e{0,3} // start: start\n!e.2: "e: e"i -> name\n%ignore /\\s+/', None),
        ("start: INT\n%import common.INT", None),
        ("start: (", None),
        ("start: A\nA: /a/ & ~/b/", None),
    ],
)
def test_rules_without_an_end_are_found(grammar: str, rule: str | None) -> None:
    """A rule that no text ends is found however deep it lies; what isn't understood passes."""
    assert find_endless_rule(grammar) == rule


def test_large_ones_are_looked_at_quickly() -> None:
    """The time grows with the size alone: a schema of many values, and a grammar of many rules."""
    begun = time.process_time()
    assert find_endless_fault(inside({"enum": [f"the value {number}" for number in range(50_000)]})) is None
    rules = "\n".join(f'r{number}: r{number + 1} "a"' for number in range(5000))
    assert find_endless_rule(f"start: r0\n{rules}\nr5000: r0") == "r5000"
    assert find_endless_rule(f'start: r0\n{rules}\nr5000: "b"') is None
    assert time.process_time() - begun < 20


def place_in_chat(kind: str, given: Any) -> tuple[str, dict[str, Any], str]:
    """A chat request with a schema or grammar in it: path, body, and the field that errors name."""
    function = {"name": "f", "parameters": given}
    custom = {"name": "f", "format": {"type": "grammar", "grammar": {"syntax": kind, "definition": given}}}
    shape = {"type": "json_schema", "json_schema": {"name": "f", "schema": given}}
    parts: dict[str, tuple[dict[str, Any], str]] = {
        "format": ({"response_format": shape}, "response_format"),
        "function": (
            {"tools": [{"type": "function", "function": function}]},
            "tools[0].function.parameters",
        ),
    }
    tool = ({"tools": [{"type": "custom", "custom": custom}]}, "tools[0].custom.format.grammar.definition")
    fields, param = parts.get(kind, tool)
    return "/chat/completions", {"messages": [{"role": "user", "content": "Go."}], **fields}, param


def place_in_responses(kind: str, given: Any) -> tuple[str, dict[str, Any], str]:
    """The same for responses."""
    custom = {
        "type": "custom",
        "name": "f",
        "format": {"type": "grammar", "syntax": kind, "definition": given},
    }
    shape = {"type": "json_schema", "name": "f", "schema": given}
    function = {"type": "function", "name": "f", "parameters": given, "strict": False}
    parts: dict[str, tuple[dict[str, Any], str]] = {
        "format": ({"text": {"format": shape}}, "text.format.schema"),
        "function": ({"tools": [function]}, "tools[0].parameters"),
    }
    fields, param = parts.get(kind, ({"tools": [custom]}, "tools[0].format.definition"))
    return "/responses", {"input": "Go.", **fields}, param


REFUSED = [
    *(("format", schema, "no finite value") for schema in (EACH_OTHER, LONG_LIST, ALL_RECUR, NOTHING)),
    *(("function", schema, "no finite value") for schema in (EACH_OTHER, LONG_LIST, ALL_RECUR, NOTHING)),
    ("format", inside({"type": "string", "pattern": "^a$", "minLength": 2}), "No text satisfies it."),
    ("function", inside({"type": "string", "pattern": "^a$", "minLength": 2}), "No text satisfies it."),
    ("lark", 'start: "x" | e\ne: "a" e', "No finite text satisfies the rule 'e'."),
    ("lark", 'start: A\nA: "a" & "b"', "No text satisfies it."),
    ("lark", "start: /x{1000000}/", "It is too complex: its patterns are too large."),
    ("lark", 'start: "a" b', "Line 1, column 8: 'b' isn't defined."),
    ("regex", "x{1000000}", "It is too complex: its patterns are too large."),
    ("regex", "(a", "A group of a regular expression isn't closed."),
]
INTERNALS = ("x-guidance", "%json", "NoExtension", "Parser", "lexer", "error:", "\n", "panic", "SearchRegex")


@pytest.mark.parametrize("is_streamed", [False, True])
@pytest.mark.parametrize("place", [place_in_chat, place_in_responses])
@pytest.mark.parametrize(("kind", "given", "words"), REFUSED)
def test_a_request_is_refused_with_the_field_to_blame(
    server: FakeLLMServer, place: Any, kind: str, given: Any, words: str, *, is_streamed: bool
) -> None:
    """400, before a stream begins, in OpenAI's form and without internals; the field is named."""
    path, body, param = place(kind, given)
    sent = {"model": "gpt-4o-mini", **body, "stream": is_streamed}
    sent |= {"tool_choice": "required"} if "tools" in body else {}
    response = httpx2.post(f"{server.base_url}{path}", json=sent, timeout=60)
    error = response.json()["error"]
    assert (response.status_code, error["type"]) == (400, "invalid_request_error")
    assert words in error["message"]
    assert error["param"] == param
    assert not any(internal in error["message"] for internal in INTERNALS)
