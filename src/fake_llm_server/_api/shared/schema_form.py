"""What makes a client's schema no JSON Schema, and a function's parameters no parameters.

OpenAI checks these before anything else, strict or not, in the words of Python's `jsonschema`. Sources:
https://github.com/maltekuhr/laravel-gpt/issues/8, https://github.com/CherryHQ/cherry-studio/issues/4188,
https://github.com/modelscope/ms-agent/pull/610, https://github.com/github/github-mcp-server/issues/1548.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from fake_llm_server._api.shared.strict_schema import find_root_fault, find_strictness_fault

_TYPES = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})
_NAMED = ("properties", "$defs", "definitions", "patternProperties")
"""Keywords whose values are schemas by name."""

_LISTED = ("anyOf", "oneOf", "allOf", "prefixItems")
"""Keywords whose values are lists of schemas."""

_SINGLE = ("additionalProperties", "not", "if", "then", "else", "contains", "propertyNames")
"""Keywords whose values are schemas."""

Context = tuple[str, ...]


def find_parameters_fault(parameters: Any, *, is_strict: bool) -> str | None:
    """Why a function's parameters are refused, in OpenAI's words after "Invalid schema for function …: ".

    Args:
        parameters: a schema; None or one that says nothing means that there are no parameters.
        is_strict: whether the rules for strict schemas hold as well.
    """
    if not parameters and not is_strict:
        return None
    fault = find_root_fault(parameters) or find_form_fault(parameters)
    if fault or is_strict:
        return fault or find_strictness_fault(parameters)
    if "properties" not in parameters:
        return "In context=(), object schema missing properties."
    return _find_list_without_items(parameters)


def find_form_fault(schema: Any) -> str | None:
    """Why something is no JSON Schema, or None if it is one."""
    for _, node in _walk(schema, ()):
        if isinstance(node, bool):
            continue
        if not isinstance(node, Mapping):
            return f"{node!r} is not of type 'object', 'boolean'."
        fault = _find_keyword_fault(node)
        if fault:
            return fault
    return None


def _find_list_without_items(schema: Any) -> str | None:
    for context, node in _walk(schema, ()):
        if isinstance(node, Mapping) and _lacks_items(node):
            return f"In context={context!r}, array schema missing items."
    return None


def _lacks_items(node: Mapping[str, Any]) -> bool:
    """Whether a schema of lists doesn't say of what."""
    return node.get("type") == "array" and "items" not in node and "prefixItems" not in node


def _find_keyword_fault(node: Mapping[str, Any]) -> str | None:
    """What is wrong with a schema's own keywords, not looking into those inside of it."""
    for keyword in (*_NAMED, *_LISTED, "required", "enum"):
        kind, name = (Mapping, "object") if keyword in _NAMED else (list, "array")
        if keyword in node and not isinstance(node[keyword], kind):
            return f"{node[keyword]!r} is not of type '{name}'."
    for required in node.get("required", ()):
        if not isinstance(required, str):
            return f"{required!r} is not of type 'string'."
    kinds = node.get("type", [])
    are_known = all(isinstance(kind, str) and kind in _TYPES for kind in _as_list(kinds))
    return None if are_known else f"{kinds!r} is not valid under any of the given schemas."


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _walk(node: Any, context: Context) -> Iterator[tuple[Context, Any]]:
    """Whatever stands where a schema should, `node` first, with its path."""
    yield context, node
    if not isinstance(node, Mapping):
        return
    for keyword in _NAMED:
        inner = node.get(keyword)
        for name, schema in inner.items() if isinstance(inner, Mapping) else ():
            yield from _walk(schema, (*context, keyword, str(name)))
    for keyword in _LISTED:
        inner = node.get(keyword)
        for position, schema in enumerate(inner if isinstance(inner, list) else ()):
            yield from _walk(schema, (*context, keyword, str(position)))
    for keyword in _SINGLE:
        if keyword in node:
            yield from _walk(node[keyword], (*context, keyword))
    items = node.get("items", True)
    for position, schema in enumerate(_as_list(items)):
        step = ("items", str(position)) if isinstance(items, list) else ("items",)
        yield from _walk(schema, (*context, *step))
