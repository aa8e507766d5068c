"""The functions behind the `[[rule]]` tables: changes made wherever in the document they apply.

Each takes the document of the kept operations (whole, without prose) and returns a new one. Which rules
are applied, in which order and why, is said in `spec/overrides.toml`.
"""

from collections.abc import Callable
from typing import Any

from codegen.errors import OverrideError
from codegen.overrides import Rule
from codegen.schemas import (
    NULL,
    UNIONS,
    Schema,
    kinds_of,
    map_document,
    reference_to,
    resolve,
    tags_of,
    union_members,
)

Document = dict[str, Any]
# Where a discriminating property is looked for, the commonest first.
_TAGS = ("type", "role", "object")
_OUTSIDE_OF_NULLABLE = ("default", "deprecated")


def apply_rule(document: Document, rule: Rule) -> Document:
    """Return `document` changed by the rule.

    Raises:
        OverrideError: there is no rule of that name, or it changes nothing and so is obsolete.
    """
    if rule.name not in RULES:
        raise OverrideError(
            f"spec/overrides.toml names the unknown rule {rule.name!r}; there are {', '.join(RULES)}."
        )
    changed = RULES[rule.name](document)
    if changed == document:
        raise OverrideError(
            f"The rule {rule.name!r} in spec/overrides.toml changes nothing any more; drop it."
        )
    return changed


def express_nullable(document: Document) -> Document:
    """Turn `nullable: true` into a union with null."""

    def change(schema: Schema) -> Schema:
        if "nullable" not in schema:
            return schema
        rest = {key: value for key, value in schema.items() if key != "nullable"}
        if not schema["nullable"]:
            return rest
        outside = {key: rest.pop(key) for key in _OUTSIDE_OF_NULLABLE if key in rest}
        members = rest.pop("oneOf", None) or rest.pop("anyOf", None) if set(rest) <= set(UNIONS) else None
        return {"anyOf": [*(members or [rest]), NULL], **outside}

    return map_document(document, _flatten_null(change))


def _flatten_null(change: Callable[[Schema], Schema]) -> Callable[[Schema], Schema]:
    """Let null stand once, in the outermost of nested plain unions."""

    def flatten(schema: Schema) -> Schema:
        schema = change(schema)
        members = schema.get("anyOf")
        if members is None or NULL not in members:
            return schema
        flat = [
            inner
            for member in members
            if member != NULL
            for inner in (member["anyOf"] if "anyOf" in member and NULL in member["anyOf"] else [member])
            if inner != NULL
        ]
        return {**schema, "anyOf": [*flat, NULL]}

    return flatten


def drop_null_defaults(document: Document) -> Document:
    """Take away each default of null."""

    def change(schema: Schema) -> Schema:
        has_null = "default" in schema and schema["default"] is None
        return {key: value for key, value in schema.items() if not (has_null and key == "default")}

    return map_document(document, change)


def type_objects(document: Document) -> Document:
    """Say `type: object` where there are properties."""

    def change(schema: Schema) -> Schema:
        is_untyped = "properties" in schema and "type" not in schema
        return {"type": "object", **schema} if is_untyped else schema

    return map_document(document, change)


def merge_all_of(document: Document) -> Document:
    """Merge each `allOf` of objects into one object; a later member's property replaces an earlier one's."""
    components = document["components"]["schemas"]

    def merge(schema: Schema) -> Schema:
        schema = resolve(schema, components)
        if "allOf" not in schema:
            return schema
        merged: Schema = {"type": "object", "properties": {}}
        required: list[str] = []
        for part in (
            *map(merge, schema["allOf"]),
            {key: value for key, value in schema.items() if key != "allOf"},
        ):
            if unknown := set(part) - {
                "type",
                "properties",
                "required",
                "deprecated",
                "additionalProperties",
            }:
                raise OverrideError(f"An allOf can't be merged: a member has {sorted(unknown)}.")
            merged["properties"] |= part.get("properties", {})
            required += [name for name in part.get("required", []) if name not in required]
        return {**merged, "required": required} if required else merged

    return map_document(document, lambda schema: merge(schema) if "allOf" in schema else schema)


def close_objects(document: Document) -> Document:
    """Allow no other properties where an object names any."""

    def change(schema: Schema) -> Schema:
        is_open = bool(schema.get("properties")) and "additionalProperties" not in schema
        return {**schema, "additionalProperties": False} if is_open else schema

    return map_document(document, change)


def open_enumerations(document: Document) -> Document:
    """Make a union of any string and certain strings what it is: any string."""
    components = document["components"]["schemas"]

    def is_plain(schema: Schema) -> bool:
        schema = resolve(schema, components)
        members = union_members(schema)
        if members is not None:
            return any(is_plain(member) for member in members)
        return schema.get("type") == "string" and not set(schema) - {"type", "default", "deprecated"}

    def change(schema: Schema) -> Schema:
        members = schema.get("anyOf")
        if members is None:
            return schema
        strings = [member for member in members if kinds_of(member, components) == {"string"}]
        if len(strings) < 2 or not any(map(is_plain, strings)):  # noqa: PLR2004 - one string is no union
            return schema
        others = [member for member in members if member not in strings]
        rest = {key: value for key, value in schema.items() if key != "anyOf"}
        return {**rest, "anyOf": [{"type": "string"}, *others]} if others else {"type": "string", **rest}

    return map_document(document, change)


def flatten_unions(document: Document) -> Document:
    """Put the members of a union's union in its place, where one property tells all of them apart."""
    components = document["components"]["schemas"]

    def change(schema: Schema) -> Schema:
        tag = schema.get("discriminator", {}).get("propertyName")
        members = union_members(schema)
        if tag is None or members is None:
            return schema
        flat: list[Schema] = []
        for member in members:
            inner = resolve(member, components)
            has_same_tag = inner.get("discriminator", {}).get("propertyName") == tag
            flat += union_members(inner) or [] if has_same_tag else [member]
        key = next(key for key in UNIONS if key in schema)
        return {**schema, key: flat}

    return map_document(document, change)


def discriminate(document: Document) -> Document:
    """Give each union of objects that one property tells apart a discriminator with its mapping.

    A discriminator that tells nothing apart goes. Members that could both be valid make it `anyOf`.
    """
    components = document["components"]["schemas"]

    def change(schema: Schema) -> Schema:
        members = union_members(schema)
        rest = {key: value for key, value in schema.items() if key not in {"discriminator", "type", *UNIONS}}
        if members is None:
            return {key: value for key, value in schema.items() if key != "discriminator"}
        tag = next((tag for tag in _TAGS if _tells_apart(members, tag, components)), None)
        if tag is not None:
            discriminator: Schema = {"propertyName": tag}
            if all("$ref" in member for member in members):
                discriminator["mapping"] = {
                    value: member["$ref"]
                    for member in members
                    for value in tags_of(member, tag, components) or ()
                }
            return {**rest, "oneOf": members, "discriminator": discriminator}
        kinds = [kinds_of(member, components) for member in members]
        is_exclusive = sum(map(len, kinds)) == len(frozenset().union(*kinds))
        has_null = NULL in members
        return {**rest, "oneOf" if is_exclusive and not has_null else "anyOf": members}

    return map_document(document, change)


def _tells_apart(members: list[Schema], tag: str, components: dict[str, Schema]) -> bool:
    tags: list[str] = []
    for member in members:
        if (found := tags_of(member, tag, components)) is None:
            return False
        tags += found
    return len(tags) == len(set(tags))


def document_errors(document: Document) -> Document:
    """Let every operation answer any error with `ErrorResponse`, and with nothing else."""
    content = {"application/json": {"schema": reference_to("ErrorResponse")}}
    paths = {
        path: {
            method: {
                **operation,
                "responses": {
                    **{code: response for code, response in operation["responses"].items() if code < "4"},
                    "4XX": {"content": content},
                    "5XX": {"content": content},
                },
            }
            for method, operation in item.items()
        }
        for path, item in document["paths"].items()
    }
    return {**document, "paths": paths}


RULES: dict[str, Callable[[Document], Document]] = {
    "express-nullable": express_nullable,
    "drop-null-defaults": drop_null_defaults,
    "type-objects": type_objects,
    "merge-all-of": merge_all_of,
    "close-objects": close_objects,
    "open-enumerations": open_enumerations,
    "flatten-unions": flatten_unions,
    "discriminate": discriminate,
    "document-errors": document_errors,
}
