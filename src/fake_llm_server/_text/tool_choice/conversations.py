"""What a conversation has come to: what was asked last, and which calls were answered since then."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from fake_llm_server._seam import ToolCall, Turn

MAX_CHARACTERS = 3_000
"""Of what was asked. Of a longer text the beginning and the end are read."""

_ELEMENT = re.compile(r"<([\w.:-]+)(?:\s[^<>]*)?>")
"""The tag that an element of XML begins with."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """Where a conversation stands.

    Attributes:
        asked: the last user turn, with those right before it; of several, those in the user's own words.
        offered: what the assistant said right before that.
        answered: the calls made since then.
        earlier: names of the tools called before that, the last one first.
    """

    asked: str
    offered: str
    answered: tuple[ToolCall, ...]
    earlier: tuple[str, ...]


def read_conversation(turns: Sequence[Turn]) -> Conversation:
    """Read where a conversation stands; one without a user turn is asked by its last text."""
    last = max((number for number, turn in enumerate(turns) if turn.role == "user"), default=None)
    if last is None:
        texts = [turn.text for turn in turns if turn.role in ("system", "developer")]
        return Conversation(_shorten("\n".join(texts[-1:])), "", _calls(turns), ())
    first = last
    while first > 0 and turns[first - 1].role == "user":
        first -= 1
    said = turns[first - 1].text if first and turns[first - 1].role == "assistant" else ""
    earlier = tuple(call.name for call in reversed(_calls(turns[:first])))
    asked = _join_own_words([turn.text for turn in turns[first : last + 1]])
    return Conversation(_shorten(asked), said[-MAX_CHARACTERS:], _calls(turns[last + 1 :]), earlier)


def _join_own_words(texts: Sequence[str]) -> str:
    """The texts that aren't one element of XML, if there are any; else all.

    Agents tell in such elements what the user didn't write: Codex's `<environment_context>`.
    """
    own = [text for text in texts if not _is_element(text.strip())]
    return "\n".join(own or texts)


def _is_element(text: str) -> bool:
    tag = _ELEMENT.match(text)
    if tag is None:
        return False
    end = f"</{tag[1]}>"
    return text.endswith(end) and text.count(end) == 1


def _calls(turns: Sequence[Turn]) -> tuple[ToolCall, ...]:
    return tuple(call for turn in turns for call in turn.calls)


def _shorten(text: str) -> str:
    if len(text) <= MAX_CHARACTERS:
        return text
    return f"{text[: MAX_CHARACTERS // 2]}\n{text[-MAX_CHARACTERS // 2 :]}"


def has_argument(call: ToolCall, value: object) -> bool:
    """Whether a call has a value, or a text that begins with it, among its arguments."""
    try:
        arguments = json.loads(call.arguments or "{}")
    except ValueError:
        return str(value) in call.arguments
    values = arguments.values() if isinstance(arguments, dict) else ()
    return any(value == given or str(given).lower().startswith(str(value).lower()) for given in values)
