"""The link that keeps web pages from opening WebSockets, unless their origin is allowed.

Browsers ask no permission before they open a WebSocket, so any page could talk to a server on loopback. They
always send the page's origin; other clients send none. HTTP needs no such check: a page may send JSON to
another origin, and read the reply, only if that allows it; other content types are refused.

The `Host` header isn't checked: containers and proxies reach a server by names that it can't know. API keys
help against a page that gives its own name the server's address (DNS rebinding).

Source: https://www.rfc-editor.org/rfc/rfc6455#section-10.2
"""

from collections.abc import Collection

from starlette.types import ASGIApp, Receive, Scope, Send

from fake_llm_server._api.shared.wire_errors import WireError
from fake_llm_server._app.chain.request_headers import find_header


class WebSocketOrigins:
    """Refuses the handshake of a page whose origin isn't allowed.

    Args:
        app: the next link.
        allowed: origins that may connect; `*` is any.
    """

    def __init__(self, app: ASGIApp, allowed: Collection[str]) -> None:
        self._app = app
        self._allowed = allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a connection on, or refuse it."""
        origin = find_header(scope, b"origin") if scope["type"] == "websocket" else None
        if origin is None or origin in self._allowed or "*" in self._allowed:
            await self._app(scope, receive, send)
            return
        message = (
            f"Pages of the origin {origin!r} may not connect. The setting 'cors_origins' allows origins."
        )
        await WireError(403, message, code="origin_not_allowed").to_response()(scope, receive, send)
