"""Joins what several sets of keywords say of one object."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from fake_llm_server._schema.alternatives import Keywords
from fake_llm_server._schema.forms import ObjectForm, StateKey
from fake_llm_server._schema.references import UnreadSchemaError

EMPTY: StateKey = (0,)
"""The state that nothing satisfies."""


def merge_objects(joint: Sequence[Keywords], join: Callable[[Sequence[Any]], StateKey]) -> ObjectForm:
    """The form of objects that satisfy all keywords.

    Args:
        joint: the keywords.
        join: gives the state of schemas that hold together.

    Raises:
        UnreadSchemaError: several of them have patterns for names, or a pattern isn't understood.
    """
    named = {name: None for keywords in joint for name in keywords.get("properties", ())}
    required = {name: None for keywords in joint for name in keywords.get("required", ())}
    properties = {
        name: join([schema for keywords in joint for schema in _schemas_for(keywords, name)])
        for name in {**named, **required}
    }
    counts = [keywords.get("minProperties", 0) for keywords in joint]
    limits = [keywords["maxProperties"] for keywords in joint if "maxProperties" in keywords]
    patterns, additional = _merge_others(joint, join)
    return ObjectForm(
        properties=properties,
        required=tuple(required),
        patterns=patterns,
        additional=additional,
        names_all=any("properties" in keywords for keywords in joint)
        and not any("additionalProperties" in keywords or _patterns(keywords) for keywords in joint),
        min_properties=int(max(counts, default=0)),
        max_properties=int(min(limits)) if limits else None,
    )


def _patterns(keywords: Keywords) -> Mapping[str, Any]:
    patterns: Mapping[str, Any] = keywords.get("patternProperties", {})
    return patterns


def _schemas_for(keywords: Keywords, name: str) -> Iterator[Any]:
    """The schemas that keywords have for the property of a name."""
    is_named = name in keywords.get("properties", ())
    if is_named:
        yield keywords["properties"][name]
    matching = [schema for pattern, schema in _patterns(keywords).items() if _matches(pattern, name)]
    yield from matching
    if not is_named and not matching:
        yield keywords.get("additionalProperties", True)


def _matches(pattern: str, name: str) -> bool:
    try:
        return re.search(pattern, name) is not None
    except re.error as error:
        raise UnreadSchemaError(f"A pattern isn't understood: {pattern}") from error


def _merge_others(
    joint: Sequence[Keywords], join: Callable[[Sequence[Any]], StateKey]
) -> tuple[dict[str, StateKey], StateKey | None]:
    """What the properties without a name in the schema may be: by their patterns, and otherwise."""
    with_patterns = [keywords for keywords in joint if _patterns(keywords)]
    additional = join([keywords.get("additionalProperties", True) for keywords in joint])
    none_else = None if additional == EMPTY else additional
    if not with_patterns:
        return {}, none_else
    others = [
        keywords.get("additionalProperties", True) for keywords in joint if keywords is not with_patterns[0]
    ]
    if len(with_patterns) > 1 or any(schema not in (True, {}) for schema in others):
        if any(schema is False for schema in others):
            return {}, None
        raise UnreadSchemaError("Patterns for names stand beside other properties.")
    patterns = _patterns(with_patterns[0])
    return {pattern: join([schema]) for pattern, schema in patterns.items()}, none_else
