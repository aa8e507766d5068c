"""The calls that a text asks for.

A text is read in parts: sentences, and what stands around `and` or `then`. Where different parts are plainly
served by different tools, each of these is called; else the tool that serves the whole text best, if it does.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fake_llm_server._seam import Tool
from fake_llm_server._text.tool_choice.likeness import Likeness, compare
from fake_llm_server._text.tool_choice.lists import find_list, find_list_span
from fake_llm_server._text.tool_choice.small_talk import forbids_tools, is_answered_in_words, is_greeting
from fake_llm_server._text.tool_choice.tool_words import ToolWords
from fake_llm_server._text.tool_choice.words import any_of

PLAIN = 0.6
"""Evidence from which on a tool serves a text."""

PLAIN_IN_PART = 0.75
"""The same for one part of a text beside another one."""

PLAIN_IN_TALK = 1.3
"""The same where a text is one that is answered in words by its form."""

MAX_PARTS = 10
_PARTS = re.compile(
    rf"(?<=[.!?;:])\s+|\n+|,?\s+(?:{any_of('between_parts')})\s+|,\s+(?=then\b)|[\u3002\uff1f\uff01]",
    re.IGNORECASE,
)
_WAITING = re.compile(any_of("waiting"), re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Wish:
    """A call that is asked for.

    Attributes:
        parameter: which parameter must have `value`, where the tool is called once for each of a list.
        is_waiting: whether it needs the results of those before it.
    """

    tool: Tool
    parameter: str | None = None
    value: Any = None
    is_waiting: bool = False


def find_wishes(text: str, tools: Sequence[ToolWords]) -> list[Wish]:
    """The calls that a text asks for, in their order; none where no tool plainly serves it."""
    if is_greeting(text) or forbids_tools(text):
        return []
    best = compare(text, tools)[0]
    split = _split(text, find_list_span(text, best.tool))
    parts = [part for part in split[:MAX_PARTS] if part.strip() and not is_greeting(part)]
    found = [(part, compare(part, tools)[0]) for part in parts]
    plain = [(part, each) for part, each in found if each.evidence >= max(PLAIN_IN_PART, _threshold(part))]
    chosen = {each.tool.name: (part, each.tool) for part, each in reversed(plain)}
    if len(chosen) > 1:
        wishes = []
        for number, name in enumerate(dict.fromkeys(each.tool.name for _, each in plain)):
            part, tool = chosen[name]
            is_waiting = number > 0 and _must_wait(text, part)
            wishes += _spread(tool, _texts_of(name, found, plain), is_waiting=is_waiting)
        return wishes
    has_matter = bool(parts) and parts[0].rstrip().endswith(":")  # `Summarize this: …`
    telling = parts[:1] if has_matter else _telling(parts, found, best)
    thresholds = [_threshold(part) for part in telling]
    return _spread(best.tool, text) if best.evidence >= min(thresholds, default=PLAIN) else []


def _split(text: str, listed: tuple[int, int]) -> list[str]:
    """The parts of a text; a list of values, from and to the given places, stays in one."""
    begin, end = listed
    breaks = [found for found in _PARTS.finditer(text) if not begin < found.start() < end]
    begins = [0, *(found.end() for found in breaks)]
    ends = [*(found.start() for found in breaks), len(text)]
    return [text[one:other] for one, other in zip(begins, ends, strict=True)]


def choose_tool(text: str, tools: Sequence[ToolWords]) -> Tool:
    """The tool that serves a text best, however little."""
    return compare(text, tools)[0].tool


def _telling(parts: Sequence[str], found: Sequence[tuple[str, Likeness]], best: Likeness) -> list[str]:
    """The parts of a text that speak for a tool."""
    for_it = [(part, each.evidence) for part, each in found if each.tool is best.tool]
    return [part for part, evidence in for_it if evidence >= PLAIN / 2] or list(parts)


def _threshold(part: str) -> float:
    return PLAIN_IN_TALK if is_answered_in_words(part) else PLAIN


def _texts_of(name: str, found: Sequence[tuple[str, Likeness]], plain: Sequence[tuple[str, Likeness]]) -> str:
    """The parts that belong to a tool: where it is plain, and what follows without a tool of its own."""
    plain_parts = {part: best.tool.name for part, best in plain}
    texts, current = [], ""
    for part, _ in found:
        current = plain_parts.get(part, current)
        if current == name:
            texts.append(part)
    return " and ".join(texts)


def _must_wait(text: str, part: str) -> bool:
    """Whether a part of a text speaks of what comes before it, or stands after `then`."""
    before = text[: text.find(part)].rstrip().lower()
    return before.endswith(("then", "dann", "puis", "luego", "poi")) or _WAITING.search(part) is not None


def _spread(tool: Tool, text: str, *, is_waiting: bool = False) -> list[Wish]:
    """One call, or one for each value of a list."""
    found = find_list(text, tool)
    if found is None:
        return [Wish(tool, is_waiting=is_waiting)]
    parameter, values = found
    return [Wish(tool, parameter, value, is_waiting) for value in values]
