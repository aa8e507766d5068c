"""The calls of an answer, decided from the request.

| tool use | calls |
| --- | --- |
| named | that tool, once |
| `auto` | those that the last user turn plainly asks for and that weren't answered since; or none: text |
| `required` | the same; where there are none, the tool that serves best of those that weren't called yet |

A call that needs the result of another one waits for it. Without parallel calls there is one at a time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from fake_llm_server._seam import GenerationRequest, Tool, ToolCall
from fake_llm_server._text.prompt import offered_tools
from fake_llm_server._text.tool_choice.conversations import Conversation, has_argument, read_conversation
from fake_llm_server._text.tool_choice.small_talk import is_consent, is_continued, is_greeting
from fake_llm_server._text.tool_choice.tool_words import ToolWords, read_tool
from fake_llm_server._text.tool_choice.wishes import Wish, choose_tool, find_wishes
from fake_llm_server._text.tool_choice.words import WORDS, plain_words

MAX_TOOLS = 256
"""That are compared. Of more, the first ones are."""

_FINAL = frozenset(WORDS["final"].split())
"""Words in the name of a tool that ends the turn."""


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


def plan_tools(request: GenerationRequest) -> tuple[Tool, ...]:
    """The tools of the calls that are planned, each with the parameters of its very call."""
    return tuple(_fix_value(wish) for wish in plan_calls(request))


def _fix_value(wish: Wish) -> Tool:
    """The tool of a wish; where it has a value of its own, its parameter takes no other."""
    schema = wish.tool.parameters
    if wish.parameter is None or not isinstance(schema, Mapping):
        return wish.tool
    properties = {**schema["properties"], wish.parameter: {"const": wish.value}}
    return replace(wish.tool, parameters={**schema, "properties": properties})


def _find_wishes(conversation: Conversation, tools: Sequence[ToolWords]) -> list[Wish]:
    """What the last user turn asks for, with what it goes on from."""
    asked = conversation.asked
    wishes = find_wishes(asked, tools)
    if wishes:
        return wishes
    if is_greeting(asked):
        is_taken = conversation.offered.rstrip().endswith("?") and is_consent(asked)
        return find_wishes(conversation.offered, tools) if is_taken else []
    names = {tool.tool.name: tool.tool for tool in tools}
    again = next((names[name] for name in conversation.earlier if name in names), None)
    return [Wish(again)] if again is not None and is_continued(asked) else []


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
