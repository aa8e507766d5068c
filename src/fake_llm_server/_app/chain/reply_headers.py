"""The link that writes the headers which OpenAI's clients read from every reply."""

import time

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fake_llm_server._api.shared.left_out import LEFT_OUT_HEADER
from fake_llm_server._api.shared.request_ids import begin_request

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
        request_headers = Headers(scope=scope)
        request_id = begin_request(request_headers)

        async def send_with_headers(message: Message) -> None:
            if message["type"] in _STARTS:
                message.setdefault("headers", [])
                headers = MutableHeaders(scope=message)
                headers["x-request-id"] = request_id
                headers["openai-version"] = API_VERSION
                headers["openai-organization"] = request_headers.get("openai-organization", ORGANIZATION)
                headers["openai-processing-ms"] = str(round((time.perf_counter() - began) * 1000))
            await send(message)

        await self._app(scope, receive, send_with_headers)
