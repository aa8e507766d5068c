"""What stands between an answer and the bytes of its reply: there a script's faults reach the connection."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from contextvars import ContextVar
from dataclasses import dataclass

from fake_llm_server._controls.faults import Ending, Faults, Place
from fake_llm_server._controls.python_form import write_fault
from fake_llm_server._controls.received_call import ReceivedCall
from fake_llm_server._controls.wire_actor import BodyOutcome, Outcome, StreamActor, act_on_body
from fake_llm_server._errors import ScriptError
from fake_llm_server._seam import Clock

DROP_KEY = "fake_llm_server.drop_connection"
"""Where a server leaves, in the ASGI connection scope, what ends its connection: a `Drop`."""

BROKEN_OFF = "The script broke the reply off."
"""The journal's words for a reply that was cut."""

_PLACES: dict[Place | None, str] = {
    "character": "a character of several bytes, such as 'é'",
    "escape": "an escape, such as a quote",
}

Drop = Callable[[Ending], None]
"""Ends a connection: `close`, `reset` or `half_close`."""


@dataclass(slots=True)
class Armed:
    """What is to go wrong with the bytes of a reply.

    Attributes:
        faults: some of which are on the wire.
        received: whose reply it is; what was done is noted there.
        report: tells the test of a fault that had no place to act.
    """

    faults: Faults
    received: ReceivedCall
    report: Callable[[ScriptError], None]
    _actor: StreamActor | None = None

    def act(self, event: bytes, read_data: Callable[[bytes], bytes], num_before: int = 0) -> Outcome:
        """What goes out in the place of a stream's event.

        Args:
            event: its bytes.
            read_data: finds the data in them.
            num_before: events that went out before anything was to go wrong.
        """
        if self._actor is None:
            self._actor = StreamActor(self.faults, read_data, num_before)
            if self.faults.garbling is not None and self.faults.garbling.is_of_whole:
                self._note({"garbling"})
        had_acted = frozenset(self._actor.done)
        outcome = self._actor.take(event)
        self._note(self._actor.done - had_acted)
        return outcome

    def act_on_body(self, body: bytes) -> BodyOutcome:
        """What goes out in the place of a body that isn't streamed."""
        outcome = act_on_body(self.faults, body)
        self._note(outcome.done)
        if "breaks" not in outcome.done:
            self.note_end(outcome.done)
        return outcome

    def _note(self, acted: Collection[str]) -> None:
        if "lie" in acted:
            note(self.faults, "wrong", self.received)
        if "garbling" in acted:
            note(self.faults, "corrupt", self.received)
        if "breaks" in acted:
            note_break(self.faults, self.received)

    def note_end(self, acted: Collection[str] | None = None) -> None:
        """Report what had no place to act in a reply that has come to its end.

        Args:
            acted: what did, as of `StreamActor`; None is what did in the stream.
        """
        done = acted if acted is not None else self._actor.done if self._actor is not None else ()
        breaks = self.faults.breaks
        at = breaks.at if breaks is not None and "breaks" not in done else None
        if breaks is not None and at in _PLACES and self.received.source == "script":
            fault = write_fault(self.faults, "hang" if breaks.how is None else "cut")
            self.report(
                ScriptError(
                    f"{fault} had no place to act: nothing in the reply to call {self.received.call.ordinal} "
                    f"is such. Script a text that has {_PLACES[at]}."
                )
            )


def note(faults: Faults, name: str, received: ReceivedCall) -> None:
    """Write into the journal that the fault of this method has acted."""
    received.faults.append(write_fault(faults, name))


def note_break(faults: Faults, received: ReceivedCall) -> None:
    """Write into the journal that a reply is broken off."""
    is_hang = faults.breaks is not None and faults.breaks.how is None
    note(faults, "hang" if is_hang else "cut", received)
    received.is_broken = True
    if not is_hang:
        received.error = BROKEN_OFF


class Wire:
    """The way of one reply to its client.

    Args:
        drop: ends the connection; None where the server has none to end.
        finish: ends the reply as if it were whole; says whether that could be done.
        shown_by: the wire of the request that shows an answer which is made without one.

    Attributes:
        armed: what is to go wrong; None as long as nothing is.
    """

    def __init__(
        self,
        drop: Drop | None = None,
        finish: Callable[[], Awaitable[bool]] | None = None,
        shown_by: "Wire | None" = None,
    ) -> None:
        self._drop = drop
        self._finish = finish
        self._shown_by = shown_by
        self.armed: Armed | None = None

    def arm(self, armed: Armed) -> None:
        """Have something go wrong with the bytes that are still to come."""
        wire = self._shown_by or self
        wire.armed = armed

    async def break_off(self, how: Ending | None, clock: Clock) -> None:
        """Break the reply off, and wait until the request is cancelled for it.

        Returns only if there is no connection to end. The clock is of the scope.
        """
        is_over = how is None or (how == "end" and self._finish is not None and await self._finish())
        if not is_over:
            if self._drop is None:
                return
            self._drop("close" if how in (None, "end") else how)
        with clock.hanging():
            await asyncio.Event().wait()

    def renew(self) -> "Wire":
        """One for the next reply through the same connection."""
        return Wire(self._drop, self._finish)

    def detach(self) -> "Wire":
        """One for an answer that outlives its request; what is wrong with bytes is so for who looks on."""
        return Wire(shown_by=self)


WIRE: "ContextVar[Wire | None]" = ContextVar("wire", default=None)
"""Of the reply that this task answers with, where its scope has controls."""


def renew_wire() -> None:
    """Give this task a wire of its own for the next reply through its connection."""
    wire = WIRE.get()
    if wire is not None:
        WIRE.set(wire.renew())


def detach_wire() -> None:
    """Have the answer that this task makes outlive the request that it was asked by."""
    wire = WIRE.get()
    if wire is not None:
        WIRE.set(wire.detach())
