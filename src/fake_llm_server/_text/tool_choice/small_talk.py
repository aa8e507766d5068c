"""Requests that are answered in words, whatever tools are offered: how they begin, and what they are about.

A weak sign. A request that names a tool, or the thing that a tool is made for with the values it needs, gets
its call all the same. The expressions are in `words.toml`.
"""

import re

from fake_llm_server._text.tool_choice.words import FEW_WORDS, WORDS, any_of, plain_words, stem

_GREETINGS = re.compile(
    rf"(?:(?:{any_of('greetings')}|{any_of('beside_greetings')})\b[\s,.!?:;)…-]*)+", re.IGNORECASE
)
_LED_IN = re.compile(rf"(?:(?:{any_of('greetings')}|then|so|but|and|now|well)\b[\s,.!:;-]*)+", re.IGNORECASE)
_POLITE = re.compile(rf"(?:(?:{any_of('polite')})\b[\s,]*)+", re.IGNORECASE)
_IN_WORDS = re.compile(rf"(?:(?:{any_of('polite')})\b[\s,]*)?(?:{any_of('in_words')})", re.IGNORECASE)
_STATEMENT = re.compile(any_of("statements"), re.IGNORECASE)
_MORE = re.compile(rf"(?:{any_of('more')})\b", re.IGNORECASE)
_ASSISTANT = re.compile(rf"\b(?:{any_of('assistant')})\b", re.IGNORECASE)
_ANY_TOOL = re.compile(rf"\b(?:{any_of('any_tool')})\b", re.IGNORECASE)
_NO_TOOL = re.compile(rf"\b(?:{any_of('no_tool')})", re.IGNORECASE)
_QUESTION = frozenset(WORDS["question"].split())
_CONSENT = frozenset({"yes", "yeah", "yep", "sure", "ok", "okay", "please", "ja", "oui", "si"})

MAX_MORE_WORDS = 8
"""Of a text that goes on from what was asked before, such as `And in Berlin?`."""


def is_greeting(text: str) -> bool:
    """Whether a text holds nothing but words of greeting, thanks and agreement."""
    return _GREETINGS.fullmatch(text.strip().lstrip("¡¿")) is not None


def is_consent(text: str) -> bool:
    """Whether a text begins as the answer to an offer does that is taken."""
    return next(iter(plain_words(text)), "") in _CONSENT


def is_continued(text: str) -> bool:
    """Whether a text goes on from what was asked before."""
    is_short = len(plain_words(text)) <= MAX_MORE_WORDS
    return is_short and _MORE.match(text.strip()) is not None and not is_answered_in_words(text)


def is_answered_in_words(text: str) -> bool:
    """Whether a text begins as a question, a wish or a statement that is answered in words."""
    bare = strip_greeting(text)
    is_statement = "?" not in text and _STATEMENT.match(bare) is not None
    return is_statement or _IN_WORDS.match(bare) is not None


def is_about_assistant(text: str) -> bool:
    """Whether a text speaks of whom it is addressed to."""
    return _ASSISTANT.search(text) is not None


def wants_any_tool(text: str) -> bool:
    """Whether a text asks that a tool be used, whichever it is."""
    return _ANY_TOOL.search(text) is not None


def forbids_tools(text: str) -> bool:
    """Whether a text asks that no tool be used."""
    return _NO_TOOL.search(text) is not None


def strip_greeting(text: str) -> str:
    """A text without the greeting that it begins with."""
    text = text.strip().lstrip("¡¿")
    return _LED_IN.sub("", text, count=1) if _LED_IN.match(text) else text


def asks(text: str) -> bool:
    """Whether a text begins as a question."""
    return next(iter(plain_words(strip_greeting(text))), "") in _QUESTION


def opening_verb(text: str) -> str | None:
    """The word, without its ending, that a wish begins with, if it has a meaning of its own."""
    bare = strip_greeting(text)
    led_in = _POLITE.match(bare)
    first = next(iter(plain_words(bare[led_in.end() :] if led_in else bare)), None)
    return stem(first) if first is not None and first not in FEW_WORDS else None
