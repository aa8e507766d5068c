"""Whether a value satisfies a JSON schema, as far as a grammar can hold it.

For the values that a schema lists itself: `enum` and `const` may contradict what stands beside them. A format
is taken as satisfied.
"""

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from fake_llm_server._schema.references import References, UnreadSchemaError

_MAX_DEPTH = 64


def accepts(schema: Any, value: Any, references: References, depth: int = 0) -> bool:
    """Whether `value` satisfies `schema`.

    Raises:
        UnreadSchemaError: the schema isn't understood, or goes too deep.
    """
    if isinstance(schema, bool):
        return schema
    if depth > _MAX_DEPTH:
        raise UnreadSchemaError("The schema goes too deep.")

    def holds(inner: Any, of: Any = value) -> bool:
        return accepts(inner, of, references, depth + 1)

    if "$ref" in schema and not holds(references.resolve(schema["$ref"])):
        return False
    if not all(holds(part) for part in schema.get("allOf", ())):
        return False
    if not all(any(holds(part) for part in schema[key]) for key in ("anyOf", "oneOf") if key in schema):
        return False
    return _has_type(schema, value) and _is_listed(schema, value) and _suits_type(schema, value, holds)


def _has_type(schema: Mapping[str, Any], value: Any) -> bool:
    kinds = schema.get("type")
    if kinds is None:
        return True
    return any(_is_of(kind, value) for kind in ([kinds] if isinstance(kinds, str) else kinds))


def _is_of(kind: str, value: Any) -> bool:
    if kind == "integer":
        is_whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        return is_whole and not isinstance(value, bool)
    if kind == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    kinds = {"string": str, "boolean": bool, "null": type(None), "array": list, "object": Mapping}
    return isinstance(value, kinds.get(kind, ()))


def _is_listed(schema: Mapping[str, Any], value: Any) -> bool:
    if "const" in schema and not are_equal(schema["const"], value):
        return False
    return "enum" not in schema or any(are_equal(listed, value) for listed in schema["enum"])


def are_equal(one: Any, other: Any) -> bool:
    """Whether two values are equal to JSON: true isn't one, and 1.0 is."""
    if isinstance(one, bool) != isinstance(other, bool):
        return False
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(are_equal, one, other))
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(are_equal(one[key], other[key]) for key in one)
    return bool(one == other)


def _suits_type(schema: Mapping[str, Any], value: Any, holds: Callable[..., bool]) -> bool:
    if isinstance(value, str):
        return _suits_string(schema, value)
    if isinstance(value, bool) or value is None:
        return True
    if isinstance(value, int | float):
        return _suits_number(schema, Fraction(repr(value)))
    if isinstance(value, list):
        prefix = schema.get("prefixItems", [])
        inner = [*prefix, *[schema.get("items", True)] * (len(value) - len(prefix))]
        is_short = _is_within(schema, "minItems", "maxItems", len(value))
        return is_short and all(map(holds, inner, value))
    if not _is_within(schema, "minProperties", "maxProperties", len(value)):
        return False
    has_all = all(name in value for name in schema.get("required", ()))
    return has_all and all(_suits_property(schema, name, inner, holds) for name, inner in value.items())


def _suits_property(schema: Mapping[str, Any], name: str, value: Any, holds: Callable[..., bool]) -> bool:
    named = [schema["properties"][name]] if name in schema.get("properties", ()) else []
    matching = [
        inner for pattern, inner in schema.get("patternProperties", {}).items() if _finds(pattern, name)
    ]
    schemas = named + matching or [schema.get("additionalProperties", True)]
    return all(holds(inner, value) for inner in schemas)


def _suits_string(schema: Mapping[str, Any], value: str) -> bool:
    is_long_enough = _is_within(schema, "minLength", "maxLength", len(value))
    return is_long_enough and ("pattern" not in schema or _finds(schema["pattern"], value))


def _finds(pattern: str, text: str) -> bool:
    try:
        return re.search(pattern, text) is not None
    except re.error as error:
        raise UnreadSchemaError(f"A pattern isn't understood: {pattern}") from error


def _is_within(schema: Mapping[str, Any], lower: str, upper: str, count: int) -> bool:
    return bool(schema.get(lower, 0) <= count <= schema.get(upper, count))


def _suits_number(schema: Mapping[str, Any], value: Fraction) -> bool:
    bounds = {key: Fraction(repr(schema[key])) for key in _COMPARED if key in schema}
    return (
        value >= bounds.get("minimum", value)
        and value <= bounds.get("maximum", value)
        and ("exclusiveMinimum" not in bounds or value > bounds["exclusiveMinimum"])
        and ("exclusiveMaximum" not in bounds or value < bounds["exclusiveMaximum"])
        and ("multipleOf" not in bounds or value % bounds["multipleOf"] == 0)
    )


_COMPARED = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
