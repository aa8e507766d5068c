"""The places where requests can break: found in the journal of one run, and broken one by one in others.

`ConnectionBreaks` belong to a scope; `_app/chain/connection_breaks.py` obeys them.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from fake_llm_server._controls.received_request import ReceivedRequest
from fake_llm_server._controls.sent_events import SentEvent
from fake_llm_server._errors import ConfigurationError

BreakKind = Literal["cut", "reset", "half_close", "end", "hang", "malformed", "duplicated"]
"""The connection is closed, or reset, or our side of it closed; the stream ends as if it were whole; nothing
more comes until the client leaves; half of the next event comes; or the last event comes twice."""

BREAK_KINDS = get_args(BreakKind)

_MAX_SHOWN = 60


@dataclass(frozen=True, slots=True)
class BreakPoint:
    """Where a connection breaks.

    Attributes:
        request: which one of the scope's requests, from 0, in the order in which they come.
        after: events of a stream that come before; None is before the reply begins. 0 is after its headers,
            and as many as there are is before the end of the stream.
        how: it breaks.
    """

    request: int
    after: int | None = None
    how: BreakKind = "cut"

    def __post_init__(self) -> None:
        """Refuse what can't be."""
        if self.how not in BREAK_KINDS:
            raise ConfigurationError(
                f"A connection breaks by one of {', '.join(BREAK_KINDS)}; it was {self.how!r}."
            )
        if self.request < 0 or (self.after is not None and self.after < 0):
            raise ConfigurationError(f"Requests and events are counted from 0; they were {self!r}.")
        is_of_stream = self.how in ("end", "malformed", "duplicated")
        if is_of_stream and (self.after is None or (self.how == "duplicated" and self.after == 0)):
            raise ConfigurationError(f"{self.how!r} is for a place in a stream: say after how many events.")


@dataclass(eq=False, slots=True)
class ConnectionBreaks:
    """What of a scope's requests is to break.

    Attributes:
        point: where; None lets all come to their end.
    """

    point: BreakPoint | None = None


def list_break_points(requests: Sequence[ReceivedRequest], hows: Sequence[BreakKind]) -> list[BreakPoint]:
    """Each place at which the requests of a run can break, in the order of time."""
    return [
        BreakPoint(number, after, how)
        for how in hows
        for number, request in enumerate(requests)
        if request.kind == "http"
        for after in _list_places(request, how)
    ]


def _list_places(request: ReceivedRequest, how: BreakKind) -> Iterator[int | None]:
    num_events = len(request.events)
    match how:
        case "end" | "malformed":
            yield from range(num_events)
        case "duplicated":
            yield from range(1, num_events + 1)
        case _:
            yield None
            yield from range(num_events + 1) if request.is_streamed else ()


def choose_evenly(points: Sequence[BreakPoint], most: int) -> list[BreakPoint]:
    """At most so many of the places, the first and the last among them."""
    if len(points) <= most:
        return list(points)
    last = len(points) - 1
    return [points[round(number * last / max(1, most - 1))] for number in range(most)]


def describe_point(point: BreakPoint, requests: Sequence[ReceivedRequest]) -> str:
    """A place in words: which request, and what the event at it is."""
    request = requests[point.request]
    return (
        f"request {point.request} ({request.method} {request.path}), {_describe_place(point, request.events)}"
    )


def _describe_place(point: BreakPoint, events: Sequence[SentEvent]) -> str:
    if point.after is None:
        return f"{point.how} before the reply"
    if point.how == "malformed":
        return f"event {point.after + 1} malformed ({describe_event(events[point.after])})"
    if point.after == 0:
        return f"{point.how} before the first event"
    shown = describe_event(events[point.after - 1])
    if point.how == "duplicated":
        return f"event {point.after} twice ({shown})"
    return f"{point.how} after event {point.after} ({shown})"


def describe_event(event: SentEvent) -> str:
    """What tells an event from its neighbours: its type and what it brings, or a chunk's changes."""
    words = _word_event(event.json) or event.data
    return words if len(words) <= _MAX_SHOWN else f"{words[:_MAX_SHOWN]}…"


def _word_event(value: Any) -> str:
    match value:
        case {"type": str(kind), "delta": str(delta)}:
            return f"{kind} {delta!r}"
        case {"type": str(kind)}:
            return kind
        case {"choices": [], "usage": _}:
            return "usage"
        case {"choices": [*choices]}:
            return "; ".join(map(_word_choice, choices))
    return ""


def _word_choice(choice: Any) -> str:
    reason = choice.get("finish_reason")
    return (
        f"finish_reason {reason!r}" if reason else f"delta {json.dumps(choice['delta'], ensure_ascii=False)}"
    )
