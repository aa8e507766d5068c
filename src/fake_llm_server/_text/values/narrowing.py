"""The schema of this very call: a non-empty part of the tool's own, with the values that were found."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from llguidance import LLMatcher

from fake_llm_server._text.loose_schema import loosen
from fake_llm_server._text.values.parameters import Schema, is_plain_object, resolve

_REFERRING = frozenset(
    {"$ref", "description", "title", "default", "examples", "allOf", "anyOf", "oneOf", "type"}
)
"""Keywords beside which a nested object is still all that its place says."""

Chosen = Mapping[tuple[str, ...], Any]
"""For each path the schema that takes the place of the parameter's own; None leaves the parameter out."""


def satisfies(root: Schema, own: Any, value: Any) -> bool:
    """Whether llguidance finds that a value satisfies a schema of a document.

    It holds the answer to the schema, so there is no second opinion; and no pattern makes it hang.
    """
    definitions = {name: root[name] for name in ("$defs", "definitions") if name in root}
    document = {
        **definitions,
        "allOf": [loosen(own), {"const": value}],
        "x-guidance": {"coerce_one_of": True},
    }
    try:
        return _is_satisfiable(json.dumps(document))
    except (TypeError, ValueError, RecursionError):
        return False


@lru_cache(maxsize=4096)
def _is_satisfiable(document: str) -> bool:
    try:
        return not LLMatcher.validate_grammar(LLMatcher.grammar_from_json_schema(document))
    except ValueError:
        return False


def narrow(schema: Schema, chosen: Chosen, root: Schema | None = None) -> Schema:
    """A schema with what was chosen in the place of its parameters.

    Args:
        schema: of an object, as it was sent.
        chosen: schemas by path, each satisfiable, each a part of the parameter's own.
        root: the document that the schema stands in, if that is another one.
    """
    return _narrow(root or schema, schema, (), chosen) if chosen else schema


def _narrow(root: Schema, node: Schema, path: tuple[str, ...], chosen: Chosen) -> Schema:
    required = set(node.get("required", []))
    properties: dict[str, Any] = {}
    for name, own in node["properties"].items():
        here = (*path, name)
        below = [each for place, each in chosen.items() if place[: len(here)] == here]
        inner = resolve(root, own)[0]
        if here in chosen:
            is_out = chosen[here] is None and name not in required
            narrowed = None if is_out else chosen[here] or own
        elif not below or inner is None or not says_all(own, inner):
            narrowed = own
        elif name in required or any(each is not None for each in below):
            narrowed = _narrow(root, inner, here, chosen)
        else:
            narrowed = None
        if narrowed is not None:
            properties[name] = narrowed
            if any(each is not None for each in below):
                required.add(name)
    taken = [name for name in properties if name in required]
    return {**node, "properties": properties, "required": taken, "additionalProperties": False}


def says_all(own: Schema, inner: Schema) -> bool:
    """Whether the object that a place leads to says all that the place says of its value."""
    return is_plain_object(inner) and (own is inner or _REFERRING.issuperset(own))
