"""How large a strict schema may be at OpenAI.

The numbers: https://platform.openai.com/docs/guides/structured-outputs (limits of objects and enums). The
words for levels: https://github.com/tidyverse/ellmer/issues/671, for enumerations, when their limit was 500:
https://community.openai.com/t/500-enums-limitation-in-structured-output/974416. For the rest no words are
known; theirs are of the same make.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from fake_llm_server._api.shared.schema_walk import walk

MAX_DEPTH = 10
"""Levels of nesting."""

MAX_PROPERTIES = 5000
"""Properties, over all objects."""

MAX_CHARACTERS = 120_000
"""Characters of all names of properties and definitions, and of all values of `enum` and `const`."""

MAX_ENUM_VALUES = 1000
"""Values, over all enumerations."""

LONG_ENUM = 250
"""Values of one enumeration above which its characters are limited."""

MAX_ENUM_CHARACTERS = 15_000
"""Characters of the values of a long enumeration."""


def find_excess(schema: Mapping[str, Any]) -> str | None:
    """Which limit a strict schema exceeds, in words after "Invalid schema for …: "; None if it doesn't."""
    nodes = [node for _, node in walk(schema, splits_types=False) if isinstance(node, Mapping)]
    depth = max(_count_levels(context) for context, _ in walk(schema, splits_types=False))
    if depth > MAX_DEPTH:
        return f"{depth} levels of nesting exceeds limit of {MAX_DEPTH}."
    num_properties = sum(len(node.get("properties") or ()) for node in nodes)
    if num_properties > MAX_PROPERTIES:
        return _word(MAX_PROPERTIES, "object properties in total", num_properties, "properties")
    enums = [node["enum"] for node in nodes if isinstance(node.get("enum"), list)]
    num_values = sum(map(len, enums))
    if num_values > MAX_ENUM_VALUES:
        return _word(MAX_ENUM_VALUES, "enum values in total", num_values, "enums")
    for enum in enums:
        num_characters = sum(len(value) for value in enum if isinstance(value, str))
        if len(enum) > LONG_ENUM and num_characters > MAX_ENUM_CHARACTERS:
            what = f"characters in an enum of more than {LONG_ENUM} values"
            return _word(MAX_ENUM_CHARACTERS, what, num_characters, "enums")
    num_characters = sum(map(len, _iter_strings(nodes)))
    if num_characters > MAX_CHARACTERS:
        what = "characters of property names, definition names, enum values and const values in total"
        return _word(MAX_CHARACTERS, what, num_characters, "properties")
    return None


def _count_levels(context: tuple[str, ...]) -> int:
    """How deep a schema lies: each property and each list is a level, a definition begins anew."""
    steps = iter(context)
    depth = 0
    for step in steps:
        if step == "items":
            depth += 1
            continue
        next(steps, None)  # the name of a property or definition, or the place in a list
        depth += step == "properties"
    return depth


def _iter_strings(nodes: list[Mapping[str, Any]]) -> Iterator[str]:
    for node in nodes:
        for keyword in ("properties", "$defs", "definitions"):
            yield from node.get(keyword) or ()
        values = [*(node.get("enum") or ()), node.get("const")]
        yield from (value for value in values if isinstance(value, str))


def _word(limit: int, what: str, number: int, remedy: str) -> str:
    return (
        f"Expected at most {limit} {what} within a single schema when using structured outputs, but "
        f"received {number}. Consider reducing the number of {remedy}, or use 'strict: false' to opt out of "
        "structured outputs."
    )
