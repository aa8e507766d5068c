"""The link that makes the bytes of a reply wrong, or breaks its connection, where a script asks for it."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fake_llm_server._api.shared.call_context import CONTEXT_KEY, CallContext
from fake_llm_server._app.chain.connection_breaks import SPOILED_KEY
from fake_llm_server._controls import CURRENT_REQUEST, DROP_KEY, EVENT_END, PAGE, WIRE, Armed, Controls, Wire
from fake_llm_server._errors import GenerationError

_EVENT_STREAM = "text/event-stream"
_DATA = b"data: "
_WRONG_TYPE = "text/html; charset=utf-8"
_NORMAL_CLOSURE = 1000


class WireFaults:
    """Gives each request of a scope that has controls a `Wire`, and does what it is armed with."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        context: CallContext | None = scope.get(CONTEXT_KEY)
        if context is None or context.scope.find(Controls) is None:
            await self._app(scope, receive, send)
            return
        kind = _Reply if scope["type"] == "http" else _Messages
        replying = kind(send, scope)
        WIRE.set(replying.wire)
        await self._app(scope, receive, replying.send)


class _Reply:
    """One HTTP reply on its way out.

    Once something is to go wrong, the head waits for the first bytes of the body: it may be changed by then.
    """

    def __init__(self, send: Send, connection: Scope) -> None:
        self._send = send
        self._connection = connection
        self._head: Message | None = None
        self._is_stream = False
        self._has_begun = False
        self._num_events = 0
        self._held = b""
        self.wire = Wire(connection.get(DROP_KEY), self._finish)

    async def send(self, message: Message) -> None:
        """Send a message of the application, or what goes out in its place."""
        armed = self.wire.armed
        is_head = message["type"] == "http.response.start"
        if is_head:
            self._head = message
            kind = Headers(raw=message["headers"]).get("content-type", "")
            self._is_stream = kind.startswith(_EVENT_STREAM)
        if armed is None:
            self._has_begun = True
            self._num_events += message.get("body", b"").count(EVENT_END)
            await self._send(message)
        elif not is_head:
            self._connection[SPOILED_KEY] = True
            self._held += message.get("body", b"")
            is_end = not message.get("more_body", False)
            if self._is_stream:
                await self._send_events(armed, is_end=is_end)
            elif is_end:
                await self._send_body(armed)

    async def _send_events(self, armed: Armed, *, is_end: bool) -> None:
        *events, self._held = self._held.split(EVENT_END)
        for event in events:
            outcome = armed.act(event + EVENT_END, _read_data, self._num_events)
            await self._put(armed, outcome.sent * outcome.copies)
            if outcome.breaks:
                await _break_off(self.wire, armed)
        if is_end:
            armed.note_end()
            await self._put(armed, PAGE if _is_garbled(armed, "html") else self._held, is_end=True)

    async def _send_body(self, armed: Armed) -> None:
        outcome = armed.act_on_body(self._held)
        breaks = armed.faults.breaks if outcome.breaks else None
        if breaks is not None and breaks.how != "end":
            if breaks.at is not None:
                await self._put(armed, outcome.sent)
            await _break_off(self.wire, armed)
        if breaks is not None:
            _note_broken()
        if self._head is not None:
            MutableHeaders(scope=self._head)["content-length"] = str(len(outcome.sent))
        await self._put(armed, outcome.sent, is_end=True)

    async def _put(self, armed: Armed, body: bytes, *, is_end: bool = False) -> None:
        """Send bytes, after the head if that has waited for them."""
        if not (body or is_end):
            return
        if not self._has_begun and self._head is not None:
            self._has_begun = True
            if _is_garbled(armed, "content_type", "html"):
                MutableHeaders(scope=self._head)["content-type"] = _WRONG_TYPE
            await self._send(self._head)
        await self._send({"type": "http.response.body", "body": body, "more_body": not is_end})

    async def _finish(self) -> bool:
        if not (self._has_begun and self._is_stream):
            return False
        _note_broken()
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})
        return True


class _Messages:
    """The messages of a WebSocket on their way out; each reply among them has a wire of its own."""

    def __init__(self, send: Send, connection: Scope) -> None:
        self._send = send
        self.wire = Wire(connection.get(DROP_KEY), self._finish)

    async def send(self, message: Message) -> None:
        """Send a message of the application, or what goes out in its place."""
        wire = WIRE.get()
        if wire is None or wire.armed is None or message["type"] != "websocket.send":
            await self._send(message)
            return
        armed = wire.armed
        outcome = armed.act(message["text"].encode(), _read_message)
        if outcome.breaks:  # between two messages: what is written of one is written whole
            await _break_off(wire, armed)
        for _ in range(outcome.copies):
            await self._send({**message, "text": outcome.sent.decode()})
        if outcome.is_last:
            armed.note_end()

    async def _finish(self) -> bool:
        await self._send({"type": "websocket.close", "code": _NORMAL_CLOSURE})
        return True


def _note_broken() -> None:
    """Have the journal know that a reply which ends as if it were whole isn't."""
    kept = CURRENT_REQUEST.get()
    if kept is not None:
        kept.is_broken = True


async def _break_off(wire: Wire, armed: Armed) -> None:
    """Break a reply off, and don't return: its request is cancelled for it.

    Raises:
        GenerationError: the server has no connection to end; it ends that itself for the failure.
    """
    how = armed.faults.breaks.how if armed.faults.breaks else None
    await wire.break_off(how, armed.received.call.scope.clock)
    raise GenerationError("The script breaks this answer off.")


def _is_garbled(armed: Armed, *whats: str) -> bool:
    garbling = armed.faults.garbling
    return garbling is not None and garbling.what in whats


def _read_message(message: bytes) -> bytes:
    """The data of a WebSocket's message: all of it."""
    return message


def _read_data(event: bytes) -> bytes:
    """The data of an event, on its one line."""
    return event.partition(_DATA)[2].removesuffix(EVENT_END)
