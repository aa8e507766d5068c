"""The control API: what a test does with its scope, over HTTP. One prefix, a document of its own."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response, Security
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer

from fake_llm_server._control_api.documents.reading import DocumentFault, describe_errors
from fake_llm_server._control_api.documents.scopes import ScopeDocument, write_into
from fake_llm_server._control_api.open_scopes import OpenScopes
from fake_llm_server._control_api.prefix import CONTROL_PREFIX, DOCUMENT_PATH
from fake_llm_server._control_api.wire import (
    DEFAULT_SCOPE,
    Advance,
    ClockState,
    ErrorEnvelope,
    Faults,
    Freeze,
    JournalPart,
    NewScope,
    ScopeList,
    ScopeState,
    ScopeWritten,
    describe_clock,
    describe_scope,
)
from fake_llm_server._controls import Controls, judge
from fake_llm_server._errors import ConfigurationError, InvalidRequestError, NotFoundError
from fake_llm_server._seam import Scope

_Name = Annotated[str, Path(description=f"The API key of an open scope, or `{DEFAULT_SCOPE}`.")]

_TITLE = "Control of fake-llm-server"
_VERSION = "1"


class ControlRoute(APIRoute):
    """A route that refuses what can't be read, or can't be meant, in OpenAI's envelope."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """What answers a request."""
        answer = super().get_route_handler()

        async def answer_in_envelope(request: Request) -> Response:
            try:
                return await answer(request)
            except RequestValidationError as error:
                raise _refuse(error) from None
            except ConfigurationError as error:
                raise InvalidRequestError(str(error), code="invalid_value") from None

        return answer_in_envelope


def _refuse(error: RequestValidationError) -> InvalidRequestError:
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return InvalidRequestError(f"The body is no JSON: {first['ctx']['error']}.", code="invalid_value")
    if isinstance(first.get("input"), bytes):
        return InvalidRequestError(
            "The body must be JSON, sent with 'Content-Type: application/json'.", code="invalid_value"
        )
    faults = [DocumentFault(fault.place[1:], fault.reason) for fault in describe_errors(error.errors())]
    words = [str(fault) if fault.place else f"The body {fault}" for fault in faults]
    return InvalidRequestError("\n".join(words), param=faults[0].path or None, code="invalid_value")


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
    _add_scopes(router, scopes, api_prefix)
    _add_contents(router, scopes)
    document = get_openapi(title=_TITLE, version=_VERSION, routes=router.routes)

    @router.get(DOCUMENT_PATH, include_in_schema=False)
    async def get_document() -> JSONResponse:
        return JSONResponse(document)

    return router


def _add_scopes(router: APIRouter, scopes: OpenScopes, api_prefix: str) -> None:
    """The operations on whole scopes."""

    def describe(name: str, request: Request) -> dict[str, Any]:
        api_key = None if name == DEFAULT_SCOPE else name
        base_url = f"{str(request.base_url).rstrip('/')}{api_prefix}"
        return describe_scope(_find(scopes, name), api_key, base_url)

    @router.get("/scopes")
    async def list_scopes(request: Request) -> ScopeList:
        """All scopes, the default one first."""
        names = [DEFAULT_SCOPE, *scopes.by_key]
        return ScopeList(data=[ScopeState(**describe(name, request)) for name in names])

    @router.post("/scopes", status_code=201)
    async def open_scope(document: NewScope, request: Request) -> ScopeWritten:
        """Open a scope: an API key with its own script, rules, calls, ids and stored objects."""
        api_key = document.api_key or scopes.create_key()
        warnings = write_into(scopes.open(api_key), document)
        return ScopeWritten(**describe(api_key, request), warnings=warnings)

    @router.get("/scopes/{scope}")
    async def get_scope(scope: _Name, request: Request) -> ScopeState:
        """The scope as it is now."""
        return ScopeState(**describe(scope, request))

    @router.post("/scopes/{scope}")
    async def write_scope(scope: _Name, document: ScopeDocument, request: Request) -> ScopeWritten:
        """Add replies to the script, and rules; set what is given, and leave the rest."""
        warnings = write_into(_find(scopes, scope), document)
        return ScopeWritten(**describe(scope, request), warnings=warnings)

    @router.delete("/scopes/{scope}")
    async def close_scope(scope: _Name) -> Faults:
        """Close the scope, forget what was stored with it, and tell what `check` would."""
        if scope == DEFAULT_SCOPE:
            raise InvalidRequestError("The default scope stays open; reset it instead.", param="scope")
        closed = _find(scopes, scope)
        await scopes.close(scope)
        return await _take_faults(closed)

    @router.post("/scopes/{scope}/reset")
    async def reset_scope(scope: _Name, request: Request) -> ScopeState:
        """Have the scope be as one that has just been opened: nothing scripted, received or stored."""
        await scopes.reset(_find(scopes, scope))
        return ScopeState(**describe(scope, request))


def _add_contents(router: APIRouter, scopes: OpenScopes) -> None:
    """The operations on what a scope has."""

    @router.delete("/scopes/{scope}/script", status_code=204)
    async def clear_script(scope: _Name) -> None:
        """Forget the replies that are left."""
        _find(scopes, scope).own(Controls).clear_script()

    @router.delete("/scopes/{scope}/when", status_code=204)
    async def clear_rules(scope: _Name) -> None:
        """Forget all rules."""
        _find(scopes, scope).own(Controls).clear_rules()

    @router.get("/scopes/{scope}/calls")
    async def list_calls(scope: _Name) -> JournalPart:
        """The calls that the scope received, in the order in which they came."""
        calls = _find(scopes, scope).own(Controls).journal.calls
        return JournalPart(data=[each.as_json() for each in calls])

    @router.get("/scopes/{scope}/requests")
    async def list_requests(scope: _Name) -> JournalPart:
        """All HTTP requests of the scope, also those that the server refused, each with its calls."""
        requests = _find(scopes, scope).own(Controls).journal.requests
        return JournalPart(data=[each.as_json() for each in requests])

    @router.get("/scopes/{scope}/verdicts")
    async def list_verdicts(scope: _Name) -> JournalPart:
        """What the client of the scope has done wrong so far."""
        verdicts = judge(_find(scopes, scope).own(Controls).journal)
        return JournalPart(data=[each.as_json() for each in verdicts])

    @router.post("/scopes/{scope}/check")
    async def check_scope(scope: _Name) -> Faults:
        """What a test must be told: contradictions and unused replies; each is told once."""
        return await _take_faults(_find(scopes, scope))

    @router.post("/scopes/{scope}/advance")
    async def advance_clock(scope: _Name, by: Advance) -> ClockState:
        """Move the scope's clock on, so that what waits by it goes on."""
        clock = _find(scopes, scope).clock
        clock.advance(by.seconds)
        return describe_clock(clock)

    @router.post("/scopes/{scope}/freeze")
    async def freeze_clock(scope: _Name, when: Freeze) -> ClockState:
        """Have the scope's time stand still but for `advance`, at a date where one is given."""
        clock = _find(scopes, scope).clock
        clock.freeze(when.at)
        return describe_clock(clock)

    @router.post("/scopes/{scope}/resume")
    async def resume_clock(scope: _Name) -> ClockState:
        """Have the scope's time pass again."""
        clock = _find(scopes, scope).clock
        clock.resume()
        return describe_clock(clock)


async def _take_faults(scope: Scope) -> Faults:
    """On a thread, as verdicts wait for requests that are under way on this one."""
    return Faults(faults=await asyncio.to_thread(scope.own(Controls).take_faults))


def _find(scopes: OpenScopes, name: str) -> Scope:
    found = scopes.default if name == DEFAULT_SCOPE else scopes.by_key.get(name)
    if found is None:
        raise NotFoundError(
            f"No scope is open for the API key {name!r}.", param="scope", code="scope_not_found"
        )
    return found
