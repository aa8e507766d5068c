"""Values for the contract's schemas, valid ones and ones with a fault, drawn by hypothesis.

Made for tests that compare the generated models with a JSON Schema validator on the contract itself.
"""

import copy
from typing import Any

from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from jsonschema.protocols import Validator
from referencing import Registry, Resource

from codegen.contract import Contract
from codegen.schemas import Schema, referenced_name, union_members

_CONTRACT_URI = "urn:contract"
_MAX_DEPTH = 4
_TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
_FAULTS: tuple[Any, ...] = (None, True, 7, -1, 0.5, "surely no tag", [], {}, ["x"], {"x": 1})


def create_validator(contract: Contract, component: str) -> Validator:
    """Create a JSON Schema validator for one component of the contract."""
    root = {
        "$schema": Draft202012Validator.META_SCHEMA["$id"],
        "components": {"schemas": contract.components},
    }
    registry: Registry[Any] = Registry().with_resource(_CONTRACT_URI, Resource.from_contents(root))
    return Draft202012Validator(
        {"$ref": f"{_CONTRACT_URI}#/components/schemas/{component}"}, registry=registry
    )


def valid_values(contract: Contract, component: str) -> st.SearchStrategy[Any]:
    """Draw values that are valid for a component."""

    @st.composite
    def draw_value(draw: st.DrawFn) -> Any:
        return _draw_value(draw, contract.components, contract.components[component], 0)

    return draw_value()


@st.composite
def with_fault(draw: st.DrawFn, valid: Any) -> Any:
    """Draw a copy of a value with one thing changed at a random place: often, not always, that is a fault."""
    value = copy.deepcopy(valid)
    places = list(_places(value))
    container, key = draw(st.sampled_from(places))
    change = draw(st.sampled_from(["replace", "remove", "add"]))
    if change == "add" and isinstance(container[key], dict):
        container[key]["surplus"] = draw(st.sampled_from(_FAULTS))
    elif change == "remove" and container is not places[0][0]:
        del container[key]
    else:
        container[key] = draw(st.sampled_from(_FAULTS))
    return places[0][0][0]


def _places(value: Any) -> list[tuple[Any, Any]]:
    """List every place of a value as its container and key; the first is that of the whole."""
    root = [value]
    found: list[tuple[Any, Any]] = [(root, 0)]
    pending: list[Any] = [value]
    while pending:
        container = pending.pop()
        if isinstance(container, dict | list):
            keys = list(container) if isinstance(container, dict) else range(len(container))
            found += [(container, key) for key in keys]
            pending += [container[key] for key in keys]
    return found


def _draw_value(draw: st.DrawFn, components: dict[str, Schema], schema: Schema, depth: int) -> Any:
    name = referenced_name(schema)
    if name is not None:
        return _draw_value(draw, components, components[name], depth + 1)
    if (members := union_members(schema)) is not None:
        member = members[-1] if depth > _MAX_DEPTH * 2 else draw(st.sampled_from(members))
        return _draw_value(draw, components, member, depth)
    if "enum" in schema:
        return draw(st.sampled_from(schema["enum"]))
    if schema.get("type") == "object":
        return _draw_object(draw, components, schema, depth)
    if schema.get("type") == "array":
        least = schema.get("minItems", 0)
        most = least if depth > _MAX_DEPTH else min(schema.get("maxItems", 2), least + 2)
        size = draw(st.integers(least, most))
        return [_draw_value(draw, components, schema["items"], depth + 1) for _ in range(size)]
    return draw(_scalars(schema))


def _draw_object(
    draw: st.DrawFn, components: dict[str, Schema], schema: Schema, depth: int
) -> dict[str, Any]:
    required = schema.get("required", [])
    value = {}
    for key, child in schema.get("properties", {}).items():
        if key in required or (depth <= _MAX_DEPTH and draw(st.integers(0, 3)) == 0):
            value[key] = _draw_value(draw, components, child, depth + 1)
    extra = schema.get("additionalProperties", True)
    if not value and extra is not False and draw(st.booleans()):
        value["key"] = _draw_value(draw, components, extra, depth + 1) if isinstance(extra, dict) else 1
    return value


def _scalars(schema: Schema) -> st.SearchStrategy[Any]:
    least = schema.get("minLength", 0)
    texts = _TEXT.map(lambda text: text.ljust(least, "x"))
    if "pattern" in schema:
        texts = st.from_regex(schema["pattern"].replace("$", r"\Z"), fullmatch=True).map(
            lambda text: text[:60]
        )
    kinds: dict[str | None, st.SearchStrategy[Any]] = {
        "string": texts,
        "integer": st.integers(schema.get("minimum", -5), schema.get("maximum", 5000)),
        "number": st.floats(schema.get("minimum", -2), schema.get("maximum", 2), allow_nan=False),
        "boolean": st.booleans(),
        "null": st.none(),
    }
    return kinds.get(schema.get("type"), st.sampled_from([1, "x", {"a": [1]}, [True]]))
