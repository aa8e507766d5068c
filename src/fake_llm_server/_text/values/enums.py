"""Members of an enumeration and yes or no, as a request says them."""

import re
from collections.abc import Sequence
from typing import Any

from fake_llm_server._text.values.parameters import Parameter
from fake_llm_server._text.values.words import (
    ASKS,
    CURRENCY_OF,
    FEW_WORDS,
    LANGUAGES,
    ROLES,
    SPELLINGS,
    plain,
)

Span = tuple[int, int]
_STEM, _ENDING = 4, 3
"""Letters of a word that stay, and those that its forms differ in."""

_SYMBOLIC = frozenset("+-*/\u00d7\u00f7")
_NO = re.compile(r"\b(?:no|not|don't|dont|without|never|off|disable|kein|keine|ohne|nicht|sans|sin|aus)\b")


def find_members(parameter: Parameter, text: str) -> list[tuple[Any, Span]]:
    """The members of an enumeration that a text names, with their places, the most telling first."""
    members: Sequence[Any] = parameter.schema["enum"]
    lowered = text.lower()
    found: list[tuple[float, Span, Any]] = []
    for member in members:
        place = (
            _find_number(member, lowered) if not isinstance(member, str) else _find_member(member, lowered)
        )
        if place is not None:
            found.append((_rank(parameter, lowered, place), place, member))
    found.sort(key=lambda each: each[:2])
    return [(member, place) for _, place, member in found]


def _find_number(member: Any, text: str) -> Span | None:
    """Where a text says a member that is a number, in digits."""
    if isinstance(member, bool) or not isinstance(member, int | float):
        return None
    match = re.search(rf"(?<![\w.,]){re.escape(str(member))}(?!\w|[.,]\d)", text)
    return match.span() if match else None


def _find_member(member: str, text: str) -> Span | None:
    """Where a text says a member: in its own spelling, else in another word for it."""
    for spelling in _spellings(member):
        if spelling.split(" ")[0] not in text:
            continue
        if spelling in _SYMBOLIC:
            match = re.search(rf"\d\s*{re.escape(spelling)}\s*\d", text)
        elif len(spelling) == 1:
            match = re.search(rf"(?<=\d){re.escape(spelling)}\b|(?<=in ){re.escape(spelling)}\b", text)
        else:
            match = re.search(
                rf"(?<![^\W_])°?{_any_separators(spelling)}(?:s|es|d|ed|ing|ly)?(?![^\W_])",
                text,
            )
        if match:
            return match.span()
    return None


def _any_separators(spelling: str) -> str:
    """A pattern for words with spaces, dashes or underscores between them."""
    return "[ _-]".join(map(re.escape, spelling.split(" ")))


def _spellings(member: str) -> list[str]:
    name = plain(member)
    spellings = [name] if name else []
    for group in SPELLINGS:
        if name in group:
            spellings += sorted(group - {name}, key=len, reverse=True)
    spellings += [
        word for word, code in CURRENCY_OF.items() if code.lower() == name and word not in spellings
    ]
    spellings += [word for word, code in LANGUAGES.items() if code == name]
    return spellings


def _rank(parameter: Parameter, text: str, place: Span) -> float:
    """Smaller is better: a member on the parameter's side, or beside a word of it."""
    before = text[max(0, place[0] - 30) : place[0]]
    words = re.findall(r"[^\W\d_]+", before)[-2:]
    role = next((ROLES[word] for word in reversed(words) if word in ROLES), None)
    if role is None and re.search(r"\d\s?°?$", before):
        role = "from"
    rank = 0.0
    if parameter.role is not None and role is not None:
        rank += -2.0 if role == parameter.role else 2.0
    if not parameter.all_words.isdisjoint(re.findall(r"[^\W\d_]+", before)[-3:]):
        rank -= 1.0
    if not parameter.all_words.isdisjoint(re.findall(r"[^\W\d_]+", text[place[1] : place[1] + 20])[:1]):
        rank -= 1.0
    return rank


def find_truth(parameter: Parameter, text: str) -> bool | None:
    """Whether a text says yes or no to what a parameter is named after; None where it says neither."""
    lowered = plain(text)
    words = [word for word in parameter.words if word not in ASKS and word not in FEW_WORDS]
    for word in words:
        stem = word[: max(_STEM, len(word) - _ENDING)]
        match = re.search(rf"\b{re.escape(stem)}\w*", lowered)
        if match:
            before = " ".join(lowered[: match.start()].split()[-3:])
            after = " ".join(lowered[match.end() :].split()[:2])
            return not (_NO.search(before) or _NO.match(after))
    if {"on", "state", "power", "enabled", "active"} & set(parameter.words):
        if re.search(r"\b(?:turn|switch)\b.{0,25}\boff\b|\bdisable\b|\bdeactivate\b|\baus\b", lowered):
            return False
        if re.search(r"\b(?:turn|switch)\b.{0,25}\bon\b|\benable\b|\bactivate\b|\ban\b$", lowered):
            return True
    return None
