"""The calls of an answer, decided from the request.

| tool use | calls |
| --- | --- |
| named | that tool, once |
| `auto` | those that the last user turn plainly asks for and that weren't answered since; or none: text |
| `required` | the same; where there are none, the tool that serves best of those that weren't called yet |

A call that needs the result of another one waits for it. Without parallel calls there is one at a time.
"""

import re
from collections.abc import Sequence

from fake_llm_server._seam import GenerationRequest, Tool, ToolCall
from fake_llm_server._text.prompt import offered_tools
from fake_llm_server._text.tool_choice.conversations import Conversation, has_argument, read_conversation
from fake_llm_server._text.tool_choice.small_talk import is_greeting, is_statement, wants_words
from fake_llm_server._text.tool_choice.tool_words import ToolWords, read_tool
from fake_llm_server._text.tool_choice.wishes import Wish, choose_tool, find_wishes
from fake_llm_server._text.tool_choice.words import plain_words

MAX_TOOLS = 256
"""That are compared. Of more, the first ones are."""

_MORE = re.compile(
    r"^(?:and|or|what about|how about|same for|now|und|et|y|e|oder|was ist mit|wie ist es|wie sieht es|et pour|qu'en est-il)\b",
    re.I,
)
_MAX_MORE_WORDS = 8
_FINAL = frozenset("final finish finished answer respond response submit output done complete result".split())


def plan_calls(request: GenerationRequest) -> tuple[Wish, ...]:
    """The calls that the answer to `request` makes, in their order; none means text."""
    offered = offered_tools(request)[:MAX_TOOLS]
    if not offered:
        return ()
    if request.tool_use.named is not None:
        return (Wish(offered[0]),)
    tools = [read_tool(tool) for tool in offered]
    conversation = read_conversation(request.turns)
    wishes = _take_ready(_without_answered(_find_wishes(conversation, tools), conversation.answered))
    if not wishes and request.tool_use.mode == "required":
        wishes = [Wish(_choose_required(conversation, tools))]
    return tuple(wishes if request.tool_use.is_parallel else wishes[:1])


def _find_wishes(conversation: Conversation, tools: Sequence[ToolWords]) -> list[Wish]:
    """What the last user turn asks for, with what it goes on from."""
    asked = conversation.asked
    wishes = find_wishes(asked, tools)
    if wishes:
        return wishes
    if is_greeting(asked):
        is_consent = conversation.offered.rstrip().endswith("?") and _is_consent(asked)
        return find_wishes(conversation.offered, tools) if is_consent else []
    is_more = _MORE.match(asked.strip()) is not None and len(plain_words(asked)) <= _MAX_MORE_WORDS
    if is_more and not wants_words(asked) and not is_statement(asked):
        names = {tool.tool.name: tool.tool for tool in tools}
        again = next((names[name] for name in conversation.earlier if name in names), None)
        return [Wish(again)] if again is not None else []
    return []


def _is_consent(text: str) -> bool:
    words = plain_words(text)
    return bool(words) and words[0] in {"yes", "yeah", "yep", "sure", "ok", "okay", "please", "ja", "oui", "si"}


def _without_answered(wishes: Sequence[Wish], answered: Sequence[ToolCall]) -> list[Wish]:
    """The wishes that no call has answered; each call answers one."""
    left = list(wishes)
    for call in answered:
        alike = [wish for wish in left if wish.tool.name == call.name]
        fitting = [wish for wish in alike if wish.parameter and has_argument(call, wish.value)]
        for wish in (fitting or alike)[:1]:
            left.remove(wish)
    return left


def _take_ready(wishes: Sequence[Wish]) -> list[Wish]:
    """The wishes up to one that waits for those before it."""
    ready: list[Wish] = []
    for wish in wishes:
        if ready and wish.is_waiting and wish.tool != ready[-1].tool:
            break
        ready.append(wish)
    return ready


def _choose_required(conversation: Conversation, tools: Sequence[ToolWords]) -> Tool:
    """The tool that is called although none is asked for: a new one, and best one that ends the turn."""
    called = {call.name for call in conversation.answered}
    new = [tool for tool in tools if tool.tool.name not in called] or list(tools)
    final = [tool for tool in new if not _FINAL.isdisjoint(plain_words(tool.tool.name))]
    return choose_tool(conversation.asked, final or new)
