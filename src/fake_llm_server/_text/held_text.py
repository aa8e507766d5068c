"""Finds marks in text that comes in pieces."""

from collections.abc import Sequence


def split_at_mark(text: str, marks: Sequence[str]) -> tuple[str, str | None, str]:
    """Split `text` at the first of `marks`; what could be a mark's beginning is held back.

    Returns:
        The text before the mark, the mark or None, and the rest: what follows the mark, or, where no mark
        is complete, the tail that may still become one.
    """
    found = [(text.index(mark), -len(mark), mark) for mark in marks if mark in text]
    if found:
        start, _, mark = min(found)
        return text[:start], mark, text[start + len(mark) :]
    held = max((_num_held(text, mark) for mark in marks), default=0)
    return text[: len(text) - held], None, text[len(text) - held :]


def _num_held(text: str, mark: str) -> int:
    """Length of the longest tail of `text` that begins `mark`."""
    for length in range(min(len(text), len(mark) - 1), 0, -1):
        if mark.startswith(text[-length:]):
            return length
    return 0
