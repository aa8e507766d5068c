"""OpenAI's words for each kind of offence against the contract.

Each entry is from Pydantic's error type to OpenAI's message and code. Pydantic's types:
https://docs.pydantic.dev/latest/errors/validation_errors/
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic_core import ErrorDetails

Words = tuple[str, str]
"""A message and a code."""

_EXPECTED = {
    "string": "a string",
    "int": "an integer",
    "float": "a decimal",
    "bool": "a boolean",
    "list": "an array",
    "dict": "an object",
    "model": "an object",
    "none": "null",
}
"""First word of Pydantic's type errors to what OpenAI calls the type."""

_KINDS = {
    "string": "a string",
    "boolean": "a boolean",
    "integer": "an integer",
    "number": "a decimal",
    "array": "an array",
    "object": "an object",
    "null": "null",
}
"""JSON's types to what OpenAI calls them."""

MAX_SHOWN = 200
"""Characters of a value that a message repeats."""


def name_type(value: Any) -> str:
    """What OpenAI calls the type of a JSON value."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int():
            return "an integer"
        case float():
            return "a decimal"
        case str():
            return "a string"
        case list():
            return "an array" if value else "an empty array"
        case _:
            return "an object"


def show(value: Any) -> str:
    """A value, short enough for a message."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"


def join_words(words: Sequence[str], conjunction: str) -> str:
    """`'a', 'b', and 'c'`, as OpenAI lists things."""
    if len(words) <= 1:
        return "".join(words)
    comma = "," if len(words) > 2 else ""  # noqa: PLR2004 - of two things no comma is written
    return f"{', '.join(words[:-1])}{comma} {conjunction} {words[-1]}"


def word_offence(param: str, details: ErrorDetails) -> Words:
    """Message and code of an offence at `param`; what has no entry here keeps Pydantic's own words."""
    word = _WORDS.get(details["type"])
    if word is not None:
        return word(param, details)
    expected = _EXPECTED.get(details["type"].split("_", 1)[0])
    if expected is not None and details["type"].endswith(("_type", "_from_float")):
        return _word_wrong_type(param, [expected], details["input"])
    return f"Invalid value for '{param}': {details['msg']}.", "invalid_value"


def _word_wrong_type(param: str, expected: Sequence[str], value: Any) -> Words:
    wanted = f"one of {join_words(expected, 'or')}" if len(expected) > 1 else "".join(expected)
    message = f"Invalid type for '{param}': expected {wanted}, but got {name_type(value)} instead."
    return message, "invalid_type"


def _wrong_kind(param: str, details: ErrorDetails) -> Words:
    expected = [_KINDS[kind] for kind in details["ctx"]["expected_kinds"]]
    return _word_wrong_type(param, expected, details["input"])


def _unknown(param: str, _details: ErrorDetails) -> Words:
    return f"Unknown parameter: '{param}'.", "unknown_parameter"


def _missing(param: str, _details: ErrorDetails) -> Words:
    return f"Missing required parameter: '{param}'.", "missing_required_parameter"


def _literal(param: str, details: ErrorDetails) -> Words:
    del param  # OpenAI's words name the value; the path is in the envelope's `param`
    expected = str(details["ctx"]["expected"])
    values = [part.strip() for part in expected.replace(" or ", ", ").split(",") if part.strip()]
    return _word_supported(details["input"], values)


def _tag(param: str, details: ErrorDetails) -> Words:
    del param  # as in `_literal`
    return _word_supported(details["ctx"]["tag"], details["ctx"]["expected_tags"])


def _word_supported(value: Any, values: Sequence[str]) -> Words:
    quoted = [f"'{value.strip(chr(39))}'" for value in values]
    message = f"Invalid value: '{show(value)}'. Supported values are: {join_words(quoted, 'and')}."
    return message, "invalid_value"


def _no_tag(param: str, details: ErrorDetails) -> Words:
    discriminator = str(details["ctx"]["discriminator"]).strip("'")
    return _missing(f"{param}.{discriminator}" if param else discriminator, details)


def _bound(side: str, sign: str, key: str) -> Callable[[str, ErrorDetails], Words]:
    def word(param: str, details: ErrorDetails) -> Words:
        value, bound = details["input"], details["ctx"][key]
        kind = "integer" if isinstance(value, int) else "decimal"
        message = (
            f"Invalid '{param}': {kind} {side} value. Expected a value {sign} {_number(bound)}, "
            f"but got {_number(value)} instead."
        )
        return message, f"{kind}_{side.replace(' ', '_').replace('minimum', 'min').replace('maximum', 'max')}_value"

    return word


def _number(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _length(kind: str, is_minimum: bool) -> Callable[[str, ErrorDetails], Words]:  # noqa: FBT001 - private, below
    def word(param: str, details: ErrorDetails) -> Words:
        bound = details["ctx"]["min_length" if is_minimum else "max_length"]
        length = len(details["input"])
        limit = f"{'minimum' if is_minimum else 'maximum'} length {bound}"
        got = f"an empty {kind}" if length == 0 else f"{_ARTICLES[kind]} {kind} with length {length}"
        fault = f"empty {kind}" if length == 0 else f"{kind} too {'short' if is_minimum else 'long'}"
        code = f"empty_{kind}" if length == 0 else f"{kind}_{'below_min' if is_minimum else 'above_max'}_length"
        message = f"Invalid '{param}': {fault}. Expected {_ARTICLES[kind]} {kind} with {limit}, but got {got} instead."
        return message, code

    return word


_ARTICLES = {"string": "a", "array": "an", "object": "an"}


def _pattern(param: str, details: ErrorDetails) -> Words:
    pattern = details["ctx"]["pattern"]
    message = f"Invalid '{param}': string does not match pattern. Expected a string that matches the pattern '{pattern}'."
    return message, "invalid_value"


_WORDS: Mapping[str, Callable[[str, ErrorDetails], Words]] = {
    "extra_forbidden": _unknown,
    "missing": _missing,
    "literal_error": _literal,
    "enum": _literal,
    "union_kind_invalid": _wrong_kind,
    "union_tag_invalid": _tag,
    "union_tag_type": _no_tag,
    "union_tag_not_found": _no_tag,
    "greater_than_equal": _bound("below minimum", ">=", "ge"),
    "greater_than": _bound("below minimum", ">", "gt"),
    "less_than_equal": _bound("above maximum", "<=", "le"),
    "less_than": _bound("above maximum", "<", "lt"),
    "string_too_short": _length("string", is_minimum=True),
    "string_too_long": _length("string", is_minimum=False),
    "too_short": _length("array", is_minimum=True),
    "too_long": _length("array", is_minimum=False),
    "string_pattern_mismatch": _pattern,
}
