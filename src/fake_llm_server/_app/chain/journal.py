"""The link that writes down what comes from a scope's client and what is sent to it."""

from functools import partial

from starlette.types import ASGIApp, Message, Receive, Send
from starlette.types import Scope as Connection

from fake_llm_server._app.chain.api_keys import read_api_key
from fake_llm_server._app.scopes import Scopes
from fake_llm_server._control_api import CONTROL_PREFIX
from fake_llm_server._controls import (
    CURRENT_REQUEST,
    DROP_KEY,
    Controls,
    Drop,
    Ending,
    Journal,
    ReceivedRequest,
)

_SWITCHING = 101


class JournalLink:
    """Keeps the requests of scopes that have controls; others pass untouched.

    It is the outermost link, so that it sees every reply as it is sent, those of other links among them.
    Requests that control the server aren't kept.

    Args:
        app: the next link.
        scopes: of the server.
    """

    def __init__(self, app: ASGIApp, scopes: Scopes) -> None:
        self._app = app
        self._scopes = scopes

    async def __call__(self, connection: Connection, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if connection["type"] == "lifespan" or connection["path"].startswith(CONTROL_PREFIX):
            await self._app(connection, receive, send)
            return
        scope = self._scopes.find(read_api_key(connection))
        controls = scope.find(Controls)
        if controls is None:
            await self._app(connection, receive, send)
            return
        kept = controls.journal.open_request(
            scope.clock,
            connection["type"],
            method=connection.get("method", "GET"),
            path=connection["path"],
            http_version=connection["http_version"],
            query=connection["query_string"],
            headers=connection["headers"],
        )
        CURRENT_REQUEST.set(kept)
        drop = connection.get(DROP_KEY)
        if drop is not None:
            connection[DROP_KEY] = partial(_drop, kept, drop)
        watch = _Watch(kept, controls.journal, receive, send)
        try:
            await self._app(connection, watch.receive, watch.send)
        finally:
            controls.journal.close_request(kept)


class _Watch:
    """The messages of one request, both ways."""

    def __init__(self, kept: ReceivedRequest, journal: Journal, receive: Receive, send: Send) -> None:
        self._kept = kept
        self._journal = journal
        self._receive = receive
        self._send = send

    async def receive(self) -> Message:
        """The next message of the client."""
        message = await self._receive()
        kept = self._kept
        match message["type"]:
            case "http.request":
                kept.received.add(0.0, message.get("body", b""))
            case "http.disconnect":
                kept.has_left = kept.has_left or (kept.ended_s is None and not kept.is_broken)
                self._journal.end_request(kept)
            case "websocket.receive":
                kept.received.add(kept.measure(), _read_text(message))
            case "websocket.disconnect":
                kept.is_whole = True
                self._journal.end_request(kept)
        return message

    async def send(self, message: Message) -> None:
        """Send a message; it is written down before, as the client may act on it at once."""
        kept = self._kept
        match message["type"]:
            case "http.response.start" | "websocket.http.response.start":
                self._begin(message["status"], message)
            case "websocket.accept":
                self._begin(_SWITCHING, message)
            case "websocket.send":
                kept.sent.add(kept.measure(), _read_text(message))
            case "http.response.body" | "websocket.http.response.body" if not kept.has_left:
                kept.sent.add(kept.measure(), message.get("body", b""))
                if not message.get("more_body", False):
                    kept.is_whole = not kept.is_broken
                    self._journal.end_request(kept)
        await self._send(message)

    def _begin(self, status: int, message: Message) -> None:
        self._kept.began_s = self._kept.measure()
        self._kept.status = status
        self._kept.raw_reply_headers = message.get("headers", ())


def _read_text(message: Message) -> bytes:
    text = message.get("text")
    return message.get("bytes") or b"" if text is None else text.encode()


def _drop(kept: ReceivedRequest, drop: Drop, how: Ending) -> None:
    kept.is_broken = True
    drop(how)
