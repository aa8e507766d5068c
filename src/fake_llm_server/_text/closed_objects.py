"""Closes the objects of a JSON schema to properties that it doesn't name.

To JSON Schema an object that isn't closed may have any further property. Large models seldom write one; small
ones write them without end. Whatever satisfies the closed schema satisfies the given one, so a grammar may be
made of it.
"""

from collections.abc import Mapping
from typing import Any

_IN_MAPPINGS = ("properties", "$defs", "definitions")
"""Keywords whose values are mappings of names to schemas."""

_IN_LISTS = ("anyOf", "oneOf", "prefixItems")
_JOINT = frozenset({"allOf", "if", "not", "dependentRequired", "dependentSchemas"})
"""Keywords by which parts of a schema apply to one object together."""

_JOINT_WITH_PROPERTIES = frozenset({"$ref", "anyOf", "oneOf"})
_BESIDES = frozenset({"patternProperties", "additionalProperties", "unevaluatedProperties"})
"""Keywords of an object that say already what else it has."""


def close_objects(schema: Any) -> Any:
    """A schema that allows no property which `schema` doesn't name, where that excludes no named one.

    A schema whose parts apply to one object together, as those of `allOf`, is left as it is: each of them
    names properties for the others.

    Args:
        schema: any JSON schema, as JSON.
    """
    return schema if _has_joint_parts(schema) else _close(schema)


def _has_joint_parts(node: Any) -> bool:
    if isinstance(node, list):
        return any(map(_has_joint_parts, node))
    if not isinstance(node, Mapping):
        return False
    is_joint = not _JOINT.isdisjoint(node)
    is_joint = is_joint or ("properties" in node and not _JOINT_WITH_PROPERTIES.isdisjoint(node))
    return is_joint or any(map(_has_joint_parts, node.values()))


def _close(schema: Any) -> Any:
    if not isinstance(schema, Mapping):
        return schema
    closed = dict(schema)
    for keyword in _IN_MAPPINGS:
        if isinstance(closed.get(keyword), Mapping):
            closed[keyword] = {name: _close(inner) for name, inner in closed[keyword].items()}
    for keyword in _IN_LISTS:
        if isinstance(closed.get(keyword), list):
            closed[keyword] = [_close(inner) for inner in closed[keyword]]
    if isinstance(closed.get("items"), Mapping):
        closed["items"] = _close(closed["items"])
    if _may_be_closed(closed):
        closed["additionalProperties"] = False
    return closed


def _may_be_closed(schema: Mapping[str, Any]) -> bool:
    properties = schema.get("properties")
    if not isinstance(properties, Mapping) or not _BESIDES.isdisjoint(schema):
        return False
    required, fewest = schema.get("required", []), schema.get("minProperties", 0)
    are_named = isinstance(required, list) and all(name in properties for name in required)
    return are_named and isinstance(fewest, int) and fewest <= len(properties)
