"""Leaves out of a JSON schema what no grammar of llguidance's can hold.

Without `strict` OpenAI takes any schema, and promises nothing about it. What is left out widens the language;
what is left is held as before. `left_out` checks some of it once the answer is written. A strict schema has
few of these keywords, as the API refuses them; its large bounds and word boundaries go as well.
"""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from llguidance import LLMatcher

UNHELD = frozenset(
    {
        *("uniqueItems", "not", "if", "then", "else", "contains", "minContains", "maxContains"),
        *("propertyNames", "dependentRequired", "dependentSchemas", "dependencies", "unevaluatedItems"),
        *("unevaluatedProperties", "$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$recursiveAnchor"),
        *("$schema", "$vocabulary", "contentSchema"),
    }
)
"""Keywords that a grammar doesn't hold, whatever their value."""

_NAMED = ("properties", "$defs", "definitions", "patternProperties")
_LISTED = ("anyOf", "oneOf", "allOf", "prefixItems")
_SINGLE = ("items", "additionalProperties")
_COUNTS = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")
_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_EXACT = 2**53
"""Magnitude up to which llguidance has never been seen to refuse a bound."""


def loosen(schema: Any, *, drops_bounds: bool = True) -> Any:
    """A schema that a grammar can be made of, as far as it depends on the keywords, patterns and formats.

    Args:
        schema: any schema.
        drops_bounds: whether bounds of numbers that are too large for a grammar go as well.
    """
    return _Loosening(frozenset(_iter_ids(schema)), drops_bounds=drops_bounds).loosen(schema)


def _iter_ids(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for inner in node:
            yield from _iter_ids(inner)
    elif isinstance(node, Mapping):
        if isinstance(node.get("$id"), str):
            yield node["$id"].rstrip("#")
        for inner in node.values():
            yield from _iter_ids(inner)


class _Loosening:
    """Loosens the parts of one schema, which has the given ids."""

    def __init__(self, ids: frozenset[str], *, drops_bounds: bool) -> None:
        self._ids = ids
        self._drops_bounds = drops_bounds

    def loosen(self, schema: Any) -> Any:
        if not isinstance(schema, Mapping):
            return schema
        kept = {
            key: value
            for key, value in schema.items()
            if key not in UNHELD and _is_held(key, value, self._ids)
        }
        for key in _COUNTS:
            if isinstance(kept.get(key), float) and kept[key].is_integer():
                kept[key] = int(kept[key])  # as JSON Schema counts, and llguidance doesn't
        loose = self._loosen_inside(kept)
        return _drop_large_bounds(loose) if self._drops_bounds else loose

    def _loosen_inside(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Loosen the schemas inside of one."""
        kept = dict(schema)
        for key in _NAMED:
            if isinstance(kept.get(key), Mapping):
                kept[key] = {name: self.loosen(inner) for name, inner in kept[key].items()}
        for key in _LISTED:
            if isinstance(kept.get(key), list):
                kept[key] = [self.loosen(inner) for inner in kept[key]]
        for key in _SINGLE:
            if key in kept:
                kept[key] = self.loosen(kept[key])
        if isinstance(kept.get("patternProperties"), Mapping):
            patterns = kept["patternProperties"].items()
            kept["patternProperties"] = {name: inner for name, inner in patterns if _can_hold_pattern(name)}
        return kept


def _is_held(keyword: str, value: Any, ids: frozenset[str]) -> bool:
    match keyword:
        case "pattern":
            return not isinstance(value, str) or _can_hold_pattern(value)
        case "format":
            return not isinstance(value, str) or can_hold({"type": "string", "format": value})
        case "$ref":
            return not isinstance(value, str) or value.startswith("#") or value.partition("#")[0] in ids
    return True


def _drop_large_bounds(schema: dict[str, Any]) -> dict[str, Any]:
    """Without bounds such as those of 64-bit integers and doubles, if no grammar is made of them."""
    bounds = {key: schema[key] for key in _BOUNDS if isinstance(schema.get(key), int | float)}
    large = [key for key, value in bounds.items() if abs(value) > _EXACT]
    if not large:
        return schema
    kinds = schema.get("type", "number")
    kinds = [kinds] if isinstance(kinds, str) else kinds
    numbers = [kind for kind in kinds if kind in ("integer", "number")]
    if all(can_hold({"type": kind, **bounds}) for kind in numbers):
        return schema
    return {key: value for key, value in schema.items() if key not in large}


def _can_hold_pattern(pattern: str) -> bool:
    return can_hold({"type": "string", "pattern": pattern})


def can_hold(schema: Mapping[str, Any]) -> bool:
    """Whether a grammar can be made of a schema, and some text satisfies it."""
    return not find_refusal(schema)


def find_refusal(schema: Mapping[str, Any]) -> str:
    """Why llguidance makes no grammar of a schema, in its words; empty if it does.

    Its patterns have their own dialect, so it alone knows.
    """
    return _find_refusal(json.dumps(schema))


@lru_cache(maxsize=4096)
def _find_refusal(schema: str) -> str:
    try:
        return str(LLMatcher.validate_grammar(LLMatcher.grammar_from_json_schema(schema)))
    except ValueError as error:
        return str(error) or "No grammar can be made of it."
