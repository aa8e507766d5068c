"""The control API: what a test does with its scope, over HTTP. One prefix, a document of its own."""

from fastapi import APIRouter, Security
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBearer

from fake_llm_server._control_api.control_route import ControlRoute
from fake_llm_server._control_api.open_scopes import OpenScopes
from fake_llm_server._control_api.operations.clock import add_clock
from fake_llm_server._control_api.operations.journal import add_journal
from fake_llm_server._control_api.operations.scopes import add_contents, add_scopes
from fake_llm_server._control_api.prefix import CONTROL_PREFIX, DOCUMENT_PATH
from fake_llm_server._control_api.wire import ErrorEnvelope

_TITLE = "Control of fake-llm-server"
_VERSION = "1"


def create_control_router(scopes: OpenScopes, *, api_prefix: str) -> APIRouter:
    """Create the routes.

    Args:
        scopes: of the server.
        api_prefix: of OpenAI's API on this server, for the `base_url` of scopes.
    """
    router = APIRouter(
        prefix=CONTROL_PREFIX,
        route_class=ControlRoute,
        dependencies=[Security(HTTPBearer(auto_error=False))],  # the request chain asks for the key
        generate_unique_id_function=lambda route: route.name,
        responses={"4XX": {"model": ErrorEnvelope, "description": "An error, in OpenAI's envelope"}},
    )
    add_scopes(router, scopes, api_prefix)
    add_contents(router, scopes)
    add_journal(router, scopes)
    add_clock(router, scopes)
    document = get_openapi(title=_TITLE, version=_VERSION, routes=router.routes)

    @router.get(DOCUMENT_PATH, include_in_schema=False)
    async def get_document() -> JSONResponse:
        return JSONResponse(document)

    return router
