"""The link that writes the headers which OpenAI's clients read from every reply."""

import time

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fake_llm_server._api.shared.left_out import LEFT_OUT_HEADER
from fake_llm_server._api.shared.request_ids import begin_request
from fake_llm_server._app.chain.request_headers import find_header

API_VERSION = "2020-10-01"
ORGANIZATION = "fake-llm-server"

READ_BY_CLIENTS = (
    "openai-organization",
    "openai-processing-ms",
    "openai-version",
    "retry-after",
    "retry-after-ms",
    LEFT_OUT_HEADER,
    "x-ratelimit-limit-requests",
    "x-ratelimit-limit-tokens",
    "x-ratelimit-remaining-requests",
    "x-ratelimit-remaining-tokens",
    "x-ratelimit-reset-requests",
    "x-ratelimit-reset-tokens",
)
"""Headers that a browser's script may be shown; the request's id comes with them."""

_STARTS = {"http.response.start", "websocket.accept", "websocket.http.response.start"}


class ReplyHeaders:
    """Gives each request its id, and each reply the id, the API's version and the time that it took."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        request_id = begin_request(Headers(scope=scope))

        async def send_with_headers(message: Message) -> None:
            if message["type"] in _STARTS:
                organization = find_header(scope, b"openai-organization", ORGANIZATION)
                took_ms = round((time.perf_counter() - began) * 1000)
                own = {
                    b"x-request-id": request_id.encode(),
                    b"openai-version": API_VERSION.encode(),
                    b"openai-organization": organization.encode("latin-1"),
                    b"openai-processing-ms": str(took_ms).encode(),
                }
                written = [pair for pair in message.get("headers", ()) if pair[0] not in own]
                message["headers"] = [*written, *own.items()]
            await send(message)

        await self._app(scope, receive, send_with_headers)
