"""JSON schemas drawn by hypothesis, and their shortest texts by a way of their own."""

import json
from typing import Any

from hypothesis import strategies as st

_NAMES = st.sampled_from(["a", "b", "name", "is_open", "größe", 'q"t'])
_WORDS = st.sampled_from(["red", "green", "a long sentence", "", "né", 7, -3, 1.5, True, None])

_PLAIN: dict[str, str] = {"integer": "0", "number": "0", "boolean": "true", "null": "null"}


def _close(properties: dict[str, Any], optional: set[str]) -> dict[str, Any]:
    required = [name for name in properties if name not in optional]
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _integers(least: int, span: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": least, "maximum": least + span}


LEAVES = st.one_of(
    st.sampled_from([{"type": kind} for kind in ("string", "integer", "number", "boolean", "null")]),
    st.builds(lambda words: {"enum": words}, st.lists(_WORDS, min_size=1, max_size=4, unique_by=repr)),
    st.builds(lambda length: {"type": "string", "minLength": length}, st.integers(0, 9)),
    st.builds(_integers, st.integers(-200, 2000), st.integers(0, 300)),
)

SCHEMAS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(
            lambda items, fewest: {"type": "array", "items": items, "minItems": fewest},
            inner,
            st.integers(0, 3),
        ),
        st.builds(
            _close,
            st.dictionaries(_NAMES, inner, max_size=3),
            st.sets(_NAMES, max_size=2),
        ),
        st.builds(lambda members: {"anyOf": members}, st.lists(inner, min_size=1, max_size=3)),
    ),
    max_leaves=6,
)


def write_shortest(schema: Any) -> str:
    """A shortest text in bytes that satisfies a schema of `SCHEMAS`, composed of those of its parts."""
    match schema:
        case {"enum": words}:
            return min((_write(word) for word in words), key=_num_bytes)
        case {"anyOf": members}:
            return min(map(write_shortest, members), key=_num_bytes)
        case {"type": "array", "items": items, "minItems": fewest}:
            return "[" + ",".join([write_shortest(items)] * fewest) + "]"
        case {"type": "object", "properties": properties, "required": required}:
            members = [f"{_write(name)}:{write_shortest(properties[name])}" for name in required]
            return "{" + ",".join(members) + "}"
        case {"type": "string"}:
            return f'"{"x" * int(schema.get("minLength", 0))}"'
        case {"type": "integer", "minimum": least, "maximum": most}:
            numbers = [str(number) for number in range(least, most + 1)]
            return min(numbers, key=len)
        case {"type": kind}:
            return _PLAIN[str(kind)]
    raise AssertionError(schema)


def _write(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _num_bytes(text: str) -> int:
    return len(text.encode())
