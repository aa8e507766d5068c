"""What a conversation has to offer: its texts, the values in them, the day it takes place."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from fake_llm_server._seam import Turn
from fake_llm_server._text.values.conversion import Calendar, read_date
from fake_llm_server._text.values.found import Value, find_values
from fake_llm_server._text.values.parameters import split_name
from fake_llm_server._text.values.sources import Source, read_sources

_TODAY = re.compile(
    r"(?:today|current date|date today|now|heute|aujourd'hui|hoy)\b[^\d\n]{0,40}?([^\n.;]{6,40})",
    re.IGNORECASE,
)
_MAX_LEAVES = 60


@dataclass(frozen=True)
class Conversation:
    """The turns that an answer is for."""

    turns: Sequence[Turn]

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        """See `read_sources`."""
        return read_sources(self.turns)

    @cached_property
    def asked(self) -> str:
        """What the user said last."""
        return next((source.text for source in self.sources if source.kind == "asked"), "")

    @cached_property
    def values(self) -> tuple[Value, ...]:
        """The values of all texts, those of the last user turn first."""
        return tuple(value for source in self.sources for value in _find_in(source))

    def used_by_others(self, tool_name: str) -> frozenset[str]:
        """Texts of the arguments of other tools' calls since the last user turn."""
        asked = max((number for number, turn in enumerate(self.turns) if turn.role == "user"), default=-1)
        calls = [call for turn in self.turns[asked + 1 :] for call in turn.calls]
        documents = [read_json(call.arguments) for call in calls if call.name != tool_name]
        return frozenset(str(leaf) for document in documents for _, leaf in _iter_leaves(document, ""))

    @cached_property
    def calendar(self) -> Calendar:
        """The day, where a text says it."""
        for source in reversed(self.sources):
            match = _TODAY.search(source.text)
            day = read_date(match[1], Calendar()) if match else None
            if day is not None:
                return Calendar(day)
        return Calendar()


def _find_in(source: Source) -> list[Value]:
    if source.kind == "asked" or not source.text.lstrip().startswith(("{", "[")):
        return find_values(source)
    document = read_json(source.text)
    if document is None:
        return find_values(source)
    return [_leaf_value(source, number, *leaf) for number, leaf in enumerate(_iter_leaves(document, ""))]


def read_json(text: str) -> Any:
    """A JSON text's value; None where it isn't one."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _iter_leaves(node: Any, key: str) -> Iterator[tuple[str, Any]]:
    """The strings and numbers of a document with their keys; not all of a large one."""
    waiting, found = [(key, node)], 0
    while waiting and found < _MAX_LEAVES:
        key, node = waiting.pop(0)
        if isinstance(node, dict):
            waiting += node.items()
        elif isinstance(node, list):
            waiting += [(key, each) for each in node[:_MAX_LEAVES]]
        elif isinstance(node, str | int | float) and not isinstance(node, bool):
            found += 1
            yield key, node


def _leaf_value(source: Source, number: int, key: str, leaf: str | float) -> Value:
    """A value of a document; its key stands before it, as a label would."""
    before = f"{' '.join(split_name(key))}: "
    if not isinstance(leaf, str):
        return Value("number", str(leaf), number, number + 1, before, "", source.kind, leaf)
    whole = (value for value in find_values(Source(source.kind, leaf)) if value.text == leaf)
    kind = next((value.kind for value in whole), "quote")
    return Value(kind, leaf, number, number + 1, before, "", source.kind)
