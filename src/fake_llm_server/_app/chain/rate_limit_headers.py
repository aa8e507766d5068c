"""The link that writes `x-ratelimit-*` on every reply of the API, as OpenAI does.

The limits themselves are asked where a request is understood: `CallContext.create_call`.
"""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fake_llm_server._api.shared.call_context import CONTEXT_KEY, CallContext
from fake_llm_server._app.apis import API_PREFIX
from fake_llm_server._controls.limits import UNLIMITED, find_limits

_WHERE_UNLIMITED = {name: value for headers in UNLIMITED.values() for name, value in headers.items()}
_RAW_UNLIMITED = [(name.encode(), value.encode()) for name, value in _WHERE_UNLIMITED.items()]


class RateLimitHeaders:
    """Says what is left of a scope's limits. A script's error that says so itself keeps its own words.

    Args:
        app: the next link.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http" or not scope["path"].startswith(API_PREFIX):
            await self._app(scope, receive, send)
            return
        context: CallContext = scope[CONTEXT_KEY]

        async def send_with_limits(message: Message) -> None:
            if message["type"] == "http.response.start":
                _describe(context, message)
            await send(message)

        await self._app(scope, receive, send_with_limits)


def _describe(context: CallContext, message: Message) -> None:
    limits = find_limits(context.scope, context.settings)
    written = {name for name, _ in message["headers"]}
    if limits is None and _RAW_UNLIMITED[0][0] not in written:
        message["headers"] = [*message["headers"], *_RAW_UNLIMITED]
        return
    headers = MutableHeaders(scope=message)
    described = {} if limits is None else limits.describe(context.scope.clock.now())
    for name, value in {**_WHERE_UNLIMITED, **described}.items():
        headers.setdefault(name, value)
