"""Reads the events of a stream that was sent: server-sent events, with the moment of each."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from fake_llm_server._controls.json_text import parse_json

EVENT_END = b"\n\n"
"""The empty line after an event."""


@dataclass(frozen=True, slots=True)
class SentEvent:
    """One event of a stream, as it was sent.

    Attributes:
        at_s: when its last byte was sent, in seconds from the request's coming, by the scope's clock.
        event: the name before its data; empty if there is none.
        data: its data as text, such as JSON or `[DONE]`.
        is_whole: whether the empty line that ends it was sent.
    """

    at_s: float
    event: str
    data: str
    is_whole: bool = True

    @property
    def json(self) -> Any:
        """The value of its data; None if that is no JSON."""
        return parse_json(self.data)


def parse_events(pieces: Sequence[tuple[float, bytes]]) -> list[SentEvent]:
    """The events of a stream.

    Args:
        pieces: in which it was sent, each after its moment in seconds.
    """
    moments, ends, end = [], [], 0
    for moment, piece in pieces:
        end += len(piece)
        moments.append(moment)
        ends.append(end)
    return [
        _parse(block, moments[min(bisect_left(ends, stop), len(ends) - 1)], is_whole=is_whole)
        for block, stop, is_whole in _split(b"".join(piece for _, piece in pieces))
    ]


def _split(stream: bytes) -> Iterator[tuple[bytes, int, bool]]:
    """Each event's bytes, where it ends, and whether it does."""
    start = 0
    while (found := stream.find(EVENT_END, start)) >= 0:
        yield stream[start:found], found + len(EVENT_END), True
        start = found + len(EVENT_END)
    if stream[start:].strip():
        yield stream[start:], len(stream), False


def _parse(block: bytes, at_s: float, *, is_whole: bool) -> SentEvent:
    name, data = "", []
    for line in block.decode("utf-8", "replace").split("\n"):
        field, _, value = line.partition(":")
        if field == "event":
            name = value.strip()
        elif field == "data":
            data.append(value.removeprefix(" "))
    return SentEvent(at_s, name, "\n".join(data), is_whole)
