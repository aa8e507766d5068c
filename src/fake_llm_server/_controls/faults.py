"""What goes wrong with a reply on purpose: breaks, delays and lies, as events pass by."""

import asyncio
import math
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Literal

from fake_llm_server._controls.lies import Lie, tell_lie
from fake_llm_server._errors import ConfigurationError, GenerationError
from fake_llm_server._seam import (
    Begun,
    CallDelta,
    Clock,
    GenerationEvent,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
)

Break = Literal["cut", "reset", "hang"]
"""The connection is closed, or reset, or nothing more comes until the client leaves."""

DROP_CONNECTION: "ContextVar[Callable[[bool], None] | None]" = ContextVar("drop_connection", default=None)
"""Closes the connection of the request that this task answers (with True it is reset), if there is one."""

_PIECES = (TextDelta, ReasoningDelta, RefusalDelta, CallDelta)


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong with one reply.

    Attributes:
        breaks: how it breaks off; None lets it come to its end.
        after: pieces of the answer that come before; None is before the reply begins.
        first_token_s: before the first piece of the answer.
        tokens_per_s: how many pieces come in a second; None is as fast as they can.
        lie: what is wrong in the answer.
    """

    breaks: Break | None = None
    after: int | None = None
    first_token_s: float = 0.0
    tokens_per_s: float | None = None
    lie: Lie | None = None

    def __post_init__(self) -> None:
        """Refuse what can't be done."""
        if self.after is not None and self.after < 0:
            raise ConfigurationError(f"A reply breaks off after a number of pieces; it was {self.after}.")
        if not (math.isfinite(self.first_token_s) and self.first_token_s >= 0):
            raise ConfigurationError(f"first_token_s is in seconds, from 0 on; it was {self.first_token_s}.")
        rate = self.tokens_per_s
        if rate is not None and not (math.isfinite(rate) and rate > 0):
            raise ConfigurationError(f"tokens_per_s is above 0; it was {rate}.")

    @property
    def is_paced(self) -> bool:
        """Whether the answer takes its time."""
        return bool(self.first_token_s) or self.tokens_per_s is not None

    @property
    def piece_s(self) -> float:
        """Seconds from a piece to the next."""
        return 0.0 if self.tokens_per_s is None else 1 / self.tokens_per_s


NO_FAULTS = Faults()


async def go_wrong(
    faults: Faults, events: AsyncGenerator[GenerationEvent, None], clock: Clock
) -> AsyncGenerator[GenerationEvent, None]:
    """The events of an answer, with what goes wrong with it; `clock` paces them."""
    if faults.lie is not None:
        events = tell_lie(faults.lie, events)
    if faults.breaks is not None and faults.after is None:
        await events.aclose()
        await break_off(faults.breaks, clock)
    num_pieces, due_s = 0, clock.now() + faults.first_token_s
    async with aclosing(events):
        async for event in events:
            if faults.breaks is not None and num_pieces == faults.after and not isinstance(event, Begun):
                await break_off(faults.breaks, clock)
            if isinstance(event, _PIECES):
                if faults.is_paced:
                    # Each piece has a moment of its own, so that a clock that is advanced by a minute brings
                    # all pieces of that minute.
                    due_s += faults.piece_s
                    await clock.sleep_until(due_s)
                num_pieces += 1
            yield event


async def break_off(breaks: Break, clock: Clock) -> None:
    """Break the reply off, and wait until the request is cancelled for it.

    Raises:
        GenerationError: nobody is connected, as with a response in the background.
    """
    await asyncio.sleep(0)  # a stream sends what is ready, now that it must wait
    drop = DROP_CONNECTION.get()
    if breaks != "hang":
        if drop is None:
            raise GenerationError("The script breaks this answer off.")
        drop(breaks == "reset")
    with clock.hanging():
        await asyncio.Event().wait()


def change(faults: Faults, **changes: object) -> Faults:
    """The faults with others beside them.

    Raises:
        ConfigurationError: one is out of range.
    """
    return replace(faults, **changes)  # type: ignore[arg-type] # checked by the class
