"""What a constraint's source says about its shortest texts: pieces that they may need, and their length."""

import json
import re
from collections.abc import Iterator
from math import prod
from typing import Any

from fake_llm_server._engine.byte_language import Symbols
from fake_llm_server._seam import Constraint

_MAX_LITERALS = 64
_MAX_DOUBLINGS = 8
_QUOTED = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_SLASHED = re.compile(r"/(?:[^/\\\n]|\\.)+/")
_PLAIN = re.compile(r"(?:\\[^\w\n]|[^\\^$.|?*+()\[\]{}\n/])+")
_FEWEST = re.compile(r'"min(?:Items|Length|Properties)":\s*(\d+)|\{(\d+)|~\s*(\d+)')


def find_literals(constraint: Constraint) -> tuple[Symbols, ...]:
    """Texts that a constraint names, which free text may have to come to."""
    literals = dict.fromkeys(text for text in _iter_literals(constraint) if text)
    return tuple(tuple(text.encode()) for text in list(literals)[:_MAX_LITERALS])


def _iter_literals(constraint: Constraint) -> Iterator[str]:
    source = constraint.source
    match constraint.kind:
        case "regex":
            yield from _iter_plain(source)
        case "json_schema":
            for pattern in _iter_patterns(json.loads(source)):
                yield from _iter_plain(pattern)
        case "lark":
            grammar = "\n".join(line.partition("%json")[0] for line in source.split("\n"))
            for quoted in _QUOTED.findall(grammar):
                yield _read_quoted(quoted)
            for pattern in _SLASHED.findall(grammar):
                yield from _iter_plain(pattern[1:-1])


def _read_quoted(quoted: str) -> str:
    try:
        return str(json.loads(quoted))
    except ValueError:
        return quoted[1:-1]


def _iter_plain(pattern: str) -> Iterator[str]:
    """Pieces of a regular expression that stand for themselves."""
    for piece in _PLAIN.findall(pattern):
        yield re.sub(r"\\(.)", r"\1", piece)


def _iter_patterns(schema: Any) -> Iterator[str]:
    if isinstance(schema, list):
        for inner in schema:
            yield from _iter_patterns(inner)
    elif isinstance(schema, dict):
        if isinstance(schema.get("pattern"), str):
            yield schema["pattern"]
        for inner in schema.values():
            yield from _iter_patterns(inner)


def bound_reach(constraint: Constraint) -> int:
    """More tokens than a shortest end has, as far as the source tells, for each bracket that is open.

    It is generous: it says when to begin to look at ends, and not what becomes of the answer.
    """
    source = constraint.source
    repeats = prod(max(1, int("".join(found))) for found in _FEWEST.findall(source))
    return int((64 + len(source)) * repeats * 2 ** min(source.count('"$ref"'), _MAX_DOUBLINGS))
