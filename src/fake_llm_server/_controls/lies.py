"""Answers that are wrong on purpose, as small models and careless proxies write them."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from typing import Literal, get_args

from fake_llm_server._errors import ConfigurationError
from fake_llm_server._seam import (
    CallDelta,
    CallEnded,
    CallStarted,
    Finished,
    GenerationEvent,
    RefusalDelta,
    TextDelta,
)

Lie = Literal["json", "arguments", "name", "empty"]
"""`json`: the text's and the arguments' last character is missing. `arguments`: they are
`{"not_in_the_schema": true}`. `name`: of a tool that isn't offered. `empty`: there is no text and no call."""

LIES = get_args(Lie)
WRONG_ARGUMENTS = '{"not_in_the_schema": true}'

Events = AsyncGenerator[GenerationEvent, None]


def check_lie(lie: str) -> None:
    """Refuse what isn't a lie.

    Raises:
        ConfigurationError: it is none.
    """
    if lie not in LIES:
        raise ConfigurationError(f"What can be wrong is one of {', '.join(LIES)}; it was {lie!r}.")


def tell_lie(lie: Lie, events: Events) -> Events:
    """The events of an answer with something wrong in them."""
    return _LIARS[lie](events)


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
                        yield _shorten(held.pop(place))
            yield event


def _shorten(delta: TextDelta | CallDelta) -> TextDelta | CallDelta:
    if isinstance(delta, TextDelta):
        return replace(delta, text=delta.text[:-1])
    return replace(delta, arguments=delta.arguments[:-1])


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


async def _say_nothing(events: Events) -> Events:
    async with aclosing(events):
        async for event in events:
            if isinstance(event, TextDelta | RefusalDelta | CallStarted | CallDelta | CallEnded):
                continue
            yield replace(event, reason="stop") if isinstance(event, Finished) else event


_LIARS: dict[Lie, Callable[[Events], Events]] = {
    "json": _lose_ends,
    "arguments": _replace_arguments,
    "name": _replace_names,
    "empty": _say_nothing,
}
