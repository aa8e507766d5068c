"""Writes the message in which a model declines: it has one part, a refusal.

Its own events are content_part.added, refusal.delta…, refusal.done, content_part.done; see `output_items`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fake_llm_server._api.responses.output_items import Event, ItemPlace, ItemStatus
from fake_llm_server._generated.responses.wire import (
    OutputMessage,
    RefusalContent,
    ResponseContentPartAddedEvent,
    ResponseContentPartDoneEvent,
    ResponseRefusalDeltaEvent,
    ResponseRefusalDoneEvent,
)
from fake_llm_server._seam import RefusalDelta


@dataclass(slots=True)
class OpenRefusal:
    """A message with one part, the refusal."""

    place: ItemPlace
    _text: str = ""

    def begin(self) -> Iterator[Event]:
        """Open the message and its part."""
        yield self.place.added(self._write([], "in_progress"))
        yield ResponseContentPartAddedEvent(
            type="response.content_part.added", part=_write_part(""), **self._place_part()
        )

    def add(self, delta: RefusalDelta) -> Iterator[Event]:
        """A piece of the refusal."""
        self._text += delta.text
        yield ResponseRefusalDeltaEvent(type="response.refusal.delta", delta=delta.text, **self._place_part())

    def end(self, status: ItemStatus) -> Iterator[Event]:
        """Close the part and the message."""
        yield ResponseRefusalDoneEvent(type="response.refusal.done", refusal=self._text, **self._place_part())
        yield ResponseContentPartDoneEvent(
            type="response.content_part.done", part=_write_part(self._text), **self._place_part()
        )
        yield self.place.done(self.write(status))

    def write(self, status: ItemStatus) -> OutputMessage:
        """The message with its refusal."""
        return self._write([_write_part(self._text)], status)

    def _write(self, content: list[Any], status: ItemStatus) -> OutputMessage:
        return OutputMessage(
            id=self.place.create_id("msg_"), type="message", status=status, content=content, role="assistant"
        )

    def _place_part(self) -> dict[str, Any]:
        return {"item_id": self.place.create_id("msg_"), "content_index": 0, **self.place.number()}


def _write_part(text: str) -> RefusalContent:
    return RefusalContent(type="refusal", refusal=text)
