"""Has the model write what a reply leaves out: a text of some form, or the arguments of a call."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from fake_llm_server._controls.narrowing import join_schemas, narrow
from fake_llm_server._controls.reply import Reply, ScriptedCall
from fake_llm_server._controls.request_check import list_argument_faults, list_format_faults
from fake_llm_server._controls.schemas import find_answer_schema, find_parameters
from fake_llm_server._controls.wanted_text import LikeText, SchemaText, WantedText
from fake_llm_server._errors import ConstraintError, ScriptError
from fake_llm_server._seam import (
    AnswerFormat,
    Answers,
    Backend,
    Call,
    CallDelta,
    Finished,
    GenerationEvent,
    GenerationRequest,
    JsonSchemaFormat,
    TextPattern,
    Tool,
    ToolUse,
    Usage,
)


@dataclass(slots=True)
class Filled:
    """What the model wrote of a reply.

    Attributes:
        is_cut: whether it came to a limit before its end.
    """

    is_cut: bool = False
    usages: list[Usage] = field(default_factory=list)

    def add_to(self, usage: Usage) -> Usage:
        """The counts of a reply with what the model wrote of it."""
        if not self.usages:
            return usage
        written = sum(each.completion_tokens for each in self.usages)
        return replace(
            usage,
            prompt_tokens=self.usages[0].prompt_tokens,
            cached_tokens=self.usages[0].cached_tokens,
            completion_tokens=usage.completion_tokens + written,
        )


async def fill_text(wanted: WantedText, call: Call, below: Backend) -> AsyncGenerator[GenerationEvent, None]:
    """The model's answer in the form that a reply wants.

    Where the request asks for a form of its own, the answer is held back until it is known to have both.

    Raises:
        ScriptError: no text has both, or the model's hasn't.
    """
    request = call.request
    asked = call.asking(replace(request, answer_format=_find_form(wanted, request), tool_use=ToolUse()))
    try:
        async with aclosing(below.generate(asked)) as events:
            if request.answer_format is None and not request.stop:
                async for event in events:
                    yield event
                return
            held = [event async for event in events]
    except ConstraintError as error:
        raise ScriptError(
            f"The model can't write a text that the reply and the request want: {error}"
        ) from error
    _check_texts(held, wanted, request)
    for event in held:
        yield event


def _find_form(wanted: WantedText, request: GenerationRequest) -> AnswerFormat:
    if isinstance(wanted, LikeText):
        return TextPattern(wanted.pattern)
    asked = request.answer_format
    named = asked if isinstance(asked, JsonSchemaFormat) else JsonSchemaFormat("answer")
    schema = True if asked is None else find_answer_schema(asked)
    if isinstance(wanted, SchemaText):
        return replace(named, schema=join_schemas(schema, wanted.schema))
    return replace(named, schema=narrow(schema, wanted.value))


def _check_texts(events: Sequence[GenerationEvent], wanted: WantedText, request: GenerationRequest) -> None:
    answers = Answers()
    for event in events:
        answers.add(event)
    for answer in answers.by_choice.values():
        if answer.finish_reason != "stop":
            continue
        faults = [*list_format_faults(answer.text, request.answer_format)]
        if isinstance(wanted, LikeText):
            faults += list_format_faults(answer.text, TextPattern(wanted.pattern))
        if faults:
            raise ScriptError(
                "\n- ".join(["What the model wrote doesn't suit both the reply and the request:", *faults])
            )


async def fill_gaps(choice: Reply, call: Call, below: Backend, filled: Filled) -> Reply:
    """A choice whose calls are written out, where they were partly written.

    Raises:
        ScriptError: what is written and a tool's parameters exclude each other.
    """
    if all(scripted.partial is None for scripted in choice.tool_calls):
        return choice
    calls = [
        scripted if scripted.partial is None else await _fill_call(scripted, call, below, filled)
        for scripted in choice.tool_calls
    ]
    return replace(choice, tool_calls=tuple(calls))


async def _fill_call(scripted: ScriptedCall, call: Call, below: Backend, filled: Filled) -> ScriptedCall:
    begun = CallDelta(0, 0, "function", "")
    try:
        async with aclosing(fill_arguments(scripted, begun, call, below, filled)) as deltas:
            text = "".join([delta.arguments async for delta in deltas])
    except ConstraintError as error:
        raise ScriptError(
            f"No arguments of {scripted.name!r} have what the reply writes of them: {error}"
        ) from error
    whole = replace(scripted, arguments=text, partial=None)
    tool = next(tool for tool in call.request.tools if tool.name == scripted.name)
    faults = [] if filled.is_cut else list_argument_faults(whole, tool)
    if faults:
        raise ScriptError("\n- ".join(["What the model filled in doesn't suit the request:", *faults]))
    return whole


async def fill_arguments(
    scripted: ScriptedCall, begun: CallDelta, call: Call, below: Backend, filled: Filled
) -> AsyncGenerator[CallDelta, None]:
    """The arguments of a call, which the model writes; what of them is written stands in its schema.

    Args:
        scripted: the call.
        begun: what every delta of it has.
        call: what is answered.
        below: the model.
        filled: takes what is to be known of it afterwards.
    """
    demanded = ToolUse("required", named=scripted.name, is_parallel=False)
    tools = tuple(_narrow_tool(tool, scripted) for tool in call.request.tools)
    request = replace(call.request, tools=tools, tool_use=demanded, num_choices=1, answer_format=None)
    async with aclosing(below.generate(call.asking(request))) as events:
        async for event in events:
            match event:
                case CallDelta(index=0):
                    yield replace(begun, arguments=event.arguments, logprobs=event.logprobs)
                case Finished(reason="length"):
                    filled.is_cut = True
                case Usage():
                    filled.usages.append(event)


def _narrow_tool(tool: Tool, scripted: ScriptedCall) -> Tool:
    """The tool with what is written of its call; the others as they are."""
    if tool.name != scripted.name or scripted.partial is None:
        return tool
    return replace(tool, parameters=narrow(find_parameters(tool), scripted.partial))
