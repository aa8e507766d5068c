"""The link that bounds a request's body: how large it may be, and how long it may take to come."""

import asyncio

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fake_llm_server._errors import RequestTimeoutError, RequestTooLargeError


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
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "0")
        if declared.isdecimal() and int(declared) > self._max_bytes:
            raise RequestTooLargeError(self._max_bytes, int(declared))
        reader = _BoundedReader(receive, self._max_bytes, self._timeout_s)
        await self._app(scope, reader.receive, send)


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
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            raise RequestTimeoutError(self._timeout_s) from None
        if message["type"] == "http.request":
            self._num_bytes += len(message.get("body", b""))
            self._is_complete = not message.get("more_body", False)
            if self._num_bytes > self._max_bytes:
                raise RequestTooLargeError(self._max_bytes, self._num_bytes)
        return message
