"""uvicorn's protocol of WebSockets, without the error that it logs for each handshake that is refused.

It takes a refusal that has a body for an application that returned without an answer. Named to uvicorn by its
import path, so that it is imported when a server starts.
"""

from typing import TYPE_CHECKING

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

if TYPE_CHECKING:
    from uvicorn._types import ASGISendEvent


class RefusableWebSocketProtocol(WebSocketsSansIOProtocol):
    """Knows that a handshake is over once its refusal is out."""

    async def send(self, message: "ASGISendEvent") -> None:
        """Send a message of the application."""
        await super().send(message)
        if message["type"] == "websocket.http.response.body" and not message.get("more_body", False):
            self.handshake_complete = True
