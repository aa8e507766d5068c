"""Puts llguidance's words for a fault into words that a client can read.

They quote grammars that no client has written, and the state of a parser. What isn't known here is told
without a reason.
"""

import re

UNSATISFIABLE = "No text satisfies it."
_UNKNOWN = "No grammar can be made of it."
_OWN = ("It is too complex", UNSATISFIABLE, _UNKNOWN)
"""How this package's own words begin, which stay as they are."""

_REASONS = (
    (
        ("too many items", "row item", "current row has"),
        "It is too complex: it can be read in too many ways at once.",
    ),
    (
        ("too many expressions", "lexer precomputation", "too many states", "fuel exhausted"),
        "It is too complex: its patterns are too large.",
    ),
    (
        ("unable to determine if regex is empty", "compiled regex exceeds", "regex too big"),
        "It is too complex: its patterns are too large.",
    ),
    (("grammar) too big", "schema too large", "grammar size"), "It is too complex: it is too large."),
    (("too deeply nested", "recursion limit"), "It is too complex: it is nested too deeply."),
    (("noextension", "unsatisfiable", "regex is empty"), UNSATISFIABLE),
    (("no start rule",), "It has no rule 'start'."),
    (("empty grammar",), "It is empty."),
    (("not disjoint",), "Two patterns for the names of properties match the same name."),
    (("unclosed group",), "A group of a regular expression isn't closed."),
    (("unopened group",), "A group of a regular expression isn't opened."),
    (("unclosed character class",), "A character class of a regular expression isn't closed."),
    (("character class range",), "A character range of a regular expression ends before it starts."),
    (("repetition",), "A repetition of a regular expression isn't valid."),
    (("look-around", "lookarounds"), "Look-around, anchors and word boundaries aren't supported."),
    (("backreferences",), "Back-references aren't supported."),
    (("regex parse error", "invalid regex"), "A regular expression isn't valid."),
    (("priority not supported",), "Priorities aren't supported."),
    (("only supported for tokens",), "Operators of terminals stand in a rule."),
    (("special token",), "A special token isn't known."),
    (("unknown common",), "An imported terminal isn't known."),
    (("unknown grammar",), "Another grammar is referred to."),
    (("failed to compile json schema", 'failed to parse "%json"'), "A JSON schema in it can't be used."),
)
_NAMED = (
    (re.compile(r"circular reference in token \"(\w+)\""), "The terminal '{}' refers to itself."),
    (re.compile(r"unknown name: \"(\w+)\""), "'{}' isn't defined."),
    (re.compile(r"Pointer '([^'\n]*)' does not exist"), "Pointer '{}' does not exist."),
    (re.compile(r"Unimplemented keys: (\[[^\]\n]*\])"), "Keywords that aren't supported: {}."),
)
_UNREADABLE = "From here on it can't be read."
_PLACE = re.compile(r"^(?:at )?(\d+)\((\d+)\): ")


def word_fault(text: str, *, has_lines: bool = False) -> str:
    """Say what is wrong with a constraint, in one line without internals.

    Args:
        text: llguidance's words, or this package's own.
        has_lines: whether the client wrote the lines that llguidance counts.
    """
    if text.startswith(_OWN):
        return text
    reason = _find_reason(text)
    place = _PLACE.match(text)
    if place is None or not has_lines:
        return reason or _UNKNOWN
    return f"Line {place[1]}, column {place[2]}: {reason or _UNREADABLE}"


def _find_reason(text: str) -> str | None:
    for pattern, words in _NAMED:
        if found := pattern.search(text):
            return words.format(found[1])
    known = text.lower()
    return next((reason for marks, reason in _REASONS if any(mark in known for mark in marks)), None)
