"""Makes the bytes of a reply wrong: of a stream event by event, of a whole one at once.

It decides what goes out, and where the reply breaks off; sending and breaking are its caller's.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fake_llm_server._controls.faults import Corruption, Faults, Place
from fake_llm_server._controls.wrong_ids import WrongIds

DONE = b"[DONE]"
PAGE = b"<html><head><title>Sign in</title></head><body>Sign in to use the network.</body></html>\n"
"""What a proxy answers in the place of the server."""

_LAST = ("response.completed", "response.incomplete", "response.failed", "error")

_BEGINS = re.compile(rb'"(?:delta|choices|output)":')
"""What a document says of the answer begins here; before it may be what the request said."""
_INSIDE: dict[Place, re.Pattern[bytes]] = {
    "character": re.compile(rb"[\xc2-\xf4]"),
    "escape": re.compile(rb"\\"),
}
"""After these bytes a reply is cut."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of some bytes of a reply.

    Attributes:
        sent: goes out.
        copies: how often.
        breaks: whether the reply breaks off then.
        is_last: whether it was a stream's last event.
    """

    sent: bytes
    copies: int = 1
    breaks: bool = False
    is_last: bool = False


class StreamActor:
    """Acts on the events of one stream.

    Args:
        faults: what goes wrong.
        read_data: finds the data in the bytes of an event.
        num_events: events that went out before.

    Attributes:
        done: the kinds of fault that have acted: `breaks`, `garbling`, `lie`.
    """

    def __init__(self, faults: Faults, read_data: Callable[[bytes], bytes], num_events: int = 0) -> None:
        self._faults = faults
        self._read_data = read_data
        self._num_events = num_events
        self._ids = WrongIds() if faults.lie == "id" else None
        self.done: set[str] = set()

    def take(self, event: bytes) -> Outcome:
        """What goes out in the place of an event."""
        seen = _Event.read(self._read_data(event), self._num_events)
        self._num_events += 1
        if self._ids is not None and seen.document is not None and self._ids.change(seen.document):
            changed = _dump(seen.document)
            event = event.replace(seen.data, changed)
            seen = _Event.read(changed, seen.number)
            self.done.add("lie")
        cut = self._find_cut(seen)
        if cut is not None:
            self.done.add("breaks")
            return Outcome(event[: event.find(seen.data) + cut] if cut else b"", breaks=True)
        if self._faults.garbling is not None and self._faults.garbling.what in ("html", "empty"):
            return Outcome(b"", is_last=seen.is_last)
        sent, copies = self._garble(event, seen)
        return Outcome(sent, copies, is_last=seen.is_last)

    def _garble(self, event: bytes, seen: "_Event") -> tuple[bytes, int]:
        """What goes out in the place of an event, and how often."""
        garbling = self._faults.garbling
        if garbling is None or garbling.is_of_whole or "garbling" in self.done:
            return event, 1
        if not seen.is_due(garbling.after_events):
            return event, 1
        self.done.add("garbling")
        if garbling.what == "duplicated":
            return event, 2
        return event.replace(seen.data, seen.data[: len(seen.data) // 2]), 1

    def _find_cut(self, seen: "_Event") -> int | None:
        """How many bytes of the event's data go out before the reply breaks off; None if it doesn't here."""
        breaks = self._faults.breaks
        if breaks is None or not breaks.is_on_wire:
            return None
        if breaks.at == "done":
            return 0 if seen.is_last else None
        if not seen.is_due(breaks.after_events):
            return None
        if breaks.at is None:
            return 0
        return _find_place(breaks.at, seen.data)


def _find_place(at: Place, data: bytes) -> int | None:
    """How many bytes of JSON go out before it is cut at a place; None if it has no such place."""
    if at == "middle":
        return len(data) // 2
    if at == "done":
        return len(data) - 1
    begin = _BEGINS.search(data)
    found = _INSIDE[at].search(data, begin.start() if begin else 0)
    return found.end() if found else None


@dataclass(frozen=True, slots=True)
class _Event:
    """What is known of an event.

    Attributes:
        document: its JSON; None if it has none.
        number: of events before it.
    """

    data: bytes
    document: Any
    number: int

    @classmethod
    def read(cls, data: bytes, number: int) -> "_Event":
        return cls(data, json.loads(data) if data.startswith(b"{") else None, number)

    @property
    def is_last(self) -> bool:
        """Whether nothing comes after it."""
        return self.data == DONE or (self.document is not None and self.document.get("type") in _LAST)

    @property
    def brings_piece(self) -> bool:
        """Whether it brings some of the answer."""
        if self.document is None:
            return False
        kind = self.document.get("type")
        if kind is not None:
            return bool(kind.endswith(".delta"))
        deltas = [choice.get("delta", {}) for choice in self.document.get("choices") or ()]
        return any(value for delta in deltas for name, value in delta.items() if name != "role")

    def is_due(self, after_events: int | None) -> bool:
        """Whether what comes after so many events (None: with the first piece) comes here at the latest."""
        return self.brings_piece or self.is_last if after_events is None else self.number >= after_events


@dataclass(frozen=True, slots=True)
class BodyOutcome(Outcome):
    """What becomes of a body.

    Attributes:
        done: the kinds of fault that have acted, as of `StreamActor`.
    """

    done: frozenset[str] = frozenset()


def act_on_body(faults: Faults, body: bytes) -> BodyOutcome:
    """What goes out in the place of the body of a reply that isn't streamed."""
    done: set[str] = set()
    if faults.lie == "id":
        document = json.loads(body)
        if WrongIds().empty(document):
            body = _dump(document)
            done.add("lie")
    breaks, garbling = faults.breaks, faults.garbling
    if breaks is not None and breaks.is_on_wire:
        cut = 0 if breaks.at is None else _find_place(breaks.at, body)
        if cut is not None:
            return BodyOutcome(body[:cut], breaks=True, done=frozenset({*done, "breaks"}))
    if garbling is not None:
        done.add("garbling")
        body = _GARBLINGS[garbling.what](body)
    return BodyOutcome(body, done=frozenset(done))


_GARBLINGS: dict[Corruption, Callable[[bytes], bytes]] = {
    "malformed": lambda body: body[: len(body) // 2],
    "duplicated": lambda body: body + body,
    "html": lambda _: PAGE,
    "empty": lambda _: b"",
    "content_type": lambda body: body,
}


def _dump(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
