"""Visits the schemas inside of a JSON schema, each with its path as OpenAI writes it."""

from collections.abc import Iterator, Mapping
from typing import Any

NAMED = ("properties", "$defs", "definitions", "patternProperties", "dependentSchemas")
"""Keywords whose values are schemas by name."""

LISTED = ("anyOf", "oneOf", "allOf", "prefixItems")
"""Keywords whose values are lists of schemas."""

SINGLE = (
    *("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames"),
    *("unevaluatedItems", "unevaluatedProperties", "contentSchema"),
)
"""Keywords whose values are schemas."""

Context = tuple[str, ...]
"""Steps to a schema, such as `('properties', 'a', 'anyOf', '0')`."""


def walk(node: Any, context: Context = (), *, splits_types: bool = True) -> Iterator[tuple[Context, Any]]:
    """Whatever stands where a schema should, `node` first, with its path.

    Args:
        node: a schema, or what stands in its place.
        context: the path to it.
        splits_types: whether a schema whose `type` is a list comes once for each type, with that one alone
            and the path to it, as OpenAI tells of it: https://github.com/campfirein/byterover-cli/issues/42.
    """
    if not isinstance(node, Mapping):
        yield context, node
        return
    kinds = node.get("type")
    if splits_types and isinstance(kinds, list):
        for position, kind in enumerate(kinds):
            yield (*context, "type", str(position)), {**node, "type": kind}
    else:
        yield context, node
    for step, inner in _children(node):
        yield from walk(inner, (*context, *step), splits_types=splits_types)


def _children(node: Mapping[str, Any]) -> Iterator[tuple[Context, Any]]:
    for keyword in NAMED:
        inner = node.get(keyword)
        for name, schema in inner.items() if isinstance(inner, Mapping) else ():
            yield (keyword, str(name)), schema
    for keyword in LISTED:
        inner = node.get(keyword)
        for position, schema in enumerate(inner if isinstance(inner, list) else ()):
            yield (keyword, str(position)), schema
    for keyword in SINGLE:
        if keyword in node:
            yield (keyword,), node[keyword]
