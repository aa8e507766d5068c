"""OpenAI's rules for schemas with `strict: true`, and the errors for breaking them.

Every object forbids further properties and requires all it has, the root is an object, and keywords and
formats outside of the supported subset are refused. Source:
https://platform.openai.com/docs/guides/structured-outputs (supported schemas). The words are OpenAI's:
https://github.com/kevinwatt/mysql-mcp/issues/5 (missing),
https://github.com/akitaonrails/ai-memory/issues/628 (extra), https://github.com/567-labs/instructor/issues/1074
(`default`), https://github.com/apexive/odoo-llm/issues/212 (`type`),
https://github.com/microsoft/semantic-kernel/issues/10142 (`$ref`). How large a schema may be is in
`strict_limits`.
"""

import re
from collections.abc import Mapping
from typing import Any

from fake_llm_server._api.shared.schema_walk import walk
from fake_llm_server._api.shared.strict_limits import find_excess

FORMATS = ("date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid")
"""Formats of strings that OpenAI supports."""

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

_NOT_AT_TOP = ("oneOf", "anyOf", "allOf", "enum", "not")
_LOOK_AROUND = re.compile(r"\(\?<?[=!]")


def find_strictness_fault(schema: Any) -> str | None:
    """Why a strict schema is refused, in OpenAI's words after "Invalid schema for …: "; None if it isn't."""
    fault = find_root_fault(schema)
    if fault:
        return fault
    for context, node in walk(schema):
        if not isinstance(node, Mapping):
            continue  # a boolean, which says nothing that isn't permitted
        if "$ref" in node and len(node) > 1 and context:
            others = sorted(keyword for keyword in node if keyword != "$ref")
            return f"context={context!r}, $ref cannot have keywords {{{', '.join(map(repr, others))}}}."
        fault = _find_fault(node) or _find_reference_fault(node, schema)
        if fault:
            return f"In context={context!r}, {fault}"
    return find_excess(schema)


def find_root_fault(schema: Any) -> str | None:
    """Why something isn't the schema of an object, which every function's and every strict one is."""
    kind = schema.get("type") if isinstance(schema, Mapping) else None
    if kind != "object":
        return f"""schema must be a JSON Schema of 'type: "object"', got 'type: "{kind}"'."""
    if any(keyword in schema for keyword in _NOT_AT_TOP):
        listed = "/".join(map(repr, _NOT_AT_TOP))
        return f"schema must have type 'object' and not have {listed} at the top level."
    return None


def find_look_around(schema: Any) -> str | None:
    """The whole error about a strict schema's pattern that looks around itself, or None.

    In OpenAI's words, and with the path as it writes it only here:
    https://github.com/existential-birds/daydream/issues/304.
    """
    for context, node in walk(schema, splits_types=False):
        pattern = node.get("pattern") if isinstance(node, Mapping) else None
        if isinstance(pattern, str) and _LOOK_AROUND.search(pattern):
            place = ".".join(("$", *context, "pattern"))
            return f"Invalid JSON schema: regex lookaround is not supported. Found at {place}."
    return None


def _find_fault(node: Mapping[str, Any]) -> str | None:
    """What is wrong with one schema, not looking into those inside of it."""
    for keyword in _UNSUPPORTED_KEYWORDS:
        if keyword in node:
            return f"'{keyword}' is not permitted."
    if _KINDS_OF_SCHEMA.isdisjoint(node):
        return "schema must have a 'type' key."
    if node.get("type") == "array" and "items" not in node:
        return "array schema missing items."
    if "format" in node and node["format"] not in FORMATS:
        return f"'{node['format']}' is not a valid format."
    if node.get("type") != "object" and ("properties" not in node or "type" in node):
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


def _find_reference_fault(node: Mapping[str, Any], root: Mapping[str, Any]) -> str | None:
    """What is wrong with a reference: it may lead to the root, or to a definition at the top."""
    reference = node.get("$ref", "#")
    keyword, _, name = str(reference).removeprefix("#/").partition("/")
    defined = root.get(keyword) if keyword in ("$defs", "definitions") else None
    is_definition = name.split("/")[0].replace("~1", "/").replace("~0", "~") in (defined or {})
    if reference == "#" or is_definition:
        return None
    return "reference can only point to definitions defined at the top level of the schema."
