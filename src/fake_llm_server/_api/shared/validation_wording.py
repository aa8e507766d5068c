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
    "array of integers": "an array of integers",
    "array of objects": "an array of objects",
    "array of strings": "an array of strings",
    "object": "an object",
    "null": "null",
}
"""What the contract calls a type to what OpenAI calls it."""

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
            return "a decimal number"
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
    others = [name.removeprefix("a ").removeprefix("an ") for name in expected[1:]]
    wanted = join_words([*expected[:1], *others], "or")
    wanted = f"one of {wanted}" if others else wanted
    place = f" for '{param}'" if param else ""
    message = f"Invalid type{place}: expected {wanted}, but got {name_type(value)} instead."
    return message, "invalid_type"


def _wrong_kind(param: str, details: ErrorDetails) -> Words:
    expected = [_KINDS[kind] for kind in details["ctx"]["expected_names"]]
    return _word_wrong_type(param, expected, details["input"])


def _unknown(param: str, _details: ErrorDetails) -> Words:
    return f"Unknown parameter: '{param}'.", "unknown_parameter"


def _missing(param: str, _details: ErrorDetails) -> Words:
    return f"Missing required parameter: '{param}'.", "missing_required_parameter"


def _literal(param: str, details: ErrorDetails) -> Words:
    expected = str(details["ctx"]["expected"])
    values = [part.strip() for part in expected.replace(" or ", ", ").split(",") if part.strip()]
    value = details["input"]
    if isinstance(value, str):
        return word_supported(value, values)
    wanted = join_words(_quote(values, ""), "or")
    wanted = f"one of {wanted}" if len(values) > 1 else wanted
    message = f"Invalid type for '{param}': expected {wanted}, but got {name_type(value)} instead."
    return message, "invalid_type"


def _tag(param: str, details: ErrorDetails) -> Words:
    return word_supported(details["ctx"]["tag"], details["ctx"]["expected_tags"], param)


def word_supported(value: str, values: Sequence[str], param: str = "") -> Words:
    """Message and code about a value that is none of those there are; the message doesn't name the place."""
    listed = join_words(_quote(values, param), "and")
    return f"Invalid value: '{show(value)}'. Supported values are: {listed}.", "invalid_value"


def _quote(values: Sequence[str], param: str) -> list[str]:
    """Values in quotes, in the order in which OpenAI lists them."""
    names = [value.strip("'") for value in values]
    orders = (_ORDERS_AT.get(param, ()), *_ORDERS)
    listed = next((order for order in orders if set(order) == set(names)), names)
    return [f"'{name}'" for name in listed]


_ORDERS: Sequence[Sequence[str]] = (
    ("system", "assistant", "user", "function", "tool", "developer"),
    ("assistant", "system", "developer", "user"),
    ("concise", "detailed", "auto"),
)
"""Lists that OpenAI has in another order than its document."""

_ORDERS_AT: Mapping[str, Sequence[str]] = {
    "response_format.type": ("json_object", "json_schema", "text"),
    "text.format.type": ("json_object", "text", "json_schema"),
}
"""The same for lists that depend on the place."""


def _tag_type(param: str, details: ErrorDetails) -> Words:
    tag = details["input"][details["ctx"]["discriminator"]]
    return _word_wrong_type(param, [_KINDS["string"]], tag)


def _bound(side: str, sign: str, key: str) -> Callable[[str, ErrorDetails], Words]:
    code = f"{side.replace(' ', '_').replace('minimum', 'min').replace('maximum', 'max')}_value"

    def word(param: str, details: ErrorDetails) -> Words:
        value, bound = details["input"], details["ctx"][key]
        # The field's type is its bound's: an integer may be given for a decimal.
        kind = "integer" if isinstance(bound, int) else "decimal"
        message = (
            f"Invalid '{param}': {kind} {side} value. Expected a value {sign} {_number(bound)}, "
            f"but got {_number(value)} instead."
        )
        return message, f"{kind}_{code}"

    return word


def _number(value: Any) -> str:
    """A number as it is, but without the fraction of a whole one."""
    return str(value).removesuffix(".0")


def _too_short(param: str, details: ErrorDetails) -> Words:
    return _word_length(param, details["input"], details["ctx"]["min_length"], is_minimum=True)


def _too_long(param: str, details: ErrorDetails) -> Words:
    return _word_length(param, details["input"], details["ctx"]["max_length"], is_minimum=False)


def _word_length(
    param: str, value: str | Sequence[Any] | dict[str, Any], bound: int, *, is_minimum: bool
) -> Words:
    """Word a length; of an object it is the number of its properties."""
    fault, code = ("short", "below_min") if is_minimum else ("long", "above_max")
    match value:
        case dict():
            side = "few" if is_minimum else "many"
            least = "at least" if is_minimum else "at most"
            message = (
                f"Invalid '{param}': too {side} properties. Expected an object with {least} {bound} "
                f"properties, but got an object with {len(value)} properties instead."
            )
            return message, f"object_{code}_properties"
        case str():
            kind, article = "string", "a"
        case _:
            kind, article = "array", "an"
    limit = f"{'minimum' if is_minimum else 'maximum'} length {bound}"
    if not value:
        message = (
            f"Invalid '{param}': empty {kind}. Expected {article} {kind} with {limit}, "
            f"but got an empty {kind} instead."
        )
        return message, f"empty_{kind}"
    message = (
        f"Invalid '{param}': {kind} too {fault}. Expected {article} {kind} with {limit}, "
        f"but got {article} {kind} with length {len(value)} instead."
    )
    return message, f"{kind}_{code}_length"


def _pattern(param: str, details: ErrorDetails) -> Words:
    pattern = details["ctx"]["pattern"]
    message = (
        f"Invalid '{param}': string does not match pattern. "
        f"Expected a string that matches the pattern '{pattern}'."
    )
    return message, "invalid_value"


_WORDS: Mapping[str, Callable[[str, ErrorDetails], Words]] = {
    "extra_forbidden": _unknown,
    "missing": _missing,
    "literal_error": _literal,
    "enum": _literal,
    "union_kind_invalid": _wrong_kind,
    "union_tag_invalid": _tag,
    "union_tag_type": _tag_type,
    "union_tag_not_found": _missing,
    "greater_than_equal": _bound("below minimum", ">=", "ge"),
    "greater_than": _bound("below minimum", ">", "gt"),
    "less_than_equal": _bound("above maximum", "<=", "le"),
    "less_than": _bound("above maximum", "<", "lt"),
    "string_too_short": _too_short,
    "string_too_long": _too_long,
    "too_short": _too_short,
    "too_long": _too_long,
    "string_pattern_mismatch": _pattern,
}
