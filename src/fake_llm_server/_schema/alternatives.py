"""Takes a JSON schema apart into alternatives: sets of plain keywords that hold together.

`$ref`, `allOf`, `anyOf` and `oneOf` are gone from them. A `oneOf` is read as an `anyOf`.
"""

from collections.abc import Mapping
from itertools import product
from math import prod
from typing import Any

from fake_llm_server._schema.references import References, UnreadSchemaError

Keywords = Mapping[str, Any]
"""A schema without those that refer to other schemas for the same value."""

_CHOICES = ("anyOf", "oneOf")
_ELSEWHERE = frozenset({"$ref", "allOf", *_CHOICES})
_ANNOTATIONS = frozenset(
    {
        *(
            "$defs",
            "definitions",
            "title",
            "description",
            "default",
            "examples",
            "$id",
            "$anchor",
            "$comment",
        ),
        *("deprecated", "readOnly", "writeOnly", "x-guidance"),
    }
)
_MAX_ALTERNATIVES = 4096


def list_alternatives(
    schema: Any, references: References, ahead: tuple[int, ...] = ()
) -> list[tuple[Keywords, ...]]:
    """The alternatives of a schema, in its order; none if nothing can satisfy it.

    Args:
        schema: any schema.
        references: of the whole schema that it stands in.
        ahead: the schemas (by `id`) that are being taken apart. One that leads to itself without anything
            between is satisfied by no text by that way.

    Raises:
        UnreadSchemaError: there are too many of them, or a part isn't understood.
    """
    if isinstance(schema, bool):
        return [()] if schema else []
    if not isinstance(schema, Mapping):
        raise UnreadSchemaError(f"No schema: {schema!r}")
    if id(schema) in ahead:
        return []
    ahead = (*ahead, id(schema))
    choices = [_own_keywords(schema)]
    if "$ref" in schema:
        choices.append(list_alternatives(references.resolve(schema["$ref"]), references, ahead))
    choices += [list_alternatives(part, references, ahead) for part in schema.get("allOf", ())]
    for keyword in _CHOICES:
        if keyword in schema:
            parts = (list_alternatives(part, references, ahead) for part in schema[keyword])
            choices.append([alternative for alternatives in parts for alternative in alternatives])
    if prod(map(len, choices)) > _MAX_ALTERNATIVES:
        raise UnreadSchemaError("There are too many alternatives.")
    return [_join(parts) for parts in product(*choices)]


def _own_keywords(schema: Keywords) -> list[tuple[Keywords, ...]]:
    if _ELSEWHERE.isdisjoint(schema):
        return [(schema,)] if not _ANNOTATIONS.issuperset(schema) else [()]
    own = {key: value for key, value in schema.items() if key not in _ELSEWHERE and key not in _ANNOTATIONS}
    return [(own,)] if own else [()]


def _join(parts: tuple[tuple[Keywords, ...], ...]) -> tuple[Keywords, ...]:
    """All keywords that hold together, each schema once."""
    joint = {id(keywords): keywords for part in parts for keywords in part}
    return tuple(joint.values())
