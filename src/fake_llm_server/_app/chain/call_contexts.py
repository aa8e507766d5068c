"""The link that says whose a request is, and leaves that where handlers look for it."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Send
from starlette.types import Scope as Connection

from fake_llm_server._api.shared.call_context import CONTEXT_KEY, CallContext
from fake_llm_server._api.shared.request_ids import current_request_id
from fake_llm_server._app.chain.api_keys import read_api_key
from fake_llm_server._app.scopes import Scopes
from fake_llm_server._seam import RequestHeaders
from fake_llm_server._settings import ServerSettings


class CallContexts:
    """Gives each request the scope of its API key, and the settings that its answer depends on.

    The reply gets the headers that whoever answers left in the context.

    Args:
        app: the next link.
        scopes: of the server.
        settings: of the server.
    """

    def __init__(self, app: ASGIApp, scopes: Scopes, settings: ServerSettings) -> None:
        self._app = app
        self._scopes = scopes
        self._settings = settings

    async def __call__(self, connection: Connection, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if connection["type"] == "lifespan":
            await self._app(connection, receive, send)
            return
        scope = self._scopes.find(read_api_key(connection))
        headers = RequestHeaders(connection["headers"])
        context = CallContext(scope, current_request_id(), self._settings, headers)
        connection[CONTEXT_KEY] = context

        async def send_with_headers(message: Message) -> None:
            if context.reply_headers and message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(context.reply_headers)
            await send(message)

        if connection["type"] == "websocket":  # it is open while nothing is asked
            await self._app(connection, receive, send_with_headers)
            return
        with scope.clock.answering():
            await self._app(connection, receive, send_with_headers)
