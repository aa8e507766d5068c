"""The link that answers whatever failure comes out of a route, so that none is seen bare."""

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fake_llm_server._api.shared.wire_errors import describe_error
from fake_llm_server._app.chain.client_watch import ClientDisconnectedError


class Failures:
    """Answers an exception in the envelope, if the reply hasn't begun; if it has, the connection breaks.

    An exception ends here: the server below would log it a second time.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_begun = False

        async def note_begin(message: Message) -> None:
            nonlocal has_begun
            has_begun = has_begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, note_begin)
        except (ClientDisconnect, ClientDisconnectedError):
            return  # there is nobody to answer
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets an envelope
            wire = describe_error(error)
            if not has_begun:
                await wire.to_response()(scope, receive, send)
