"""The link that ends the work for a client that has left, whatever that work waits for."""

import asyncio

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class ClientDisconnectedError(Exception):
    """The client closed its connection before its reply was complete."""


class ClientWatch:
    """Cancels a request as soon as its client closes the connection: queued, loading a model, or answering.

    The connection is watched once the body has been read; until then its reader notices. WebSockets watch
    theirs themselves, because they receive all the time.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on.

        Raises:
            ClientDisconnectedError: the client has left; there is nobody to answer.
        """
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = _WatchedRequest(receive, send, has_body=has_body(Headers(scope=scope)))
        await request.answer(self._app, scope)


def has_body(headers: Headers) -> bool:
    """Whether a request has a body, which may be empty."""
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


class _WatchedRequest:
    """One request: its messages, and whether its client is still there."""

    def __init__(self, receive: Receive, send: Send, *, has_body: bool) -> None:
        self._receive = receive
        self._send = send
        self._is_unread = not has_body
        self._is_whole = asyncio.Event()
        self._has_left = asyncio.Event()
        self._is_answered = False
        if not has_body:
            self._is_whole.set()

    async def answer(self, app: ASGIApp, scope: Scope) -> None:
        answering = asyncio.ensure_future(_run(app, scope, self.receive, self.send))
        leaving = asyncio.ensure_future(self._wait_until_left())
        try:
            await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if not answering.done() and not self._is_answered:
                raise ClientDisconnectedError
            await answering
        finally:
            leaving.cancel()
            answering.cancel()
            await asyncio.gather(leaving, answering, return_exceptions=True)

    async def receive(self) -> Message:
        """The application's next message: of the body, and after that only that the client has left."""
        if self._is_unread:
            self._is_unread = False
            return {"type": "http.request", "body": b"", "more_body": False}
        if self._is_whole.is_set():
            await self._has_left.wait()
            return {"type": "http.disconnect"}
        message = await self._receive()
        if message["type"] == "http.request" and not message.get("more_body", False):
            self._is_whole.set()
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            self._is_answered = True  # from now on, the server below calls a complete reply a disconnection
        await self._send(message)

    async def _wait_until_left(self) -> None:
        await self._is_whole.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._has_left.set()


async def _run(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    await app(scope, receive, send)
