"""Kinds of values that are known by their form: those in a text, and those that a parameter asks for."""

import re
from collections.abc import Mapping
from typing import Any

from fake_llm_server._text.tool_choice.words import plain_words

_FORMS = {
    "email": re.compile(r"[\w.+%-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+"),
    "url": re.compile(r"\bhttps?://\S+", re.IGNORECASE),
    "path": re.compile(
        r"(?<![\w:/.-])(?:[~.\w-]{0,64}/)+[\w.-]+|(?<![\w-])[\w-]{1,64}\.[a-z]{1,4}[0-9]?\b(?!\.?\w)"
    ),
    "date": re.compile(r"\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b"),
    "time": re.compile(r"\b\d{1,2}:\d{2}\b|\b\d{1,2} ?[ap]m\b", re.IGNORECASE),
    "phone": re.compile(r"\+\d[\d ()/.-]{6,18}\d|\b\d{3}[ .-]\d{3}[ .-]?\d{4}\b"),
    "sql": re.compile(
        r"\bselect\b.{1,300}\bfrom\b|\binsert into\b|\bdelete from\b|\bupdate\b.{1,100}\bset\b",
        re.IGNORECASE | re.DOTALL,
    ),
    "expression": re.compile(
        r"\d\)?\s*(?:\*\*|[-+*/^%\u00d7\u00f7])\s*\(?-?\d|\d\s?(?:%|percent|prozent) (?:of|von|de) \d",
        re.IGNORECASE,
    ),
    "id": re.compile(r"(?<![\w-])[A-Za-z]{1,16}[-_]?\d[\w-]{0,64}\b|#\d+"),
    "code": re.compile(r"`[^`\n]+`"),
    "currency": re.compile(r"\b(?:USD|EUR|GBP|JPY|CHF|CAD|AUD|CNY|INR)\b|[$€£]"),
    "number": re.compile(r"(?<![\w.-])\d+(?:[.,]\d+)*(?![\w-])"),
}
_NAMES = {
    "email": "email emails mail recipient",
    "url": "url urls link uri",
    "path": "path paths file filename filepath directory folder datei pfad",
    "date": "date day datum fecha",
    "time": "time uhrzeit hour",
    "phone": "phone telephone mobile",
    "sql": "sql",
    "expression": "expression formula equation",
    "id": "id identifier ids number ticker code key",
    "code": "command cmd code",
    "currency": "currency",
}
_BY_WORD = {word: kind for kind, words in _NAMES.items() for word in words.split()}
_BY_FORMAT = {
    "email": "email",
    "uri": "url",
    "date": "date",
    "date-time": "date",
    "time": "time",
    "uuid": "id",
}


def find_kinds(text: str) -> frozenset[str]:
    """The kinds of values that stand in a text."""
    return frozenset(kind for kind, form in _FORMS.items() if form.search(text))


def asked_kind(name: str, schema: Mapping[str, Any]) -> str | None:
    """The kind of value that a parameter asks for, if it is one of those that are known by their form."""
    kind = schema.get("type")
    if kind in ("integer", "number"):
        return "number"
    named = _BY_FORMAT.get(str(schema.get("format")))
    if named is not None:
        return named
    described = str(schema.get("description") or "")[:80].lower()
    if "sql" in described:
        return "sql"
    found = [_BY_WORD[word] for word in reversed(plain_words(name)) if word in _BY_WORD]
    return next((kind for kind in found if kind != "id"), found[0] if found else None)
