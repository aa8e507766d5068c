"""Tools that know something: a search of the web, and sources of knowledge such as an encyclopedia or a FAQ.

Such a tool may serve a question that shares no word with it. A source of knowledge serves any question that
isn't about the assistant itself; the web serves one about what changes (`latest`, `who won`, a year).
"""

import re
from collections.abc import Collection
from typing import Literal

from fake_llm_server._seam import Tool
from fake_llm_server._text.tool_choice.meanings import COMMON, THINGS
from fake_llm_server._text.tool_choice.small_talk import asks, is_about_assistant
from fake_llm_server._text.tool_choice.tool_words import required_parameters
from fake_llm_server._text.tool_choice.words import WORDS, any_of, split_words, stem

SourceKind = Literal["knowledge", "web"]

_QUERIES = frozenset(WORDS["queries"].split())
_KNOWLEDGE = frozenset(stem(word) for word in WORDS["knowledge"].split())
_WEB = THINGS["web"]
_FRESH = re.compile(rf"\b(?:{any_of('fresh')})\b", re.IGNORECASE)


def find_source(tool: Tool, words: Collection[str]) -> SourceKind | None:
    """What kind of source a tool is, if it is one: it takes a query, and its words tell.

    Args:
        tool: the tool.
        words: of its name and description, without their endings.
    """
    required = required_parameters(tool)
    if len(required) != 1 or str(required[0]).lower() not in _QUERIES:
        return None
    if not _KNOWLEDGE.isdisjoint(words):
        return "knowledge"
    return "web" if any(not _WEB.isdisjoint(THINGS.get(word, ())) for word in words) else None


def find_sources_wanted(text: str) -> frozenset[SourceKind]:
    """The kinds of sources that a text is a question for."""
    has_subject = any(word not in COMMON for word in split_words(text))
    if not (asks(text) or "?" in text) or not has_subject or is_about_assistant(text):
        return frozenset()
    return frozenset({"knowledge", "web"} if _FRESH.search(text) else {"knowledge"})
