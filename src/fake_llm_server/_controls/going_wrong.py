"""Has an answer go wrong as its events pass by: lies, waits, and breaks after a number of pieces.

What goes wrong with its bytes is a matter of `wire_actor`.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace

from fake_llm_server._controls.chance import draw
from fake_llm_server._controls.faults import Faults, Pace
from fake_llm_server._controls.lies import tell_lie
from fake_llm_server._controls.received_call import ReceivedCall
from fake_llm_server._controls.wire import WIRE, Armed, note, note_break
from fake_llm_server._errors import GenerationError, ScriptError
from fake_llm_server._seam import (
    Begun,
    CallDelta,
    GenerationEvent,
    ItemGiven,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
)

_PIECES = (TextDelta, ReasoningDelta, RefusalDelta, CallDelta, ItemGiven)
"""What one event of a stream brings of the answer."""


async def begin_wrong(
    faults: Faults, received: ReceivedCall, report: Callable[[ScriptError], None], *, is_error: bool
) -> None:
    """What goes wrong before an answer begins.

    Args:
        faults: of the reply.
        received: what it answers.
        report: tells the test of a fault that had no place to act.
        is_error: whether the reply is an error, which has no pieces.
    """
    wire = WIRE.get()
    if faults.are_on_wire and wire is not None:
        wire.arm(Armed(faults, received, report))
    if is_error and faults.pace is not None:
        note(faults, "slow", received)
        first = replace(faults.pace, tokens_per_s=None)
        wait_s = find_wait(first, received.call.ordinal, 0)
        await received.call.sleep_until(received.call.scope.clock.now() + wait_s)
    if faults.breaks is not None and faults.breaks.is_before_all:
        await break_off(faults, received)


async def go_wrong(
    faults: Faults, received: ReceivedCall, events: AsyncGenerator[GenerationEvent, None]
) -> AsyncGenerator[GenerationEvent, None]:
    """The events of an answer, with what goes wrong with it."""
    if faults.pace is not None:
        note(faults, "slow", received)
    if faults.lie is not None:
        events = _lie(faults, received, events)
    breaks, num_pieces, pacing = faults.breaks, 0, _Pacing(faults, received)
    is_paced = faults.pace is not None or faults.stall is not None
    async with aclosing(events):
        async for event in events:
            is_inside = not isinstance(event, Begun)
            if breaks is not None and num_pieces == breaks.after and is_inside:
                await break_off(faults, received)
            if isinstance(event, _PIECES):
                if is_paced:
                    await pacing.wait(num_pieces)
                num_pieces += 1
            yield event


async def _lie(
    faults: Faults, received: ReceivedCall, events: AsyncGenerator[GenerationEvent, None]
) -> AsyncGenerator[GenerationEvent, None]:
    """Tell the lie, and note it if it found a place."""
    true: list[GenerationEvent] = []
    told: list[GenerationEvent] = []

    async def keep() -> AsyncGenerator[GenerationEvent, None]:
        async with aclosing(events):
            async for event in events:
                true.append(event)
                yield event

    assert faults.lie is not None  # noqa: S101 - asked before
    async with aclosing(tell_lie(faults.lie, received.request, keep())) as lying:
        async for event in lying:
            told.append(event)
            yield event
    if told != true:
        note(faults, "wrong", received)


class _Pacing:
    """Has the pieces of one answer come late.

    Each piece has a moment of its own, so that a clock that is advanced by a minute brings all pieces of that
    minute.
    """

    def __init__(self, faults: Faults, received: ReceivedCall) -> None:
        self._faults = faults
        self._received = received
        self._clock = received.call.scope.clock
        self._due_s = self._clock.now()

    async def wait(self, piece: int) -> None:
        """Wait for the moment of a piece, which is told by the number of those before it."""
        pace, stall = self._faults.pace, self._faults.stall
        if pace is None:
            self._due_s = self._clock.now()
        else:
            self._due_s += find_wait(pace, self._received.call.ordinal, piece)
        if stall is not None and stall.after == piece:
            note(self._faults, "stall", self._received)
            self._due_s += stall.seconds
        elif pace is None:
            return
        await self._received.call.sleep_until(self._due_s)


def find_wait(pace: Pace, ordinal: int, piece: int) -> float:
    """The seconds before a piece of a call's answer."""
    seconds = pace.first_token_s if piece == 0 else 0.0
    if pace.tokens_per_s is not None:
        seconds += 1 / pace.tokens_per_s
    if pace.jitter:
        seconds *= 1 + pace.jitter * (2 * draw(pace.seed, ordinal, piece) - 1)
    return seconds


async def break_off(faults: Faults, received: ReceivedCall) -> None:
    """Break the reply off, and wait until the request is cancelled for it.

    Raises:
        GenerationError: nobody is connected, as with a response in the background.
    """
    note_break(faults, received)
    await asyncio.sleep(0)  # a stream sends what is ready, now that it must wait
    how = faults.breaks.how if faults.breaks is not None else None
    wire, clock = WIRE.get(), received.call.scope.clock
    if wire is not None:
        await wire.break_off(how, clock)
    if how is None:
        with clock.hanging():
            await asyncio.Event().wait()
    raise GenerationError("The script breaks this answer off.")
