"""The link that ends the work for a client that has left, whatever that work waits for."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fake_llm_server._app.chain.request_headers import find_header


class ClientDisconnectedError(Exception):
    """The client closed its connection before its reply was complete."""


class ClientWatch:
    """Cancels a request as soon as its client closes the connection: queued, loading a model, or answering.

    The connection is watched once the body has been read; until then its reader notices. A request that is
    answered without waiting for anything has no watch. WebSockets watch their connections themselves, because
    they receive all the time.
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
        request = _WatchedRequest(receive, send, has_body=has_body(scope))
        await request.answer(self._app, scope)


def has_body(scope: Scope) -> bool:
    """Whether a request has a body, which may be empty."""
    return (
        find_header(scope, b"content-length", "0") != "0"
        or find_header(scope, b"transfer-encoding") is not None
    )


class _WatchedRequest:
    """One request: its messages, and whether its client is still there."""

    def __init__(self, receive: Receive, send: Send, *, has_body: bool) -> None:
        self._receive = receive
        self._send = send
        self._is_unread = not has_body
        self._is_whole = not has_body
        self._is_answered = False
        self._has_left = asyncio.Event()
        self._is_cancelled = False
        self._next_turn: asyncio.Handle | None = None
        self._watching: asyncio.Task[None] | None = None

    async def answer(self, app: ASGIApp, scope: Scope) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine runs on one
        self._task, num_before = task, task.cancelling()
        if self._is_whole:
            self._watch_from_next_turn()
        try:
            await app(scope, self.receive, self.send)
        except BaseException:
            is_ended_by_others = not self._is_cancelled or task.uncancel() > num_before
            if is_ended_by_others:
                raise
            raise ClientDisconnectedError from None
        finally:
            for running in (self._next_turn, self._watching):
                if running is not None:
                    running.cancel()

    async def receive(self) -> Message:
        """The application's next message: of the body, and after that only that the client has left."""
        if self._is_unread:
            self._is_unread = False
            return {"type": "http.request", "body": b"", "more_body": False}
        if self._is_whole:
            await self._has_left.wait()
            return {"type": "http.disconnect"}
        message = await self._receive()
        if message["type"] == "http.request" and not message.get("more_body", False):
            self._is_whole = True
            self._watch_from_next_turn()
        return message

    async def send(self, message: Message) -> None:
        await self._send(message)
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            # From now on, the server below calls a complete reply a disconnection. Until its last message is
            # out, a client may still leave: one that doesn't read, or that a link keeps waiting on purpose.
            self._is_answered = True

    def _watch_from_next_turn(self) -> None:
        """Most scripted replies are out before the event loop turns."""
        self._next_turn = asyncio.get_running_loop().call_soon(self._watch)

    def _watch(self) -> None:
        self._watching = asyncio.ensure_future(self._wait_until_left())

    async def _wait_until_left(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._has_left.set()
        if not self._is_answered:
            self._is_cancelled = True
            self._task.cancel()
