"""Holds JSON texts, and values with gaps, to a schema."""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from fake_llm_server._controls.json_text import has_gaps
from fake_llm_server._controls.narrowing import follow_references, keep_shared
from fake_llm_server._seam import JsonSchema

_MAX_FAULTS = 5


def list_text_faults(text: str, schema: JsonSchema) -> list[str]:
    """What keeps a text from being JSON that satisfies a schema: each a path and a reason."""
    try:
        value = json.loads(text)
    except ValueError as error:
        return [f"it is no JSON: {error}"]
    faults = _validate(value, schema, "$")
    return [fault for _, fault in zip(range(_MAX_FAULTS), faults, strict=False)]


def satisfies(value: Any, schema: JsonSchema) -> bool:
    """Whether a value satisfies a schema, as far as that can be said."""
    return next(_validate(value, schema, "$"), None) is None


def list_gap_faults(value: Any, schema: JsonSchema) -> list[str]:
    """What of a value with gaps no filling can bring into a schema, as far as that shows."""
    root = schema if isinstance(schema, Mapping) else {}
    faults = _check_written(schema, value, root, "$")
    return [fault for _, fault in zip(range(_MAX_FAULTS), faults, strict=False)]


def _check_written(schema: JsonSchema, value: Any, root: Mapping[str, Any], path: str) -> Iterator[str]:
    if value is ...:
        return
    if not has_gaps(value):
        yield from _validate(value, keep_shared(schema, root), path)
        return
    node = follow_references(schema, root)
    if not isinstance(value, Mapping):
        for place, inner in enumerate(value):
            yield from _check_written(node.get("items", True), inner, root, f"{path}[{place}]")
        return
    properties, others = node.get("properties", {}), node.get("additionalProperties", True)
    for name in node.get("required", ()) if ... not in value else ():
        if name not in value:
            yield f"{path}: {name!r} is a required property; `...` as its value has the model write it"
    for name, inner in value.items():
        if name is not ... and name not in properties and others is False:
            yield f"{path}: there is no property {name!r}, only {', '.join(properties) or 'none'}"
        elif name is not ...:
            yield from _check_written(properties.get(name, others), inner, root, f"{path}.{name}")


def _validate(value: Any, schema: JsonSchema, path: str) -> Iterator[str]:
    validator = _compile(json.dumps(schema))
    for error in validator.iter_errors(value) if validator is not None else ():
        place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.instance_path)
        yield f"{path}{place}: {error.message}"


@lru_cache(maxsize=256)
def _compile(schema: str) -> Any:
    """A validator, or None for a schema that can't be validated by: the API takes some of those."""
    import jsonschema_rs  # noqa: PLC0415 - only replies with JSON pay for it

    try:
        return jsonschema_rs.Draft202012Validator(json.loads(schema), retriever=_refuse_to_fetch)
    except (ValueError, jsonschema_rs.ValidationError):
        return None


def _refuse_to_fetch(address: str) -> Any:
    raise ValueError(f"{address} isn't fetched")
