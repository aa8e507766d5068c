"""The link that breaks one of a scope's connections where a test says."""

from collections.abc import Iterator

from starlette.types import ASGIApp, Message, Receive, Send
from starlette.types import Scope as Connection

from fake_llm_server._api.shared.call_context import CONTEXT_KEY, CallContext
from fake_llm_server._controls import (
    CURRENT_REQUEST,
    DROP_KEY,
    EVENT_END,
    BreakPoint,
    ConnectionBreaks,
    Controls,
    Drop,
    Ending,
    ReceivedRequest,
    Wire,
)
from fake_llm_server._errors import GenerationError
from fake_llm_server._seam import Scope

SPOILED_KEY = "fake_llm_server.spoiled"
"""In the ASGI connection scope of a request whose reply isn't as it was made, so that no check minds it."""

_ENDINGS: dict[str, Ending | None] = {
    "cut": "close",
    "reset": "reset",
    "half_close": "half_close",
    "end": "end",
    "hang": None,
}


class ConnectionBreakLink:
    """Breaks the requests of scopes that have `ConnectionBreaks`; all others pass untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, connection: Connection, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        context: CallContext | None = connection.get(CONTEXT_KEY)
        breaks = None if context is None else context.scope.find(ConnectionBreaks)
        request = CURRENT_REQUEST.get()
        point = None if breaks is None else breaks.point
        if context is None or request is None or point is None or point.request != request.number:
            await self._app(connection, receive, send)
            return
        if point.how in ("malformed", "duplicated"):
            connection[SPOILED_KEY] = True
        sending = _Sending(point, send, context.scope, request, connection.get(DROP_KEY))
        await self._app(connection, receive, sending.send)


class _Sending:
    """The messages of one reply, on their way to the client."""

    def __init__(
        self, point: BreakPoint, send: Send, scope: Scope, request: ReceivedRequest, drop: Drop | None
    ) -> None:
        self._point = point
        self._send = send
        self._scope = scope
        self._request = request
        self._wire = Wire(drop, self._finish)
        self._is_streamed = False
        self._num_events = 0
        self._unsent = b""

    async def send(self, message: Message) -> None:
        """Pass a message on, the events of a stream one by one, unless it breaks here."""
        if message["type"] == "http.response.start":
            content_type = dict(message["headers"]).get(b"content-type", b"")
            self._is_streamed = content_type.startswith(b"text/event-stream")
            await self._break_at(None)
            await self._send(message)
        elif self._is_streamed:
            for event in self._split(message):
                await self._send_event(event)
            if not message.get("more_body", False):
                await self._break_at(self._num_events)
                await self._send({**message, "body": self._unsent})
        else:
            await self._send(message)

    def _split(self, message: Message) -> Iterator[bytes]:
        """The events that are whole with this message."""
        *events, self._unsent = (self._unsent + message.get("body", b"")).split(EVENT_END)
        return (event + EVENT_END for event in events)

    async def _send_event(self, event: bytes) -> None:
        await self._break_at(self._num_events)
        for sent in self._spoil(event):
            await self._send({"type": "http.response.body", "body": sent, "more_body": True})
        self._num_events += 1

    def _spoil(self, event: bytes) -> list[bytes]:
        """What is sent for an event."""
        how, after = self._point.how, self._point.after
        if how == "malformed" and after == self._num_events:
            self._offer_again()
            return [event[: len(event) // 2].rstrip(b"\n") + EVENT_END]
        return [event] * (2 if how == "duplicated" and after == self._num_events + 1 else 1)

    async def _break_at(self, num_events: int | None) -> None:
        if self._point.after != num_events:
            return
        if self._point.how in _ENDINGS:
            self._offer_again()
            await self._wire.break_off(_ENDINGS[self._point.how], self._scope.clock)
            raise GenerationError("The test breaks this reply off, but has no connection to end.")

    async def _finish(self) -> bool:
        """End a stream as if it were whole; the journal knows better."""
        self._request.is_broken = True
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})
        return True

    def _offer_again(self) -> None:
        """A client that asks the same again is to get the same reply."""
        self._scope.own(Controls).offer_again(self._request.calls)
