"""The last link: it answers the operations whose paths have no parameters, and leaves the rest to the router.

These are the ones that are called most. FastAPI would look for the route, and enter stacks for dependencies
that a generated route doesn't have, which takes as long as a scripted reply.
"""

from collections.abc import Awaitable, Callable, Sequence

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from fake_llm_server._api.shared.wire_errors import ANSWERED_ERRORS, describe_error
from fake_llm_server._app.apis import API_PREFIX
from fake_llm_server._contract import OperationRoute


class Operations:
    """Answers what it knows by method and path as the router below would.

    Args:
        app: the router, with all routes.
        routers: whose operations are answered here; routes of other kinds stay with the router.
    """

    def __init__(self, app: ASGIApp, routers: Sequence[APIRouter]) -> None:
        self._app = app
        self._endpoints: dict[tuple[str, str], Callable[[Request], Awaitable[Response]]] = {}
        for router in routers:
            for route in router.routes:
                if isinstance(route, OperationRoute) and "{" not in route.path:
                    for method in route.methods or ():
                        self._endpoints.setdefault((method, f"{API_PREFIX}{route.path}"), route.endpoint)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        endpoint = self._endpoints.get((scope["method"], scope["path"])) if scope["type"] == "http" else None
        if endpoint is None:
            await self._app(scope, receive, send)
            return
        try:
            response = await endpoint(Request(scope, receive))
        except ANSWERED_ERRORS as error:
            response = describe_error(error).to_response()
        await response(scope, receive, send)
