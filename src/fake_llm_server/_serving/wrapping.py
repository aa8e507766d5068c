"""What a server puts around its application."""

import asyncio
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fake_llm_server._controls import DROP_KEY, Drop

APP_WRAPPERS: list[Callable[[ASGIApp], ASGIApp]] = []
"""Applied to the application of each server that starts in this process; the last one is outermost.

For whoever must see all servers of a process, such as this project's tests, which compare every reply with
the contract. To wrap an application of your own, wrap what `create_server_app` returns.
"""


def wrap_app(app: ASGIApp) -> ASGIApp:
    """Put the application into all wrappers."""
    for wrapper in APP_WRAPPERS:
        app = wrapper(app)
    return app


class WatchedApp:
    """Wraps the application so that cancelled requests end quietly and a failed lifespan is remembered.

    Requests are cancelled only when a server stops; their connections are closed by then, and uvicorn would
    log a traceback for each.

    Attributes:
        lifespan_error: what the application's start or end raised, or None.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.lifespan_error: BaseException | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request, or the lifespan."""
        is_lifespan = scope["type"] == "lifespan"
        try:
            await self._app(scope, receive, _without_traceback(send) if is_lifespan else send)
        except asyncio.CancelledError:
            return
        except BaseException as error:
            if is_lifespan:
                self.lifespan_error = error
            raise


class KnownConnections:
    """Wraps the application so that a script can drop the connection of a request.

    Args:
        app: the application.
        find_drop: what ends the connection of a client, which an ASGI scope names.
    """

    def __init__(self, app: ASGIApp, find_drop: Callable[[object], Drop]) -> None:
        self._app = app
        self._find_drop = find_drop

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request, or the lifespan."""
        client = scope.get("client")
        if client is not None:
            scope[DROP_KEY] = self._find_drop(client)
        await self._app(scope, receive, send)


def _without_traceback(send: Send) -> Send:
    """Leave the traceback of a failed start out of uvicorn's log: the error itself is raised elsewhere."""

    async def send_plainly(message: Message) -> None:
        if message["type"] == "lifespan.startup.failed":
            message = {**message, "message": ""}
        await send(message)

    return send_plainly
