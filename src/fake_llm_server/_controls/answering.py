"""Turns a reply into the events of an answer; what the reply leaves out comes from the backend below."""

from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import replace

from fake_llm_server._controls.faults import NO_FAULTS
from fake_llm_server._controls.filling import Filled, fill_arguments, fill_gaps, fill_text
from fake_llm_server._controls.item_parts import read_item_calls, read_item_texts
from fake_llm_server._controls.reply import Reply
from fake_llm_server._controls.scripted_logprobs import attach_logprobs, find_logprobs
from fake_llm_server._controls.token_counts import TokenCounts
from fake_llm_server._controls.words import split_words
from fake_llm_server._errors import ScriptError
from fake_llm_server._seam import (
    Backend,
    Begun,
    Call,
    CallDelta,
    CallEnded,
    CallKind,
    CallStarted,
    Finished,
    FinishReason,
    GenerationEvent,
    ItemGiven,
    ReasoningDelta,
    RefusalDelta,
    TokenLogprob,
    Usage,
)

FINGERPRINT = "fp_scripted"
"""What answers where no model does."""

_ARGUMENT_PIECE = 12
"""Characters of arguments in one event."""


def answer_as_written(
    reply: Reply, call: Call, below: Backend, counts: TokenCounts
) -> AsyncGenerator[GenerationEvent, None]:
    """The events of a reply to a call.

    Args:
        reply: a reply that suits the call; no error, and made by no function.
        call: what is answered.
        below: writes what the reply leaves out.
        counts: tokens.

    Raises:
        ScriptError: the text is longer than the request's limit.
    """
    if reply.rules is not None:
        call = replace(call, rules=reply.rules)
    return _overlay(reply, call, below) if reply.is_open else _write(reply, call, below, counts)


async def _overlay(reply: Reply, call: Call, below: Backend) -> AsyncGenerator[GenerationEvent, None]:
    """The model's answer, with those parts replaced that the reply has."""
    answering = below.generate(call) if reply.wanted is None else fill_text(reply.wanted, call, below)
    async with aclosing(answering) as events:
        async for event in events:
            match event:
                case Begun():
                    yield replace(event, fields=reply.fields)
                    for choice in range(call.request.num_choices):
                        for piece in split_words(reply.reasoning or ""):
                            yield ReasoningDelta(choice, piece)
                case ReasoningDelta() if reply.reasoning is not None:
                    continue
                case Finished():
                    yield replace(event, reason=reply.finish_reason or event.reason)
                case Usage():
                    yield reply.usage or event
                case _:
                    yield event


async def _write(
    reply: Reply, call: Call, below: Backend, counts: TokenCounts
) -> AsyncGenerator[GenerationEvent, None]:
    """The reply's own parts; only arguments that it leaves out come from below."""
    choices = reply.choices or (reply,) * call.request.num_choices
    usage = reply.usage or await _count(choices, call, counts)
    logprobs = [
        await find_logprobs(choice.text or "", choice.logprobs, call.request, counts) for choice in choices
    ]
    filled = [Filled() for _ in choices]
    choices = tuple(
        [await fill_gaps(choice, call, below, own) for choice, own in zip(choices, filled, strict=True)]
    )
    yield Begun(FINGERPRINT, fields=reply.fields)
    split = _keep_whole if reply.faults == NO_FAULTS and _is_seen_whole(call) else split_words
    for number, choice in enumerate(choices):
        for event in _write_texts(number, choice, logprobs[number], split):
            yield event
        reason: FinishReason = choice.finish_reason or ("tool_calls" if choice.tool_calls else "stop")
        for index, scripted in enumerate(choice.tool_calls):
            kind = _find_kind(call, scripted.name)
            yield CallStarted(number, index, kind, scripted.name, scripted.call_id)
            begun = CallDelta(number, index, kind, "")
            if scripted.arguments is not None:
                for piece in _split_evenly(scripted.arguments):
                    yield replace(begun, arguments=piece)
            else:
                async with aclosing(fill_arguments(scripted, begun, call, below, filled[number])) as deltas:
                    async for delta in deltas:
                        yield delta
            yield CallEnded(number, index)
        yield Finished(number, "length" if filled[number].is_cut else reason)
    for own in filled if reply.usage is None else ():
        usage = own.add_to(usage)
    yield usage


def _write_texts(
    number: int, choice: Reply, logprobs: Sequence[TokenLogprob], split: Callable[[str], list[str]]
) -> Iterator[GenerationEvent]:
    for piece in split(choice.reasoning or ""):
        yield ReasoningDelta(number, piece)
    for item in choice.items:
        yield ItemGiven(number, item)
    for piece in split(choice.refusal or ""):
        yield RefusalDelta(number, piece)
    pieces = choice.chunks if choice.chunks is not None else split(choice.text or "")
    yield from attach_logprobs(number, pieces, logprobs)


async def _count(choices: Sequence[Reply], call: Call, counts: TokenCounts) -> Usage:
    thoughts = await counts.count_texts(choice.reasoning or "" for choice in choices)
    spoken = [await counts.count_texts(_list_spoken(choice)) for choice in choices]
    limit = call.request.max_tokens
    if counts.is_exact and limit is not None:
        for choice, num_tokens in zip(choices, spoken, strict=True):
            if num_tokens > limit and choice.finish_reason != "length":
                raise ScriptError(
                    f"the reply has {num_tokens} tokens, but the request allows {limit}: shorten it, or end "
                    "it with finish_reason='length'."
                )
    return Usage(
        prompt_tokens=await counts.count_prompt(call),
        completion_tokens=thoughts + sum(spoken),
        reasoning_tokens=thoughts,
    )


def _list_spoken(choice: Reply) -> list[str]:
    """What a model would have written; the results of hosted tools aren't."""
    calls = [f"{call.name}{call.arguments}" for call in choice.tool_calls if call.arguments is not None]
    calls += [f"{call.name}{call.arguments}" for call in read_item_calls(choice.items)]
    texts = (choice.text, choice.refusal, *read_item_texts(choice.items), *calls)
    return [text for text in texts if text]


def _find_kind(call: Call, name: str) -> CallKind:
    return next((tool.kind for tool in call.request.tools if tool.name == name), "function")


def _is_seen_whole(call: Call) -> bool:
    """Whether nobody sees the pieces of an answer; the events of a response may be asked for later."""
    return not call.is_streamed and call.operation == "createChatCompletion"


def _keep_whole(text: str) -> list[str]:
    return [text] if text else []


def _split_evenly(arguments: str) -> list[str]:
    return [arguments[start : start + _ARGUMENT_PIECE] for start in range(0, len(arguments), _ARGUMENT_PIECE)]
