"""Joins plain keywords that hold together into forms, one for each type that they allow."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from math import lcm
from typing import Any

from fake_llm_server._schema.alternatives import Keywords
from fake_llm_server._schema.forms import (
    Form,
    ListForm,
    NumberForm,
    PlainForm,
    StateKey,
    StringForm,
    ValueForm,
)
from fake_llm_server._schema.object_merging import merge_objects
from fake_llm_server._schema.references import UnreadSchemaError

TYPES = ("string", "number", "integer", "boolean", "null", "array", "object")
_BY_TYPE = {
    "string": ("minLength", "maxLength", "pattern", "format"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    "array": ("items", "prefixItems", "minItems", "maxItems"),
    "object": (
        *("properties", "patternProperties", "additionalProperties", "required"),
        *("minProperties", "maxProperties"),
    ),
}
_MAX_COMPARISONS = 1_000_000
Joiner = Callable[[Sequence[Any]], StateKey]
"""Gives the state of schemas that hold together."""


def merge(joint: Sequence[Keywords], join: Joiner, accepts: Callable[[Keywords, Any], bool]) -> list[Form]:
    """The forms of keywords that hold together, in the order of their types.

    Args:
        joint: the keywords.
        join: gives the state of schemas inside of them.
        accepts: whether a value satisfies keywords.

    Raises:
        UnreadSchemaError: they can't be put into one.
    """
    listed = next((keywords for keywords in joint if "enum" in keywords or "const" in keywords), None)
    if listed is not None:
        values = [listed["const"]] if "const" in listed else listed["enum"]
        rest = [_without_list(keywords) if keywords is listed else keywords for keywords in joint]
        if len(values) * sum(len(keywords.get("enum", ())) for keywords in rest) > _MAX_COMPARISONS:
            raise UnreadSchemaError("Too many values would have to be compared.")
        kept = tuple(value for value in values if all(accepts(keywords, value) for keywords in rest))
        return [ValueForm(kept)] if kept else []
    return [form for kind in _common_types(joint) if (form := _merge_as(kind, joint, join)) is not None]


def _without_list(listed: Keywords) -> Keywords:
    """Without the keyword whose values are looked at: each of them is in its own list."""
    keyword = "const" if "const" in listed else "enum"
    return {key: value for key, value in listed.items() if key != keyword}


def implied_types(joint: Iterable[Keywords]) -> set[str]:
    """The types that keywords speak of without naming any; none if they name one or say nothing."""
    joint = list(joint)
    if any("type" in keywords for keywords in joint):
        return set()
    return {
        kind
        for kind, about in _BY_TYPE.items()
        for keywords in joint
        if not keywords.keys().isdisjoint(about)
    }


def _common_types(joint: Sequence[Keywords]) -> list[str]:
    """The types that all allow; `number` stands for integers as well."""
    stated = [_types_of(keywords) for keywords in joint if "type" in keywords]
    allowed = [
        kind for kind in (stated[0] if stated else TYPES) if all(_allows(kinds, kind) for kinds in stated)
    ]
    if "integer" not in allowed and any("integer" in kinds for kinds in stated):
        has_number = all(_allows(kinds, "integer") for kinds in stated)
        allowed += ["integer"] if has_number else []
    return [kind for kind in allowed if kind != "integer" or "number" not in allowed]


def _types_of(keywords: Keywords) -> list[str]:
    kinds = keywords["type"]
    return [kinds] if isinstance(kinds, str) else list(kinds)


def _allows(kinds: Sequence[str], kind: str) -> bool:
    return kind in kinds or (kind == "integer" and "number" in kinds)


def _merge_as(kind: str, joint: Sequence[Keywords], join: Joiner) -> Form | None:
    match kind:
        case "string":
            return _merge_strings(joint)
        case "number" | "integer":
            return _merge_numbers(joint, is_integer=kind == "integer")
        case "array":
            return _merge_lists(joint, join)
        case "object":
            return merge_objects(joint, join)
        case "boolean" | "null":
            return PlainForm(kind)
    raise UnreadSchemaError(f"No type: {kind}")


def _merge_strings(joint: Sequence[Keywords]) -> StringForm:
    low, high = merge_counts(joint, "minLength", "maxLength")
    return StringForm(low, high, unique(joint, "pattern"), unique(joint, "format"))


def _merge_numbers(joint: Sequence[Keywords], *, is_integer: bool) -> NumberForm:
    lows = [(bound, False) for bound in _fractions(joint, "minimum")]
    lows += [(bound, True) for bound in _fractions(joint, "exclusiveMinimum")]
    highs = [(-bound, False) for bound in _fractions(joint, "maximum")]
    highs += [(-bound, True) for bound in _fractions(joint, "exclusiveMaximum")]
    multiple = None
    for other in _fractions(joint, "multipleOf"):
        multiple = other if multiple is None else _least_common_multiple(multiple, other)
    high = max(highs, default=None)
    return NumberForm(
        is_integer, max(lows, default=None), None if high is None else (-high[0], high[1]), multiple
    )


def _fractions(joint: Sequence[Keywords], keyword: str) -> Iterator[Fraction]:
    """The numbers as they are written: 0.01 is a hundredth."""
    for value in unique(joint, keyword):
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        if isinstance(value, float) and not abs(value) < float("inf"):
            continue
        yield Fraction(repr(value))


def _least_common_multiple(one: Fraction, other: Fraction) -> Fraction:
    denominator = one.denominator * other.denominator
    return Fraction(lcm(one.numerator * other.denominator, other.numerator * one.denominator), denominator)


def _merge_lists(joint: Sequence[Keywords], join: Joiner) -> ListForm:
    low, high = merge_counts(joint, "minItems", "maxItems")
    length = max((len(_prefix(keywords)) for keywords in joint), default=0)
    prefix = tuple(join([_item(keywords, position) for keywords in joint]) for position in range(length))
    return ListForm(prefix, join([_item(keywords, length) for keywords in joint]), low, high)


def _prefix(keywords: Keywords) -> Sequence[Any]:
    if isinstance(keywords.get("items"), list):
        raise UnreadSchemaError("`items` is a list.")
    prefix = keywords.get("prefixItems", ())
    return prefix if isinstance(prefix, list) else ()


def _item(keywords: Keywords, position: int) -> Any:
    prefix = _prefix(keywords)
    return prefix[position] if position < len(prefix) else keywords.get("items", True)


def merge_counts(joint: Sequence[Keywords], lower: str, upper: str) -> tuple[int, int | None]:
    """The narrowest bounds that keywords give a count."""
    lows = [int(value) for value in unique(joint, lower)]
    highs = [int(value) for value in unique(joint, upper)]
    return max(lows, default=0), min(highs, default=None)


def unique(joint: Iterable[Mapping[str, Any]], keyword: str) -> tuple[Any, ...]:
    """The values of a keyword, each once."""
    return tuple(dict.fromkeys(keywords[keyword] for keywords in joint if keyword in keywords))
