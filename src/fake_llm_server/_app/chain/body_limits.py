"""The link that bounds what a client sends: bodies in size and time, messages of a WebSocket in size."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fake_llm_server._app.chain.request_headers import find_header
from fake_llm_server._errors import RequestTimeoutError, RequestTooLargeError
from fake_llm_server._seam.started import Started


class BodyLimits:
    """Raises in the reader of a body that is too large or too slow; what was read so far is dropped.

    Args:
        app: the next link.
        max_bytes: of one body.
        timeout_s: from the request's head to the end of its body.
    """

    def __init__(self, app: ASGIApp, max_bytes: int, timeout_s: float) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._timeout_s = timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, with a reader that counts."""
        if scope["type"] == "websocket":
            await self._app(scope, _bound_messages(receive, self._max_bytes), send)
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = find_header(scope, b"content-length", "0")
        if declared.isdecimal() and int(declared) > self._max_bytes:
            raise RequestTooLargeError(self._max_bytes, int(declared))
        reader = _BoundedReader(receive, self._max_bytes, self._timeout_s)
        await self._app(scope, reader.receive, send)


def _bound_messages(receive: Receive, max_bytes: int) -> Receive:
    """Raise RequestTooLargeError in place of a message that is too large; the connection lives on."""

    async def receive_bounded() -> Message:
        message = await receive()
        if message["type"] == "websocket.receive":
            content = message.get("bytes") or (message.get("text") or "").encode()
            if len(content) > max_bytes:
                raise RequestTooLargeError(max_bytes, len(content))
        return message

    return receive_bounded


class _BoundedReader:
    """Receives the messages of one request."""

    def __init__(self, receive: Receive, max_bytes: int, timeout_s: float) -> None:
        self._receive = receive
        self._max_bytes = max_bytes
        self._timeout_s = timeout_s
        self._deadline = asyncio.get_running_loop().time() + timeout_s
        self._num_bytes = 0
        self._is_complete = False

    async def receive(self) -> Message:
        """The next message; once the body is whole, a client may stay as silent as it likes.

        Raises:
            RequestTooLargeError: more came than is allowed.
            RequestTimeoutError: the body isn't whole in time.
        """
        if self._is_complete:
            return await self._receive()
        coming = Started(self._receive())  # most bodies come with their heads
        message = coming.result if coming.is_done else await self._wait_for(coming)
        if message["type"] == "http.request":
            self._num_bytes += len(message.get("body", b""))
            self._is_complete = not message.get("more_body", False)
            if self._num_bytes > self._max_bytes:
                raise RequestTooLargeError(self._max_bytes, self._num_bytes)
        return message

    async def _wait_for(self, coming: Started[Message]) -> Message:
        try:
            async with asyncio.timeout_at(self._deadline):
                return await coming
        except TimeoutError:
            raise RequestTimeoutError(self._timeout_s) from None
