"""How well a value fits a parameter, and which parameter gets which value.

A fit is the sum of what can be explained:

| part | size |
| --- | --- |
| the kind of the value is one that the parameter asks for | up to 1, by `concepts` |
| a word of the parameter, or one that means it, stands right before or after the value | 0.6 |
| the value stands on the parameter's side: after `from`, `to`, `under` | 0.6; on the other side -0.6 |
| the value stands in an earlier turn, in a quotation, or where another tool is spoken of | -0.3 each |
| another tool has been called with it | -0.3 |

The best fit is taken first; what it took isn't given to another parameter.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from fake_llm_server._text.values.found import Value
from fake_llm_server._text.values.parameters import Parameter
from fake_llm_server._text.values.words import (
    COUNTRIES,
    COUNTS,
    CURRENCIES,
    CURRENCY_OF,
    LANGUAGES,
    ROLES,
    UNIT_WORDS,
)

ENOUGH = 0.3
"""What a required parameter takes."""

ENOUGH_IF_OPTIONAL = 0.75
"""What an optional one takes: it may as well be left out."""

_CUE, _ROLE, _ELSEWHERE = 0.6, 0.6, 0.3
_SOURCES = {"asked": 0.0, "told": 0.1, "earlier": 0.3, "system": 0.5}
_PLACE_BEFORE = re.compile(
    r"\b(?:in|for|at|near|to|from|of|nach|für|von|à|en|pour|around|visit|über)\s+(?:the |der )?$"
)
_PERSON_BEFORE = re.compile(
    r"\b(?:with|to|by|for|mit|an|von|avec|con|ask|tell|call|email|message|contact|invite|named|called|is|i'm|am|hi|dear)"
    r"\s+(?:my \w+ )?$"
)
_DONE_BEFORE = re.compile(
    r"(?:^|[.!?,] |please |can you |could you )(?:play|open|watch|read|buy|order|book|find|start|spiele?) $"
)
_NO_SUBJECT = re.compile(
    r" (?:it|me|us|the|a|an|my|this|that|him|her|them|all|to|in|for|from|of|on|at|about|up|out)\b"
)
_OPENS = re.compile(r"(?:^|[.!?\n])\s*$")
_DETERMINER = re.compile(r"\b(?:my|the|our|der|die|dem|el|la|le|mi|mon|ma) $")
_NAMED_BEFORE = re.compile(r"\b(?:named|called|namens|nommée?|llamad[oa])\s+$")
_COUNT_BEFORE = re.compile(r"\b(?:top|first|last|latest|next|up to|at most|limit|most recent)\s+$")
_WORD = re.compile(r"[^\W\d_]+|[%°$€£]")


@dataclass(frozen=True, slots=True)
class Fit:
    """A value for a parameter.

    Attributes:
        score: how well it fits; more is better.
    """

    parameter: Parameter
    value: Value
    score: float


def assign(
    parameters: Sequence[Parameter],
    values: Sequence[Value],
    clauses: Sequence[tuple[int, int]] = (),
    used: Collection[str] = (),
) -> dict[tuple[str, ...], Fit]:
    """The best value of each parameter that takes one, by the parameter's path.

    Args:
        parameters: that take values.
        values: that are there.
        clauses: where the last user turn speaks of the parameters' tool; empty if it doesn't say.
        used: texts of values that earlier calls have been made with.
    """
    fits = [
        replace(fit, score=fit.score - _lag(value, clauses, used))
        for parameter in parameters
        for value in values
        if (fit := fit_value(parameter, value))
    ]
    order = {parameter.path: number for number, parameter in enumerate(parameters)}
    fits.sort(key=lambda fit: (-fit.score, order[fit.parameter.path], fit.value.start))
    taken: dict[tuple[str, ...], Fit] = {}
    for fit in fits:
        is_free = not any(fit.value.overlaps(other.value) for other in taken.values())
        if fit.parameter.path not in taken and is_free:
            taken[fit.parameter.path] = fit
    return taken


def _lag(value: Value, clauses: Sequence[tuple[int, int]], used: Collection[str]) -> float:
    """What counts against a value as such."""
    is_outside = value.source == "asked" and bool(clauses)
    is_outside = is_outside and not any(start <= value.start < end for start, end in clauses)
    return _ELSEWHERE * (is_outside + (value.text in used))


def fit_value(parameter: Parameter, value: Value) -> Fit | None:
    """How a value fits, if it fits enough."""
    if parameter.kind in ("integer", "number"):
        share = _fit_number(parameter, value)
    elif parameter.kind == "string":
        share = _fit_string(parameter, value)
    else:
        return None
    if share is None:
        return None
    score = share + _fit_role(parameter, value) - _SOURCES[value.source]
    if value.is_quoted:
        score -= _ELSEWHERE
    if not parameter.is_required and value.source not in ("asked", "told"):
        return None
    enough = ENOUGH if parameter.is_required else ENOUGH_IF_OPTIONAL
    return Fit(parameter, value, score) if score >= enough else None


def _fit_role(parameter: Parameter, value: Value) -> float:
    role = _role_before(value)
    if role is None or parameter.role is None:
        return 0.0
    return _ROLE if role == parameter.role else -_ROLE


def _role_before(value: Value) -> str | None:
    words = _WORD.findall(value.before)[-2:]
    return next((ROLES[word] for word in reversed(words) if word in ROLES), None)


def near_words(value: Value) -> frozenset[str]:
    """The three words before a value and the two after it, of its own sentence."""
    before = re.split(r"[.!?;\n]\s", value.before)[-1]
    after = re.split(r"[.!?;,\n](?:\s|$)", value.after, maxsplit=1)[0]
    return frozenset(_WORD.findall(before)[-3:] + _WORD.findall(after)[:2])


def _has_cue(parameter: Parameter, value: Value) -> bool:
    return not near_words(value).isdisjoint(parameter.cues)


def _fit_string(parameter: Parameter, value: Value) -> float | None:
    concept = parameter.concept
    cue = _CUE if _has_cue(parameter, value) else 0.0
    if concept is None:
        if value.kind in ("quote", "code", "id"):
            return 0.4 + cue
        return cue - 0.1 if cue and value.kind in ("name", "symbol") else None
    kind = _string_kind(concept.name, value)
    share = concept.kinds.get(kind)
    if share is None:
        return cue - 0.2 if cue and kind in ("quote", "code", "id") else None
    return share + cue + _fit_place_or_person(concept.name, value)


def _string_kind(concept: str, value: Value) -> str:
    """The kind of a value as a concept sees it: a currency, language or unit is a word of a list."""
    word = value.text.lower()
    if concept == "currency" and (value.text in CURRENCIES or word in CURRENCY_OF):
        return "currency"
    if concept == "language" and word in LANGUAGES:
        return "language"
    if (
        concept in ("place", "country", "person")
        and value.kind in ("name", "capitals")
        and _is_no_name(concept, value)
    ):
        return "none"
    return value.kind


def _is_no_name(concept: str, value: Value) -> bool:
    word = value.text.lower()
    return word in UNIT_WORDS or (concept == "place" and word in LANGUAGES) or value.text in CURRENCIES


def _fit_place_or_person(concept: str, value: Value) -> float:
    if value.kind == "quote" and concept in ("person", "name") and _NAMED_BEFORE.search(value.before):
        return _CUE  # a customer named '...'
    if value.kind not in ("name", "lower"):
        return 0.0
    if _OPENS.search(value.before) and " " not in value.text and _NO_SUBJECT.match(value.after):
        return -0.5  # its capital only begins the sentence
    if concept == "country":
        return 0.3 if value.text in COUNTRIES else -0.5
    if concept == "place":
        if value.text in COUNTRIES:
            return -0.1
        return 0.3 if _PLACE_BEFORE.search(value.before) else 0.0
    if concept == "title":
        return 0.3 if _DONE_BEFORE.search(value.before) else 0.0
    if concept in ("person", "recipient", "name"):
        if value.kind == "lower" and _DETERMINER.search(value.before):
            return -_CUE  # my boss has a name that the request doesn't say
        return 0.2 if _PERSON_BEFORE.search(value.before) else 0.0
    return 0.0


def _fit_number(parameter: Parameter, value: Value) -> float | None:
    if value.kind in ("hash", "id") and value.text.isdigit():
        return 0.9 if "id" in parameter.words or "number" in parameter.words else 0.4
    if value.number is None:
        return None
    if value.kind == "article":
        return 0.5 if _has_cue(parameter, value) and parameter.is_required else None
    if parameter.kind == "integer" and not float(value.number).is_integer():
        return None
    share = 0.4 if parameter.is_required else 0.2
    if _has_cue(parameter, value):
        share += _CUE
    if not COUNTS.isdisjoint(parameter.words):
        share += _CUE if _COUNT_BEFORE.search(value.before) else 0.3 if _is_counted(value) else 0.0
    return share


def _is_counted(value: Value) -> bool:
    """Whether a thing's name follows the number."""
    return (
        re.match(r"\s(?!am\b|pm\b|and\b|or\b|to\b|in\b|at\b|by\b|for\b|und\b)[a-zà-ÿ]{3,}", value.after)
        is not None
    )


def siblings(value: Value, values: Iterable[Value], text: str) -> list[Value]:
    """The values that stand in one list with `value`: between two neighbours is a comma, `and` or the like.

    Args:
        value: one of the list.
        values: of the text, in their order.
        text: that they stand in.
    """
    near = [other for other in values if other.source == value.source and _is_alike(value, other)]
    by_place = {other.start: other for other in near} | {value.start: value}
    alike = [by_place[start] for start in sorted(by_place)]
    at = alike.index(value)
    first = last = at
    while first > 0 and _are_joined(text[alike[first - 1].end : alike[first].start]):
        first -= 1
    while last + 1 < len(alike) and _are_joined(text[alike[last].end : alike[last + 1].start]):
        last += 1
    return alike[first : last + 1]


def _is_alike(value: Value, other: Value) -> bool:
    kinds = {value.kind, other.kind}
    return len(kinds) == 1 or kinds <= {"name", "capitals"}


_JOINED = re.compile(
    r"\s*(?:,|;|&|\+|/|vs\.?"
    r"|,?\s*\b(?:and|or|und|oder|et|ou|y|o|versus|plus|as well as|sowie|then|and also)\b)\s*"
    r"(?:(?:for|in|to|the|at|with|für|in|nach|von|of|from)\s+)?",
    re.IGNORECASE,
)


def _are_joined(between: str) -> bool:
    return _JOINED.fullmatch(between) is not None
