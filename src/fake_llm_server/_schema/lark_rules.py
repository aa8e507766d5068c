"""Finds the rules of a Lark grammar that never come to an end.

A fixpoint over the rules: one ends if, in some alternative, all that can't be left out ends. What isn't
understood is taken to end: only what compiles grammars knows all of the dialect
(https://github.com/guidance-ai/llguidance/blob/main/docs/syntax.md).
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from fake_llm_server._schema.finite_text import has_finite_text

_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*|\#[^\n]*)
    |(?P<text>"(?:\\.|[^"\\\n])*"i?|/(?:\\.|[^/\\\n])+/[a-z]*|<[^>\n]*>|@\w+)
    |(?P<inline>%(?:json|regex|lark))
    |(?P<statement>%\w+[^\n]*)
    |(?P<head>[!?]?[A-Za-z_]\w*(?:\[[^\]\n]*\])?(?:\.\d+)?\s*:(?!:))
    |(?P<name>[!?]?[A-Za-z_]\w*)
    |(?P<arrow>->\s*\w+)
    |(?P<count>~\s*\d+(?:\s*\.\.\s*\d+)?|\{\s*\d*\s*(?:,\s*\d*\s*)?\})
    |(?P<sign>\.\.|[|()\[\]?*+&~])
    """,
    re.VERBOSE,
)
_CLOSING = {"(": ")", "[": "]"}


class _UnreadGrammarError(Exception):
    """A grammar isn't understood; it may be a good one all the same."""


@dataclass(frozen=True, slots=True)
class _Rule:
    """What a rule, or a part of one, needs to end: all that stands in one of its alternatives.

    That with an empty alternative always ends; that without any never does.
    """

    alternatives: "list[list[_Rule | str]]" = field(default_factory=lambda: [[]])


def find_endless_rule(source: str) -> str | None:
    """The name of a rule that `start` leads to and that no finite text satisfies, or None.

    Args:
        source: a grammar in llguidance's dialect of Lark.
    """
    try:
        rules = _Reader(source).read()
    except (_UnreadGrammarError, ValueError, RecursionError):
        return None
    ending = _find_ending(rules)
    return next((name for name in reversed(_reached(rules)) if name not in ending), None)


def _find_ending(rules: dict[str, _Rule]) -> set[str]:
    """The rules that end: each is looked at again when one that it names is found to end."""
    users: dict[str, list[str]] = {name: [] for name in rules}
    for name, rule in rules.items():
        for inner in set(_named(rule)) & rules.keys():
            users[inner].append(name)
    ending: set[str] = set()
    pending = list(rules)
    while pending:
        name = pending.pop()
        if name not in ending and _ends(rules[name], ending, rules):
            ending.add(name)
            pending += users[name]
    return ending


def _ends(part: _Rule | str, ending: set[str], rules: dict[str, _Rule]) -> bool:
    if isinstance(part, str):
        return part in ending or part not in rules
    return any(all(_ends(inner, ending, rules) for inner in inners) for inners in part.alternatives)


def _reached(rules: dict[str, _Rule]) -> list[str]:
    """The rules that `start` leads to, each once, those that are nearer first."""
    reached = dict.fromkeys(["start"] if "start" in rules else [])
    pending = list(reached)
    for name in pending:
        more = dict.fromkeys(
            inner for inner in _named(rules[name]) if inner in rules and inner not in reached
        )
        reached.update(more)
        pending += more
    return pending


def _named(part: _Rule) -> Iterator[str]:
    for inner in (inner for inners in part.alternatives for inner in inners):
        if isinstance(inner, str):
            yield inner
        elif isinstance(inner, _Rule):
            yield from _named(inner)


class _Reader:
    """Reads rules, one after the other."""

    def __init__(self, source: str) -> None:
        self._tokens = list(_iter_tokens(source))
        self._next = 0

    def read(self) -> dict[str, _Rule]:
        rules: dict[str, _Rule] = {}
        while self._next < len(self._tokens):
            kind, value = self._take()
            if kind == "head":
                rules[re.sub(r"\[.*|\..*|\s*:$", "", value).lstrip("!?")] = self._read_rule("")
            elif kind != "statement":
                raise _UnreadGrammarError(value)
        return rules

    def _take(self) -> tuple[str, Any]:
        self._next += 1
        return self._tokens[self._next - 1]

    def _read_rule(self, closing: str) -> _Rule:
        """Read alternatives, up to the sign that closes them, or to the next statement."""
        rule = _Rule()
        while self._next < len(self._tokens):
            kind, value = self._tokens[self._next]
            if kind in ("head", "statement"):
                break
            self._next += 1
            if kind == "sign" and value == closing:
                return rule
            self._add(rule, kind, value)
        if closing:
            raise _UnreadGrammarError(f"{closing} is missing")
        return rule

    def _add(self, rule: _Rule, kind: str, value: Any) -> None:
        """Add what a token says to the last alternative of a rule."""
        needed = rule.alternatives[-1]
        if value == "|":
            rule.alternatives.append([])
        elif kind == "sign" and value in _CLOSING:
            inner = self._read_rule(_CLOSING[value])
            needed.append(inner if value == "(" else _optional(inner))
        elif needed and _may_be_nothing(kind, value):
            needed[-1] = _optional(needed[-1])
        elif kind in ("text", "inline", "name"):
            needed.append(_Rule() if kind == "text" else value)
        elif value in (")", "]", "~"):
            raise _UnreadGrammarError(value)


def _may_be_nothing(kind: str, value: Any) -> bool:
    """Whether what stands before may be left out."""
    if kind == "count":
        return int((re.search(r"[~{]\s*(\d*)", value) or [0, 0])[1] or 0) == 0
    return kind == "sign" and value in ("?", "*")


def _optional(part: _Rule | str) -> _Rule:
    return _Rule([[], [part]])


def _iter_tokens(source: str) -> Iterator[tuple[str, Any]]:
    """The tokens with their kinds; an inline schema is a rule."""
    position = 0
    while position < len(source):
        found = _TOKEN.match(source, position)
        if found is None:
            raise _UnreadGrammarError(source[position : position + 10])
        kind, position = str(found.lastgroup), found.end()
        if kind == "inline":
            opening = source.index("{", position)
            given, position = json.JSONDecoder().raw_decode(source, opening)
            is_endless = found[0] == "%json" and not has_finite_text(given)
            yield kind, _Rule([] if is_endless else [[]])
        elif kind == "name":
            yield kind, found[0].lstrip("!?")
        elif kind != "space":
            yield kind, found[0]
