"""Ways through an OpenAPI document: which parts are schemas, and what a schema says.

Knows nothing of overrides or Python; `rules`, `trimming` and `shaping` are built on it.
"""

from collections.abc import Callable, Iterator
from typing import Any

Schema = dict[str, Any]

_MAPS_OF_SCHEMAS = ("properties", "patternProperties")
_LISTS_OF_SCHEMAS = ("anyOf", "oneOf", "allOf")
_SINGLE_SCHEMAS = ("items", "additionalProperties", "propertyNames", "not")
UNIONS = ("oneOf", "anyOf")
NULL: Schema = {"type": "null"}


def map_schema(schema: Schema, change: Callable[[Schema], Schema]) -> Schema:
    """Return `schema` with `change` applied to it and all schemas in it, the innermost first."""
    result = dict(schema)
    for key in _MAPS_OF_SCHEMAS:
        if key in result:
            result[key] = {name: map_schema(child, change) for name, child in result[key].items()}
    for key in _LISTS_OF_SCHEMAS:
        if key in result:
            result[key] = [map_schema(child, change) for child in result[key]]
    for key in _SINGLE_SCHEMAS:
        if isinstance(result.get(key), dict):
            result[key] = map_schema(result[key], change)
    return change(result)


def iter_schemas(schema: Schema) -> Iterator[Schema]:
    """Yield `schema` and all schemas in it, without following references."""
    yield schema
    for key in _MAPS_OF_SCHEMAS:
        for child in schema.get(key, {}).values():
            yield from iter_schemas(child)
    for key in _LISTS_OF_SCHEMAS:
        for child in schema.get(key, []):
            yield from iter_schemas(child)
    for key in _SINGLE_SCHEMAS:
        if isinstance(schema.get(key), dict):
            yield from iter_schemas(schema[key])


def map_document(document: dict[str, Any], change: Callable[[Schema], Schema]) -> dict[str, Any]:
    """Return `document` with every schema in it replaced by `map_schema(schema, change)`."""

    def visit(node: Any, *, holds_schemas: bool = False) -> Any:
        if isinstance(node, list):
            return [visit(item) for item in node]
        if not isinstance(node, dict):
            return node
        return {
            key: map_schema(child, change)
            if (holds_schemas or key == "schema") and isinstance(child, dict)
            else visit(child, holds_schemas=key == "schemas")
            for key, child in node.items()
        }

    result = visit(document)
    assert isinstance(result, dict)  # noqa: S101 - a dict is visited into a dict
    return result


def iter_references(node: Any) -> Iterator[str]:
    """Yield every `$ref` in a part of a document, in the order of writing."""
    if isinstance(node, dict):
        reference = node.get("$ref")
        if isinstance(reference, str):
            yield reference
        for child in node.values():
            yield from iter_references(child)
    elif isinstance(node, list):
        for child in node:
            yield from iter_references(child)


def reference_to(name: str) -> Schema:
    """Return a reference to a schema of the components."""
    return {"$ref": f"#/components/schemas/{name}"}


def referenced_name(schema: Schema) -> str | None:
    """Return the component that a schema refers to, or None if it is no reference."""
    reference = schema.get("$ref")
    return reference.rpartition("/")[2] if isinstance(reference, str) else None


def resolve(schema: Schema, components: dict[str, Schema]) -> Schema:
    """Follow references until a schema that is none."""
    while (name := referenced_name(schema)) is not None:
        schema = components[name]
    return schema


def union_members(schema: Schema) -> list[Schema] | None:
    """Return the members of a union, or None if the schema is no union."""
    return next((schema[key] for key in UNIONS if key in schema), None)


def is_nullable(schema: Schema, components: dict[str, Schema]) -> bool:
    """Whether null is valid."""
    return "null" in kinds_of(schema, components)


def kinds_of(schema: Schema, components: dict[str, Schema]) -> frozenset[str]:
    """Return the JSON types that a schema can be valid for; all of them for a schema without limits."""
    schema = resolve(schema, components)
    if (members := union_members(schema)) is not None:
        return frozenset().union(*(kinds_of(member, components) for member in members))
    kind = schema.get("type")
    if isinstance(kind, list):
        return frozenset(kind)
    if kind is not None:
        return frozenset({kind})
    return frozenset({"string", "number", "integer", "boolean", "array", "object", "null"})


def tags_of(schema: Schema, tag: str, components: dict[str, Schema]) -> tuple[str, ...] | None:
    """Return the values that property `tag` of an object, or of any object of a union, can have.

    None when the schema allows anything but objects whose `tag` is an enumeration of strings.
    """
    schema = resolve(schema, components)
    if (members := union_members(schema)) is not None:
        found: list[str] = []
        for member in members:
            if (tags := tags_of(member, tag, components)) is None:
                return None
            found.extend(tags)
        return tuple(dict.fromkeys(found))
    property_ = schema.get("properties", {}).get(tag)
    if property_ is None:
        return None
    values = resolve(property_, components).get("enum")
    return tuple(values) if values and all(isinstance(value, str) for value in values) else None
