"""The link that finds the scope of a request, and leaves it where handlers look for it."""

from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as Connection

from fake_llm_server._api.shared.call_context import SCOPE_KEY
from fake_llm_server._app.chain.api_keys import read_api_key
from fake_llm_server._app.scopes import Scopes


class ChooseScope:
    """Gives each request the scope of its API key.

    Args:
        app: the next link.
        scopes: of the server.
    """

    def __init__(self, app: ASGIApp, scopes: Scopes) -> None:
        self._app = app
        self._scopes = scopes

    async def __call__(self, connection: Connection, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if connection["type"] != "lifespan":
            connection[SCOPE_KEY] = self._scopes.find(read_api_key(connection))
        await self._app(connection, receive, send)
