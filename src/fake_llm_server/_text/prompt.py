"""Writes the prompt for a conversation: turns and tools, through whatever the model's template knows.

The template gets everything it knows in its own terms. The rest is put in words it can show:

| the template doesn't know | instead |
| --- | --- |
| the `developer` role | a `system` message |
| system messages, at the start or later | their text opens the next user message |
| tools | a description in the system message |
| calls and their results | the call as text, the result as a user message in `<tool_response>` marks |
| several calls in one message | a message for each, with its result after it |
| text beside a call | a message before it |
| a conversation without a user message | the system message's text as one |
| two messages of one role in a row | one message of both |
| names of participants | `name: ` before the text |

A template may still refuse what it seemed to know, such as calls whose ids aren't of its author's form.
Then calls and results are put in words, and if that isn't enough tools too; only then is it an error.
"""

import json
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from fake_llm_server._seam import GenerationRequest, Tool, ToolCall, Turn
from fake_llm_server._text.chat_template import ChatTemplate, TemplateError
from fake_llm_server._text.tool_format import ToolCallFormat, describe_tools, find_format, template_tool

Message = dict[str, Any]


NO_THOUGHT_EFFORTS = frozenset({"none", "minimal"})
"""Reasoning efforts that switch thinking off; every other one switches it on."""


def is_to_think(template: ChatTemplate, request: GenerationRequest) -> bool:
    """Whether the model, if it thinks at all, is to think about `request`."""
    return template.thinking_variable is not None and request.reasoning_effort not in NO_THOUGHT_EFFORTS


def write_prompt(template: ChatTemplate, request: GenerationRequest) -> str:
    """Write the prompt whose continuation is the assistant's answer to `request`.

    Raises:
        TemplateError: the template refuses the conversation.
    """
    ways = [(template.knows_tool_calls, template.knows_tools), (False, template.knows_tools), (False, False)]
    refusals: list[TemplateError] = []
    for knows_calls, knows_tools in dict.fromkeys(ways):
        try:
            return _write_in_one_way(template, request, knows_calls=knows_calls, knows_tools=knows_tools)
        except TemplateError as error:
            refusals.append(error)
    raise refusals[0]


def _write_in_one_way(
    template: ChatTemplate, request: GenerationRequest, *, knows_calls: bool, knows_tools: bool
) -> str:
    call_format = find_format(template.source)
    tools = offered_tools(request)
    templated = [tool for tool in tools if tool.kind == "function" and knows_tools]
    described = [tool for tool in tools if tool not in templated]
    turns = _part_calls(request.turns, template) if knows_calls else request.turns
    messages = [_write_turn(turn, call_format, knows_calls=knows_calls) for turn in turns]
    if described:
        messages.insert(0, {"role": "system", "content": describe_tools(described, call_format)})
    messages = _fit_system_messages(messages, template)
    if not template.knows_repeated_roles:
        messages = _merge_repeated_roles(messages)
    thinking_variable = template.thinking_variable
    return template.render(
        messages,
        tools=[template_tool(tool) for tool in templated],
        variables={thinking_variable: is_to_think(template, request)} if thinking_variable else None,
    )


def offered_tools(request: GenerationRequest) -> tuple[Tool, ...]:
    """The tools that the model may call in its answer to `request`."""
    use = request.tool_use
    if use.mode == "none":
        return ()
    names = {use.named} if use.named is not None else use.allowed
    return tuple(tool for tool in request.tools if names is None or tool.name in names)


def _part_calls(turns: Sequence[Turn], template: ChatTemplate) -> tuple[Turn, ...]:
    """Give messages of their own to calls, and to text beside them, where the template loses some of it."""
    parted: list[Turn] = []
    waiting = deque(turns)
    while waiting:
        turn = waiting.popleft()
        if turn.calls and turn.text and not template.knows_text_beside_calls:
            parted.append(replace(turn, calls=()))
            turn = replace(turn, text="", reasoning=None)
        if len(turn.calls) <= 1 or template.knows_parallel_calls:
            parted.append(turn)
            continue
        results = []
        while waiting and waiting[0].role == "tool":
            results.append(waiting.popleft())
        parted += _pair_calls(turn, results)
    return tuple(parted)


def _pair_calls(turn: Turn, results: Sequence[Turn]) -> Iterator[Turn]:
    """Each call of a turn, with its result right after it."""
    for number, call in enumerate(turn.calls):
        first = replace(turn, calls=(call,))
        yield replace(first, text="", reasoning=None) if number else first
        yield from (result for result in results if result.call_id == call.call_id)
    known = {call.call_id for call in turn.calls}
    yield from (result for result in results if result.call_id not in known)


def _write_turn(turn: Turn, call_format: ToolCallFormat, *, knows_calls: bool) -> Message:
    """A turn as the template's message."""
    if turn.role == "tool" and not knows_calls:
        return {"role": "user", "content": f"<tool_response>\n{turn.text}\n</tool_response>"}
    if turn.role == "tool":
        return {"role": "tool", "content": turn.text, "tool_call_id": turn.call_id, "name": turn.name or ""}
    role = "system" if turn.role == "developer" else turn.role
    message: Message = {"role": role, "content": f"{turn.name}: {turn.text}" if turn.name else turn.text}
    if turn.reasoning:
        message["reasoning_content"] = turn.reasoning
    functions_only = all(call.kind == "function" for call in turn.calls)
    if turn.calls and knows_calls and functions_only:
        message["tool_calls"] = [_template_call(call) for call in turn.calls]
    elif turn.calls:
        written = [call_format.write_call(call) for call in turn.calls]
        message["content"] = "\n".join(filter(None, [message["content"], *written]))
    return message


def _template_call(call: ToolCall) -> Message:
    """A call as templates read it: with its arguments parsed, where they are an object."""
    try:
        arguments = json.loads(call.arguments or "{}")
    except ValueError:
        arguments = call.arguments
    return {"type": "function", "id": call.call_id, "function": {"name": call.name, "arguments": arguments}}


def _fit_system_messages(messages: Sequence[Message], template: ChatTemplate) -> list[Message]:
    """Gather the leading system messages into one, and move those that the template can't show."""
    num_leading = 0
    while num_leading < len(messages) and messages[num_leading]["role"] == "system":
        num_leading += 1
    fitted: list[Message] = []
    homeless = [message["content"] for message in messages[:num_leading]]
    is_shown = template.knows_system and not (template.needs_user and not _has_user(messages))
    if homeless and is_shown:
        fitted.append({"role": "system", "content": _join(homeless)})
        homeless = []
    for message in messages[num_leading:]:
        if message["role"] == "system" and not template.knows_late_system:
            homeless.append(message["content"])
        elif homeless and message["role"] == "user":
            fitted.append({**message, "content": _join([*homeless, message["content"]])})
            homeless = []
        else:
            fitted.append(message)
    if homeless:
        fitted.append({"role": "user", "content": _join(homeless)})
    return fitted


def _has_user(messages: Iterable[Message]) -> bool:
    return any(message["role"] == "user" for message in messages)


def _merge_repeated_roles(messages: Iterable[Message]) -> list[Message]:
    """Join neighbours of one role, which some templates forbid."""
    groups: list[list[Message]] = []
    for message in messages:
        if groups and groups[-1][0]["role"] == message["role"] and "tool_calls" not in message:
            groups[-1].append(message)
        else:
            groups.append([message])
    return [
        group[0] if len(group) == 1 else {**group[0], "content": _join(each["content"] for each in group)}
        for group in groups
    ]


def _join(texts: Iterable[str]) -> str:
    return "\n\n".join(text for text in texts if text)
