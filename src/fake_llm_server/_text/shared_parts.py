"""Writes the parts of a schema that stand in several places once, under `$defs`."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

_SHARED = ("anyOf", "items", "properties")
"""Keywords of the parts that are worth a definition."""


def share_parts(root: dict[str, Any]) -> dict[str, Any]:
    """The same schema, in which each object that is used several times has a definition.

    Args:
        root: a schema without `$ref`, whose parts may be the same objects in several places.
    """
    counts: Counter[int] = Counter()
    order: list[dict[str, Any]] = []
    _count(root, counts, order)
    shared = [part for part in order if counts[id(part)] > 1 and any(key in part for key in _SHARED)]
    names = {id(part): f"part{number}" for number, part in enumerate(shared)}
    written = _write(root, names, is_definition=True)
    definitions = {names[id(part)]: _write(part, names, is_definition=True) for part in shared}
    return {**written, "$defs": definitions} if definitions else written


def _count(part: Any, counts: Counter[int], order: list[dict[str, Any]]) -> None:
    counts[id(part)] += 1
    if counts[id(part)] == 1:
        order.append(part)
        for inner in _inner_parts(part):
            _count(inner, counts, order)


def _inner_parts(part: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield from part.get("anyOf", ())
    yield from part.get("prefixItems", ())
    yield from part.get("properties", {}).values()
    yield from part.get("patternProperties", {}).values()
    if part.get("items"):
        yield part["items"]


def _write(part: dict[str, Any], names: Mapping[int, str], *, is_definition: bool = False) -> dict[str, Any]:
    if id(part) in names and not is_definition:
        return {"$ref": f"#/$defs/{names[id(part)]}"}
    written = dict(part)
    for keyword in ("anyOf", "prefixItems"):
        if keyword in part:
            written[keyword] = [_write(inner, names) for inner in part[keyword]]
    for keyword in ("properties", "patternProperties"):
        if keyword in part:
            written[keyword] = {name: _write(inner, names) for name, inner in part[keyword].items()}
    if part.get("items"):
        written["items"] = _write(part["items"], names)
    return written
