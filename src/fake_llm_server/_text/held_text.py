"""Finds marks in text that comes in pieces."""

from collections.abc import Sequence

from fake_llm_server._seam.partial_marks import num_begun


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
    held = max((num_begun(text, mark) for mark in marks), default=0)
    return text[: len(text) - held], None, text[len(text) - held :]
