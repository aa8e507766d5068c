"""What a search for an end costs is bounded by its moves, whatever the constraint."""

import json
from typing import Any

from fake_llm_server._engine.bracket_scan import Scan
from fake_llm_server._engine.byte_language import ByteLanguage
from fake_llm_server._engine.end_moves import Hints
from fake_llm_server._engine.shortest_end import find_ends
from fake_llm_server._text.answer_grammar import guide_schema

MAX_MOVES = 1000


class CountingMatcher:
    """A matcher that counts how often it, or a copy of it, is copied."""

    def __init__(self, matcher: Any, counts: list[int]) -> None:
        self._matcher = matcher
        self._counts = counts

    def deep_copy(self) -> "CountingMatcher":
        """A copy, which is counted."""
        self._counts[0] += 1
        return CountingMatcher(self._matcher.deep_copy(), self._counts)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._matcher, name)


def test_each_symbol_that_is_tried_counts() -> None:
    """Names of any letters lead to many places that look the same: all that were tried are paid for."""
    language = ByteLanguage([bytes([number]) for number in range(256)] + [b"\xff<end>"], [256])
    schema = guide_schema({"type": "object", "minProperties": 1000})
    counts = [0]
    matcher = CountingMatcher(language.compile("json_schema", json.dumps(schema)), counts)
    assert find_ends(matcher, Scan(), Hints(), max_moves=MAX_MOVES) == []
    assert counts[0] < 5 * MAX_MOVES  # a place, its outlook, and two ways on
