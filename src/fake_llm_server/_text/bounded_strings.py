"""Bounds the lengths of strings, and of the names of properties."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from fake_llm_server._schema import StringForm
from fake_llm_server._text.bounded_formats import FORMAT_PATTERNS

MAX_LENGTH = 120
"""Characters of a string: a sentence."""

_LENGTHS = (MAX_LENGTH, 500, 2000)
"""The longer ones are tried where a pattern or format has no shorter text."""

_EMPTY = "is empty"
"""What llguidance's refusals say of a pattern that nothing matches."""

_MORE = 20
"""Repetitions of what a pattern lets repeat for ever."""

NAME_END = f"[A-Za-z0-9_]{{0,{_MORE}}}"
"""How a name goes on after its pattern."""

_ANY_END = f".{{0,{_MORE}}}"

_PART = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{\d+,\}|.", re.DOTALL)


def bound_string(form: StringForm, find_refusal: Callable[[dict[str, Any]], str]) -> dict[str, Any] | None:
    """A schema of some of the strings of a form, or None if it has none.

    Where it can't be told whether a pattern has texts of some length, no length is asked for.

    Args:
        form: of strings.
        find_refusal: why no grammar can be made of a schema; empty if one can be.
    """
    usual = _write_usual(form)
    if usual and not find_refusal(usual):
        return usual
    given = _write(form)
    longest = form.max_length
    lengths = [max(length, form.min_length) for length in _LENGTHS] if longest is None else [longest]
    tries = [{**given, "maxLength": length} for length in lengths]
    if not form.patterns and not form.formats:
        return tries[0]
    if _EMPTY in find_refusal(given):
        return None
    if "pattern" in given:
        shorter = {"pattern": bound_pattern(given["pattern"], _ANY_END)}
        tries += [{**given, **shorter}, {"type": "string", **shorter}]
    found = next((tried for tried in tries if not find_refusal(tried)), None)
    return found or {key: value for key, value in given.items() if key not in ("minLength", "maxLength")}


def _write_usual(form: StringForm) -> dict[str, Any] | None:
    """Usual texts of the format of a form, if it asks for one and for no pattern."""
    pattern = FORMAT_PATTERNS.get(form.formats[0]) if len(form.formats) == 1 else None
    return None if pattern is None or form.patterns else {**_write_lengths(form), "pattern": pattern}


def _write_lengths(form: StringForm) -> dict[str, Any]:
    bounded: dict[str, Any] = {"type": "string"}
    if form.min_length:
        bounded["minLength"] = form.min_length
    if form.max_length is not None:
        bounded["maxLength"] = form.max_length
    return bounded


def _write(form: StringForm) -> dict[str, Any]:
    bounded = _write_lengths(form)
    parts = [
        *({"pattern": pattern} for pattern in form.patterns),
        *({"format": kind} for kind in form.formats),
    ]
    if len(form.patterns) < 2 and len(form.formats) < 2:  # noqa: PLR2004 - a keyword holds one
        return bounded | {keyword: value for part in parts for keyword, value in part.items()}
    return {**bounded, "allOf": parts}


def write_name_pattern(named: Iterable[str]) -> str:
    """A pattern of names for the properties that a schema leaves open; all are longer than the named ones."""
    shortest = max(map(len, named), default=0)
    return f"^[A-Za-z_][A-Za-z0-9_]{{{shortest},{shortest + _MORE}}}$"


def bound_pattern(pattern: str, end: str) -> str:
    """A pattern of some of the texts that `pattern` matches: none of them long; itself if none is found.

    Args:
        pattern: a regular expression that is searched for.
        end: what may follow it, as one.
    """
    parts = _PART.findall(pattern)
    if "|" in parts or not pattern:
        return pattern
    begins, ends = parts[0] == "^", parts[-1] == "$"
    body = "".join(map(_limit, parts[begins : len(parts) - ends]))
    return f"^(?:{body})$" if ends else f"^(?:{body}){end}$"


def _limit(part: str) -> str:
    if part in ("*", "+"):
        return f"{{{int(part == '+')},{_MORE}}}"
    if part.startswith("{") and part.endswith(",}"):
        fewest = int(part[1:-2])
        return f"{{{fewest},{fewest + _MORE}}}"
    return part
