"""Counts the requests that come as messages of a WebSocket; those of HTTP are counted by the chain."""

from collections.abc import Callable

from starlette.websockets import WebSocket

LIMIT_KEY = "fake_llm_server.request_limit"
"""Where the request chain leaves what counts a request, in the ASGI connection scope."""


def count_request(websocket: WebSocket) -> None:
    """Count one message as a request.

    Raises:
        RateLimitExceededError: it is one too many for this minute.
    """
    count: Callable[[], None] = websocket.scope[LIMIT_KEY]
    count()
