"""Which part of a request belongs to a tool, where it asks for several things."""

import re
from collections.abc import Collection, Iterator

from fake_llm_server._text.values.words import FEW_WORDS

_BORDER = re.compile(
    r"(?<=\w)[.?!;]\s+|\n+|,?\s+(?:and|und|y|et|then|dann|puis|luego|also)\s+", re.IGNORECASE
)
_FEWEST_WORDS = 3
"""Of a clause: `and London` is part of the one before."""

_STEM = 5
"""Letters by which words are compared."""

Span = tuple[int, int]


def find_clauses(text: str, words: Collection[str]) -> list[Span]:
    """The clauses that have words of a tool; none where all have some or none has."""
    stems = {word[:_STEM] for word in words if len(word) >= _FEWEST_WORDS and word not in FEW_WORDS}
    clauses = list(_split(text))
    speaking = [(start, end) for start, end in clauses if _has_any(text[start:end], stems)]
    return speaking if len(speaking) < len(clauses) else []


def clauses_around(text: str, place: int) -> list[Span]:
    """The clause that a place lies in, if it isn't the only one."""
    clauses = list(_split(text))
    around = [(start, end) for start, end in clauses if start <= place < end]
    return around if len(clauses) > 1 else []


def _split(text: str) -> Iterator[Span]:
    start = 0
    borders = [*_BORDER.finditer(text), None]
    for number, border in enumerate(borders):
        end = len(text) if border is None else border.start()
        following = borders[number + 1] if number + 1 < len(borders) else None
        rest = (
            ""
            if border is None
            else text[border.end() : len(text) if following is None else following.start()]
        )
        if border is not None and len(rest.split()) < _FEWEST_WORDS:
            continue
        yield start, end
        if border is not None:
            start = border.end()


def _has_any(text: str, stems: Collection[str]) -> bool:
    return any(word[:_STEM] in stems for word in re.findall(r"[^\W\d_]+", text.lower()))
