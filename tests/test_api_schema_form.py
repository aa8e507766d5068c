"""Schemas of clients are held to JSON Schema's own meta-schema, in the words of OpenAI's library."""

from typing import Any

import jsonschema
import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_llm_server._api.shared.function_parameters import find_parameters_fault, word_parameters_fault
from fake_llm_server._api.shared.schema_form import find_form_fault
from fake_llm_server._api.shared.strict_schema import FORMATS, find_strictness_fault
from fake_llm_server._api.shared.uri_forms import is_uri, is_uri_reference

FORMS = {
    name: jsonschema_rs.validator_for(
        {"$schema": "https://json-schema.org/draft/2020-12/schema", "format": name}, validate_formats=True
    )
    for name in ("uri", "uri-reference")
}
"""Another library's idea of what jsonschema asks packages for that aren't installed here."""

CHECKER = jsonschema.FormatChecker(formats=["regex"])
for form, validator in FORMS.items():
    CHECKER.checks(form)(validator.is_valid)
META = jsonschema.Draft202012Validator(jsonschema.Draft202012Validator.META_SCHEMA, format_checker=CHECKER)
NUMBERS = [0, -1, 3, 2.0, 1.5]
TEXTS = ["", "a", "string", "object", "int", "#a", "(", r"\p{L}", "^(?!x)a$", "a b", "https://a.test/b#"]
SCALARS = st.sampled_from([None, True, False, *NUMBERS, *TEXTS])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["a", "type", "("]), inner),
    max_leaves=4,
)
KEYWORDS = [
    *(
        "$id",
        "$schema",
        "$ref",
        "$anchor",
        "$dynamicRef",
        "$dynamicAnchor",
        "$comment",
        "$defs",
        "$vocabulary",
    ),
    *("prefixItems", "items", "contains", "additionalProperties", "properties", "patternProperties"),
    *("dependentSchemas", "propertyNames", "if", "then", "else", "allOf", "anyOf", "oneOf", "not", "type"),
    *(
        "unevaluatedItems",
        "unevaluatedProperties",
        "const",
        "enum",
        "multipleOf",
        "maximum",
        "exclusiveMaximum",
    ),
    *(
        "minimum",
        "exclusiveMinimum",
        "maxLength",
        "minLength",
        "pattern",
        "maxItems",
        "minItems",
        "uniqueItems",
    ),
    *(
        "maxContains",
        "minContains",
        "maxProperties",
        "minProperties",
        "required",
        "dependentRequired",
        "title",
    ),
    *(
        "description",
        "default",
        "deprecated",
        "readOnly",
        "writeOnly",
        "examples",
        "format",
        "contentEncoding",
    ),
    *("contentMediaType", "contentSchema", "definitions", "nullable", "x-order"),
]
SCHEMAS = st.dictionaries(st.sampled_from(KEYWORDS), VALUES, max_size=3)


@settings(max_examples=400)
@given(SCHEMAS)
def test_faults_are_those_of_the_meta_schema(schema: dict[str, Any]) -> None:
    """Something is found wrong exactly when the library finds something, and in words of the library."""
    words = {f"{error.message}." for error in META.iter_errors(schema)}
    fault = find_form_fault(schema)
    assert fault in words if words else fault is None, words


@pytest.mark.parametrize("pattern", ["(" * 3000 + ")" * 3000, "a{99999999999}"])
def test_patterns_beyond_every_library_are_faults(pattern: str) -> None:
    """Groups nested beyond reason and repetitions beyond 32 bits are told as no regular expressions."""
    assert find_form_fault({"pattern": pattern}) == f"{pattern!r} is not a 'regex'."


PIECES = [*"a1:/?#]@%.-_~ é<\\", "//", "%41", "http:", "//[::1]"]
"""Without what could become another host in brackets: we don't look into those."""


@settings(max_examples=1000)
@given(
    st.lists(st.sampled_from([*"a1:/?#[]@%.-_~ é<\\", "//", "%41", "http:", "::1"]), max_size=6).map("".join)
)
def test_addresses_are_those_of_the_standard(text: str) -> None:
    """Another library takes the same texts for a URI, and for a reference to one."""
    assert is_uri(text) == FORMS["uri"].is_valid(text)
    assert is_uri_reference(text) == FORMS["uri-reference"].is_valid(text)


def test_an_id_is_refused_in_openais_words() -> None:
    """The measured case: a title where an address belongs."""
    schema = {"$id": "Parameters Schema", "type": "object", "properties": {}}
    assert find_form_fault(schema) == "'Parameters Schema' is not a 'uri-reference'."


ROOT = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}


def strict(**properties: Any) -> dict[str, Any]:
    """A strict schema with these properties."""
    return {**ROOT, "properties": properties, "required": list(properties)}


def nested(depth: int) -> dict[str, Any]:
    """A strict schema with an innermost property so many levels deep."""
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(depth):
        schema = strict(a=schema)
    return schema


def enum(number: int, length: int = 1) -> dict[str, Any]:
    """An enumeration of so many values of this length."""
    return {"type": "string", "enum": [f"{index:0{length}}" for index in range(number)]}


@pytest.mark.parametrize("is_strict", [False, True])
@pytest.mark.parametrize(
    ("inner", "context"),
    [
        ({"type": "array"}, ("properties", "a")),
        ({"type": "array", "prefixItems": [{"type": "string"}]}, ("properties", "a")),
        ({"type": ["string", "array"]}, ("properties", "a", "type", "1")),
        ({"anyOf": [{"type": "string"}, {"type": "array"}]}, ("properties", "a", "anyOf", "1")),
        ({"type": "array", "items": {"type": "array"}}, ("properties", "a", "items")),
    ],
)
def test_lists_say_of_what(inner: dict[str, Any], context: tuple[str, ...], *, is_strict: bool) -> None:
    """A list without `items` is refused with the path to it, through lists of types as well."""
    fault = find_parameters_fault(strict(a=inner), is_strict=is_strict)
    assert fault == f"In context={context!r}, array schema missing items."


@pytest.mark.parametrize("keyword", ["oneOf", "anyOf", "allOf", "enum", "not"])
def test_nothing_stands_beside_the_type_at_the_top(keyword: str) -> None:
    """Alternatives to the object that parameters are aren't allowed."""
    expected = (
        "schema must have type 'object' and not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not' at the top level."
    )
    parameters = {"type": "object", "properties": {}, keyword: [{"required": []}]}
    assert find_parameters_fault(parameters, is_strict=False) == expected


IN_A = "In context=('properties', 'a'"
STRICT_FAULTS: list[tuple[dict[str, Any], str]] = [
    (
        strict(a={"type": "string", "format": "uri"}),
        "In context=('properties', 'a'), 'uri' is not a valid format.",
    ),
    (
        strict(a={"type": ["object", "null"], "properties": {}}),
        f"{IN_A}, 'type', '0'), 'additionalProperties' is required to be supplied and to be false.",
    ),
    (
        strict(b={"type": "string"}, a={"$ref": "#/properties/b"}),
        f"{IN_A}), reference can only point to definitions defined at the top level of the schema.",
    ),
    (nested(11), "11 levels of nesting exceeds limit of 10."),
    (
        strict(a=enum(600), b=enum(401)),
        (
            "Expected at most 1000 enum values in total within a single schema when using structured "
            "outputs, but received 1001. Consider reducing the number of enums, or use 'strict: false' to "
            "opt out of structured outputs."
        ),
    ),
    (strict(a=enum(251, 60)), "Expected at most 15000 characters in an enum of more than 250 values"),
    (
        strict(**{f"p{i}": {"type": "null"} for i in range(5001)}),
        "Expected at most 5000 object properties in total",
    ),
    (strict(**{f"{i:0200}": {"type": "null"} for i in range(601)}), "Expected at most 120000 characters"),
]


@pytest.mark.parametrize(("schema", "expected"), STRICT_FAULTS)
def test_strict_schemas_keep_openais_limits(schema: dict[str, Any], expected: str) -> None:
    """What passes a limit or has what strict mode lacks is refused, in OpenAI's words if they are known."""
    fault = find_strictness_fault(schema)
    assert fault is not None
    assert fault.startswith(expected)


@pytest.mark.parametrize(
    "schema",
    [
        nested(10),
        strict(a=enum(1000)),
        strict(a=enum(250, 61)),
        strict(a={"$ref": "#"}),
        {**strict(a={"$ref": "#/$defs/B~1C"}), "$defs": {"B/C": {"type": "string"}}},
        *(strict(a={"type": "string", "format": name}) for name in FORMATS),
    ],
)
def test_strict_schemas_within_the_limits_pass(schema: dict[str, Any]) -> None:
    """A limit itself is allowed."""
    assert find_strictness_fault(schema) is None


def test_strict_patterns_look_nowhere_else() -> None:
    """A strict pattern that looks around is refused by its path; without `strict` it goes through."""
    parameters = strict(a={"type": "array", "items": {"type": "string", "pattern": "^(?!x)a$"}})
    words = "Invalid JSON schema: regex lookaround is not supported. Found at $.properties.a.items.pattern."
    assert word_parameters_fault("f", parameters, is_strict=True) == words
    assert word_parameters_fault("f", parameters, is_strict=False) is None
