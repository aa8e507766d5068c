"""Finds what a finished answer breaks of its schema, among the keywords that a grammar can't hold.

`loose_schema` leaves those out. Here are the ones that cost little to check: `uniqueItems`,
`dependentRequired` and bounds. The others need a whole validator, or run patterns of the client, which can
take unbounded time. Alternatives (`anyOf`, `oneOf`) are not looked into: nobody knows which of them is meant.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_CHECKED = frozenset({"uniqueItems", "dependentRequired", *_BOUNDS})


def has_checks(schema: Any) -> bool:
    """Whether a schema has any of the keywords, at any place."""
    if isinstance(schema, Mapping):
        return not _CHECKED.isdisjoint(schema) or any(map(has_checks, schema.values()))
    return isinstance(schema, list) and any(map(has_checks, schema))


def find_breaches(schema: Any, value: Any) -> list[str]:
    """What `value` breaks of `schema`, as keywords with their places: `uniqueItems at $.a`."""
    breaches = []
    seen = set()
    left = [("$", schema, value)]
    while left:
        place, node, part = left.pop()
        if isinstance(node, Mapping) and (place, id(node)) not in seen:  # references may go in circles
            seen.add((place, id(node)))
            breaches += [f"{keyword} at {place}" for keyword in _find_broken(node, part)]
            left += [(place + step, *inner) for step, *inner in _descend(node, part, schema)]
    return sorted(breaches)


def _find_broken(schema: Mapping[str, Any], value: Any) -> Iterator[str]:
    """The keywords of one schema that a value breaks, not looking into what is inside of it."""
    if isinstance(value, list) and schema.get("uniqueItems") is True:
        written = [json.dumps(_canonical(each), sort_keys=True) for each in value]
        if len(set(written)) < len(written):
            yield "uniqueItems"
    if isinstance(value, dict):
        needed = schema.get("dependentRequired") or {}
        if any(name in value and not set(others) <= value.keys() for name, others in needed.items()):
            yield "dependentRequired"
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield from (bound for bound in _BOUNDS if not _is_within(value, bound, schema.get(bound)))


def _is_within(value: float, bound: str, limit: Any) -> bool:
    if not isinstance(limit, int | float) or isinstance(limit, bool):
        return True
    return {
        "minimum": value >= limit,
        "maximum": value <= limit,
        "exclusiveMinimum": value > limit,
        "exclusiveMaximum": value < limit,
    }[bound]


def _descend(schema: Mapping[str, Any], value: Any, root: Any) -> Iterator[tuple[str, Any, Any]]:
    """The schemas that hold for a value, or for a part of it, each with the step to that part."""
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference.startswith("#"):
        yield "", _resolve(reference, root), value
    yield from (("", inner, value) for inner in schema.get("allOf") or ())
    if isinstance(value, dict):
        properties = schema.get("properties") or {}
        for name, part in value.items():
            yield f".{name}", properties.get(name, schema.get("additionalProperties")), part
    if isinstance(value, list):
        first = schema.get("prefixItems") or []
        for position, part in enumerate(value):
            inner = first[position] if position < len(first) else schema.get("items")
            yield f"[{position}]", inner, part


def _resolve(reference: str, root: Any) -> Any:
    """What a reference within a schema leads to, or None."""
    node = root
    for step in reference.removeprefix("#").split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        node = node.get(name) if isinstance(node, Mapping) else None
    return node


def _canonical(value: Any) -> Any:
    """A value in which equal numbers are written alike, as JSON Schema compares them."""
    if isinstance(value, dict):
        return {name: _canonical(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_canonical(part) for part in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
