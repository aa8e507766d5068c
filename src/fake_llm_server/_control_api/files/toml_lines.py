"""Finds the line of a value in TOML, whose parser doesn't tell.

A beginning of a text that ends with a whole statement is TOML too: the statement that brings a value is the
one before the first beginning that has it. That takes a while in a long text, and is done for errors only.
"""

import tomllib
from typing import Any

from fake_llm_server._control_api.documents.reading import Place

_MAX_LINES = 2000
"""Of a text in which lines are looked for."""


def find_line(text: str, place: Place) -> int | None:
    """The first line of the statement that brings a value, or else the nearest that it is in; from 1."""
    lines = text.splitlines(keepends=True)
    if len(lines) > _MAX_LINES:
        return None
    whole = tomllib.loads(text)
    known = next((place[:length] for length in range(len(place), 0, -1) if _has(whole, place[:length])), ())
    if not known:
        return None
    begin = 0
    for end in range(1, len(lines) + 1):
        try:
            read = tomllib.loads("".join(lines[:end]))
        except tomllib.TOMLDecodeError:
            continue
        if _has(read, known):
            return _skip_blank(lines, begin) + 1
        begin = end
    return None


def _has(value: Any, place: Place) -> bool:
    for part in place:
        is_there = (
            isinstance(value, list) and part < len(value)
            if isinstance(part, int)
            else isinstance(value, dict) and part in value
        )
        if not is_there:
            return False
        value = value[part]
    return True


def _skip_blank(lines: list[str], begin: int) -> int:
    """The first line from one on that is neither empty nor a comment."""
    return next(
        (number for number in range(begin, len(lines)) if lines[number].strip(" \t\r\n").partition("#")[0]),
        begin,
    )
