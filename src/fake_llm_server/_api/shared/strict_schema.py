"""OpenAI's rules for schemas with `strict: true`, and the errors for breaking them.

Every object forbids further properties and requires all it has, the root is an object, and keywords outside
of the supported subset are refused. Source: https://platform.openai.com/docs/guides/structured-outputs
(supported schemas). The words are OpenAI's: https://github.com/kevinwatt/mysql-mcp/issues/5 (missing),
https://github.com/akitaonrails/ai-memory/issues/628 (extra), https://github.com/567-labs/instructor/issues/1074
(`default`), https://github.com/apexive/odoo-llm/issues/212 (`type`).
"""

from collections.abc import Iterator, Mapping
from typing import Any

MAX_DEPTH = 10
"""Levels of nesting that OpenAI allows."""

MAX_PROPERTIES = 5000
"""Properties, over all objects, that OpenAI allows."""

_UNSUPPORTED_KEYWORDS = (
    "allOf",
    "not",
    "dependentRequired",
    "dependentSchemas",
    "if",
    "then",
    "else",
    "oneOf",
    "patternProperties",
    "unevaluatedProperties",
    "propertyNames",
    "minProperties",
    "maxProperties",
    "unevaluatedItems",
    "contains",
    "minContains",
    "maxContains",
    "uniqueItems",
    "default",
)

_KINDS_OF_SCHEMA = frozenset({"type", "anyOf", "$ref", "enum"})
"""Keywords one of which every schema has; `const` alone isn't enough."""

_SCHEMAS_BY_NAME = ("properties", "$defs", "definitions")


def find_strictness_fault(schema: Any) -> str | None:
    """Why a strict schema is refused, in OpenAI's words after "Invalid schema for …: "; None if it isn't."""
    fault = find_root_fault(schema)
    if fault:
        return fault
    num_properties = 0
    for context, node, depth in _walk(schema, (), 0):
        num_properties += len(node.get("properties") or ())
        if "$ref" in node and len(node) > 1 and context:
            others = sorted(keyword for keyword in node if keyword != "$ref")
            return f"context={context!r}, $ref cannot have keywords {{{', '.join(map(repr, others))}}}."
        fault = _find_fault(node)
        if fault:
            return f"In context={context!r}, {fault}"
        if depth > MAX_DEPTH:
            return f"In context={context!r}, the schema is nested more than {MAX_DEPTH} levels deep."
    if num_properties > MAX_PROPERTIES:
        return f"it has {num_properties} properties; at most {MAX_PROPERTIES} are allowed."
    return None


def find_root_fault(schema: Any) -> str | None:
    """Why something isn't the schema of an object, which every function's and every strict one is."""
    kind = schema.get("type") if isinstance(schema, Mapping) else None
    if kind == "object":
        return None
    return f"""schema must be a JSON Schema of 'type: "object"', got 'type: "{kind}"'."""


def _find_fault(node: Mapping[str, Any]) -> str | None:
    """What is wrong with one schema, not looking into those inside of it."""
    for keyword in _UNSUPPORTED_KEYWORDS:
        if keyword in node:
            return f"'{keyword}' is not permitted."
    if _KINDS_OF_SCHEMA.isdisjoint(node):
        return "schema must have a 'type' key."
    if node.get("type") == "array" and "items" not in node:
        return "array schema missing items."
    if "properties" not in node and node.get("type") != "object":
        return None
    if node.get("additionalProperties") is not False:
        return "'additionalProperties' is required to be supplied and to be false."
    return _find_required_fault(node)


def _find_required_fault(node: Mapping[str, Any]) -> str | None:
    """What is wrong with the list of the properties that an object must have: all of them, and no others."""
    properties, required = node.get("properties") or {}, node.get("required")
    named = required if isinstance(required, list) else []
    missing = next((f"Missing '{name}'." for name in properties if name not in named), "")
    extra = next((f"Extra required key '{name}' supplied." for name in named if name not in properties), "")
    if not missing and not extra and isinstance(required or [], list):
        return None
    rule = "'required' is required to be supplied and to be an array including every key in properties."
    return f"{rule} {missing or extra}".rstrip()


Context = tuple[str, ...]


def _walk(
    node: Mapping[str, Any], context: Context, depth: int
) -> Iterator[tuple[Context, Mapping[str, Any], int]]:
    """Every schema inside of `node`, itself first, with its path and its depth."""
    yield context, node, depth
    for keyword in _SCHEMAS_BY_NAME:
        for name, inside in (node.get(keyword) or {}).items():
            if isinstance(inside, Mapping):
                yield from _walk(inside, (*context, keyword, str(name)), depth + (keyword == "properties"))
    items = node.get("items")
    if isinstance(items, Mapping):
        yield from _walk(items, (*context, "items"), depth + 1)
    for position, inside in enumerate(node.get("anyOf") or ()):
        if isinstance(inside, Mapping):
            yield from _walk(inside, (*context, "anyOf", str(position)), depth)
