"""Makes one schema of what a request asks for and of what a test has written, which is a `const`."""

from collections.abc import Mapping, Sequence
from typing import Any

from fake_llm_server._controls.json_text import has_gaps
from fake_llm_server._schema import UnreadSchemaError
from fake_llm_server._schema.references import References
from fake_llm_server._seam import JsonSchema

_SHARED = ("$defs", "definitions")
"""Where a schema keeps what its references point to."""


def narrow(schema: JsonSchema, value: Any) -> JsonSchema:
    """A schema of the texts that have what is written of a value, and elsewhere what `schema` asks for.

    What contradicts the schema is narrowed all the same: the answer is held to the schema once it is there.

    Args:
        schema: of the request.
        value: `...` stands for what is left out; as the name in an object, for what else `schema` has there.
    """
    root = schema if isinstance(schema, Mapping) else {}
    narrowed = _narrow(schema, value, root)
    return keep_shared(narrowed, root)


def keep_shared(schema: JsonSchema, root: Mapping[str, Any]) -> JsonSchema:
    """A part of a schema as one by itself, with what its references point to."""
    shared = {name: root[name] for name in _SHARED if name in root}
    return {**shared, **schema} if isinstance(schema, Mapping) else schema


def join_schemas(first: JsonSchema, second: JsonSchema) -> JsonSchema:
    """A schema of what satisfies both; if what they refer to shares names, only of the second."""
    if not isinstance(first, Mapping) or not isinstance(second, Mapping) or first == second:
        return second
    shared: dict[str, dict[str, Any]] = {}
    for name in _SHARED:
        ours, theirs = first.get(name, {}), second.get(name, {})
        if any(ours[key] != theirs[key] for key in ours.keys() & theirs.keys()):
            return second
        if ours or theirs:
            shared[name] = {**ours, **theirs}
    parts = [{key: part[key] for key in part if key not in _SHARED} for part in (first, second)]
    return {**shared, "allOf": parts}


def _narrow(schema: JsonSchema, value: Any, root: Mapping[str, Any]) -> JsonSchema:
    if value is ...:
        return schema
    if not has_gaps(value):
        return {"const": value}
    node = follow_references(schema, root)
    if not node.keys().isdisjoint(("anyOf", "oneOf", "allOf", "$ref", "if")):
        return {"allOf": [node, _narrow(True, value, root)]}
    return (
        _narrow_object(node, value, root) if isinstance(value, Mapping) else _narrow_list(node, value, root)
    )


def _narrow_object(node: Mapping[str, Any], value: Mapping[Any, Any], root: Mapping[str, Any]) -> JsonSchema:
    properties, others = node.get("properties", {}), node.get("additionalProperties", True)
    written = {
        name: _narrow(properties.get(name, others), inner, root)
        for name, inner in value.items()
        if name is not ...
    }
    if ... not in value:
        return {
            "type": "object",
            "properties": written,
            "required": list(written),
            "additionalProperties": False,
        }
    required = [name for name in node.get("required", ()) if name not in written]
    return {
        **node,
        "type": "object",
        "properties": {**properties, **written},
        "required": [*written, *required],
    }


def _narrow_list(node: Mapping[str, Any], value: Sequence[Any], root: Mapping[str, Any]) -> JsonSchema:
    first, rest = node.get("prefixItems", []), node.get("items", True)
    items = [
        _narrow(first[place] if place < len(first) else rest, inner, root)
        for place, inner in enumerate(value)
    ]
    return {
        "type": "array",
        "prefixItems": items,
        "items": False,
        "minItems": len(items),
        "maxItems": len(items),
    }


def follow_references(schema: JsonSchema, root: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema that references inside of the root lead to; one that leads nowhere stays."""
    seen: list[JsonSchema] = []
    while isinstance(schema, Mapping) and set(schema) == {"$ref"} and schema not in seen:
        seen.append(schema)
        try:
            found = References(root).resolve(schema["$ref"])
        except UnreadSchemaError:
            break
        if not isinstance(found, Mapping):
            break
        schema = found
    return schema if isinstance(schema, Mapping) else {}
