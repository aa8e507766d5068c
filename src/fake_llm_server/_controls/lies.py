"""Answers that are wrong on purpose, as small models and careless servers write them."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import Literal, get_args

from fake_llm_server._controls.broken_schemas import break_schemas
from fake_llm_server._errors import ConfigurationError
from fake_llm_server._seam import (
    CallDelta,
    CallEnded,
    CallStarted,
    Finished,
    FinishReason,
    GenerationEvent,
    GenerationRequest,
    ItemGiven,
    RefusalDelta,
    TextDelta,
    Usage,
)

Lie = Literal["json", "arguments", "schema", "name", "id", "empty", "refusal", "length", "content_filter"]
"""`json`: the text's and the arguments' last character is missing. `arguments`: they are
`{"not_in_the_schema": true}`. `schema`: JSON that the request's schema doesn't allow. `name`: of a tool that
isn't offered. `id`: a call's isn't the one announced, or is empty (this lie is told where ids are: in the
bytes). `empty`: there is no text and no call. `refusal`: nothing but one. `length`, `content_filter`: the
answer stops in the middle, for that reason."""

LIES = get_args(Lie)
WRONG_ARGUMENTS = '{"not_in_the_schema": true}'
REFUSAL = "I'm sorry, but I can't assist with that request."

Events = AsyncGenerator[GenerationEvent, None]


def check_lie(lie: str) -> None:
    """Refuse what isn't a lie.

    Raises:
        ConfigurationError: it is none.
    """
    if lie not in LIES:
        raise ConfigurationError(f"What can be wrong is one of {', '.join(LIES)}; it was {lie!r}.")


def tell_lie(lie: Lie, request: GenerationRequest, events: Events) -> Events:
    """The events of an answer to a request with something wrong in them, where the lie finds a place."""
    if lie == "schema":
        return break_schemas(request, events)
    return _LIARS[lie](events) if lie in _LIARS else events


async def _lose_ends(events: Events) -> Events:
    """Hold back the last piece of each text and call, and give it out without its last character."""
    held: dict[tuple[int, int], TextDelta | CallDelta] = {}
    async with aclosing(events):
        async for event in events:
            match event:
                case TextDelta() | CallDelta():
                    place = (event.choice, event.index if isinstance(event, CallDelta) else -1)
                    before = held.pop(place, None)
                    if before is not None:
                        yield before
                    held[place] = event
                    continue
                case CallStarted() | CallEnded() | Finished():
                    for place in [place for place in held if place[0] == event.choice]:
                        yield _shorten(held.pop(place), -1)
            yield event


def _shorten(delta: TextDelta | RefusalDelta | CallDelta, end: int) -> TextDelta | RefusalDelta | CallDelta:
    if isinstance(delta, CallDelta):
        return replace(delta, arguments=delta.arguments[:end], logprobs=())
    if isinstance(delta, TextDelta):
        return replace(delta, text=delta.text[:end], logprobs=())
    return replace(delta, text=delta.text[:end])


async def _replace_arguments(events: Events) -> Events:
    async with aclosing(events):
        async for event in events:
            if isinstance(event, CallDelta):
                continue
            yield event
            if isinstance(event, CallStarted):
                yield CallDelta(event.choice, event.index, event.kind, WRONG_ARGUMENTS)


async def _replace_names(events: Events) -> Events:
    async with aclosing(events):
        async for event in events:
            yield replace(event, name=f"not_{event.name}") if isinstance(event, CallStarted) else event


async def _say_nothing(events: Events, *, refusal: str = "") -> Events:
    """Leave texts and calls out; a refusal may stand in their place."""
    async with aclosing(events):
        async for event in events:
            if isinstance(event, TextDelta | RefusalDelta | ItemGiven | CallStarted | CallDelta | CallEnded):
                continue
            if isinstance(event, Finished):
                if refusal:
                    yield RefusalDelta(event.choice, refusal)
                yield replace(event, reason="stop")
            else:
                yield event


async def _stop_in_the_middle(events: Events, *, reason: FinishReason) -> Events:
    """Let half of each choice's characters pass, and end it for a reason; half of the tokens are counted."""
    held: dict[int, list[GenerationEvent]] = {}
    async with aclosing(events):
        async for event in events:
            match event:
                case TextDelta() | RefusalDelta() | ItemGiven() | CallStarted() | CallDelta() | CallEnded():
                    held.setdefault(event.choice, []).append(event)
                case Finished():
                    for kept in _halve(held.pop(event.choice, [])):
                        yield kept
                    yield replace(event, reason=reason)
                case Usage(completion_tokens=written, reasoning_tokens=thought):
                    yield replace(event, completion_tokens=thought + (written - thought + 1) // 2)
                case _:
                    yield event


def _halve(events: list[GenerationEvent]) -> list[GenerationEvent]:
    left = sum(map(_count_characters, events)) // 2
    kept: list[GenerationEvent] = []
    for event in events:
        if isinstance(event, TextDelta | RefusalDelta | CallDelta):
            length = _count_characters(event)
            kept.append(event if length <= left else _shorten(event, left))
            left -= length
            if left <= 0:
                break
        else:
            kept.append(event)
    return kept


def _count_characters(event: GenerationEvent) -> int:
    match event:
        case TextDelta(text=text) | RefusalDelta(text=text):
            return len(text)
        case CallDelta(arguments=arguments):
            return len(arguments)
    return 0


_LIARS: dict[Lie, Callable[[Events], Events]] = {
    "json": _lose_ends,
    "arguments": _replace_arguments,
    "name": _replace_names,
    "empty": _say_nothing,
    "refusal": partial(_say_nothing, refusal=REFUSAL),
    "length": partial(_stop_in_the_middle, reason="length"),
    "content_filter": partial(_stop_in_the_middle, reason="content_filter"),
}
