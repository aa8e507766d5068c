"""What makes something no JSON Schema, in the words of Python's `jsonschema`.

OpenAI holds every schema, strict or not, to the meta-schema of draft 2020-12 and its formats. Sources:
https://github.com/CherryHQ/cherry-studio/issues/4188 (types),
https://github.com/pleaseai/shunt/pull/488 (patterns) and
https://github.com/griptape-ai/griptape/issues/2150 (`$id`).

The library itself takes about a millisecond for each property, which a request can't spend. What it says is
a function of the keyword and its value alone, so a table does; a test compares the two.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from fake_llm_server._api.shared.schema_walk import LISTED, NAMED, SINGLE, walk
from fake_llm_server._api.shared.uri_forms import is_uri, is_uri_reference

Rule = Callable[[Any], str | None]
"""Why a keyword's value is at fault, without a full stop; None if it isn't."""

_TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")


def find_form_fault(schema: Any) -> str | None:
    """Why something is no JSON Schema, or None if it is one."""
    for _, node in walk(schema, splits_types=False):
        if isinstance(node, bool):
            continue
        if not isinstance(node, Mapping):
            return f"{node!r} is not of type 'object', 'boolean'."
        for keyword, value in node.items():
            rule = _RULES.get(keyword)
            fault = rule(value) if rule else None
            if fault:
                return f"{fault}."
    return None


def _of_type(name: str) -> Rule:
    kind = {"array": list, "boolean": bool, "object": Mapping, "string": str}[name]
    return lambda value: None if isinstance(value, kind) else f"{value!r} is not of type '{name}'"


def _number(value: Any) -> str | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return None if is_number else f"{value!r} is not of type 'number'"


def _positive(value: Any) -> str | None:
    too_small = f"{value!r} is less than or equal to the minimum of 0"
    return _number(value) or (too_small if value <= 0 else None)


def _count(value: Any) -> str | None:
    is_whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if not is_whole or isinstance(value, bool):
        return f"{value!r} is not of type 'integer'"
    return f"{value!r} is less than the minimum of 0" if value < 0 else None


def _matching(pattern: str) -> Rule:
    def check(value: Any) -> str | None:
        is_match = isinstance(value, str) and re.search(pattern, value) is not None
        return _of_type("string")(value) or (None if is_match else f"{value!r} does not match {pattern!r}")

    return check


def _regex(value: Any) -> str | None:
    fault = _of_type("string")(value)
    if fault:
        return fault
    try:
        re.compile(value)
    except (re.error, RecursionError, OverflowError):  # nested too deeply, or too large a repetition
        return f"{value!r} is not a 'regex'"
    return None


def _uri_reference(value: Any) -> str | None:
    is_one = isinstance(value, str) and is_uri_reference(value)
    return _of_type("string")(value) or (None if is_one else f"{value!r} is not a 'uri-reference'")


def _uri(value: Any) -> str | None:
    is_one = isinstance(value, str) and is_uri(value)
    return _of_type("string")(value) or (None if is_one else f"{value!r} is not a 'uri'")


def _id(value: Any) -> str | None:
    return _uri_reference(value) or _matching("^[^#]*#?$")(value)


def _vocabulary(value: Any) -> str | None:
    fault = _of_type("object")(value)
    return fault or next((fault for name in value if (fault := _uri(name))), None)


def _named_patterns(value: Any) -> str | None:
    fault = _of_type("object")(value)
    return fault or next((fault for name in value if (fault := _regex(name))), None)


def _names(value: Any) -> str | None:
    fault = _of_type("array")(value)
    if fault:
        return fault
    fault = next((fault for name in value if (fault := _of_type("string")(name))), None)
    return fault or (f"{value!r} has non-unique elements" if len(set(value)) < len(value) else None)


def _names_by_name(value: Any) -> str | None:
    fault = _of_type("object")(value)
    return fault or next((fault for names in value.values() if (fault := _names(names))), None)


def _some_schemas(value: Any) -> str | None:
    return _of_type("array")(value) or (None if value else f"{value!r} should be non-empty")


def _types(value: Any) -> str | None:
    kinds = value if isinstance(value, list) else [value]
    are_known = bool(kinds) and all(isinstance(kind, str) and kind in _TYPES for kind in kinds)
    is_type = are_known and len(set(kinds)) == len(kinds)
    return None if is_type else f"{value!r} is not valid under any of the given schemas"


_WORD = "^[A-Za-z_][-A-Za-z0-9._]*$"

_RULES: Mapping[str, Rule] = {
    **dict.fromkeys(NAMED, _of_type("object")),
    **dict.fromkeys(LISTED, _some_schemas),
    "patternProperties": _named_patterns,
    "$id": _id,
    "$schema": _uri,
    "$vocabulary": _vocabulary,
    **dict.fromkeys(("$ref", "$dynamicRef"), _uri_reference),
    **dict.fromkeys(("$anchor", "$dynamicAnchor"), _matching(_WORD)),
    **dict.fromkeys(("$comment", "title", "description", "format"), _of_type("string")),
    **dict.fromkeys(("contentEncoding", "contentMediaType"), _of_type("string")),
    "type": _types,
    "enum": _of_type("array"),
    "examples": _of_type("array"),
    "multipleOf": _positive,
    **dict.fromkeys(("maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum"), _number),
    **dict.fromkeys(("maxLength", "minLength", "maxItems", "minItems"), _count),
    **dict.fromkeys(("maxContains", "minContains", "maxProperties", "minProperties"), _count),
    "pattern": _regex,
    "uniqueItems": _of_type("boolean"),
    **dict.fromkeys(("deprecated", "readOnly", "writeOnly"), _of_type("boolean")),
    "required": _names,
    "dependentRequired": _names_by_name,
}
"""Keywords to what their values must be, besides the schemas in them; those in `SINGLE` are nothing else."""

assert _RULES.keys().isdisjoint(SINGLE)  # noqa: S101 - a statement about this module alone
