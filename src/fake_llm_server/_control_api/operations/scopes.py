"""Opens, writes and closes scopes."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request

from fake_llm_server._control_api.documents.scopes import ScopeDocument, write_into
from fake_llm_server._control_api.open_scopes import OpenScopes
from fake_llm_server._control_api.operations.naming import ScopeName, find_scope
from fake_llm_server._control_api.wire import (
    DEFAULT_SCOPE,
    Faults,
    NewScope,
    ScopeList,
    ScopeState,
    ScopeWritten,
    describe_scope,
)
from fake_llm_server._controls import Controls
from fake_llm_server._errors import InvalidRequestError
from fake_llm_server._seam import Scope


def add_scopes(router: APIRouter, scopes: OpenScopes, api_prefix: str) -> None:
    """Add the operations to a router.

    Args:
        router: of the control API.
        scopes: of the server.
        api_prefix: of OpenAI's API on this server, for the `base_url` of scopes.
    """

    def describe(name: str, request: Request) -> dict[str, Any]:
        api_key = None if name == DEFAULT_SCOPE else name
        base_url = f"{str(request.base_url).rstrip('/')}{api_prefix}"
        return describe_scope(find_scope(scopes, name), api_key, base_url)

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
    async def get_scope(scope: ScopeName, request: Request) -> ScopeState:
        """The scope as it is now."""
        return ScopeState(**describe(scope, request))

    @router.post("/scopes/{scope}")
    async def write_scope(scope: ScopeName, document: ScopeDocument, request: Request) -> ScopeWritten:
        """Add replies to the script, and rules; set what is given, and leave the rest."""
        warnings = write_into(find_scope(scopes, scope), document)
        return ScopeWritten(**describe(scope, request), warnings=warnings)

    @router.delete("/scopes/{scope}")
    async def close_scope(scope: ScopeName) -> Faults:
        """Close the scope, forget what was stored with it, and tell what `check` would."""
        if scope == DEFAULT_SCOPE:
            raise InvalidRequestError("The default scope stays open; reset it instead.", param="scope")
        closed = find_scope(scopes, scope)
        await scopes.close(scope)
        return await _take_faults(closed)

    @router.post("/scopes/{scope}/reset")
    async def reset_scope(scope: ScopeName, request: Request) -> ScopeState:
        """Have the scope be as one that has just been opened: nothing scripted, received or stored."""
        await scopes.reset(find_scope(scopes, scope))
        return ScopeState(**describe(scope, request))


def add_contents(router: APIRouter, scopes: OpenScopes) -> None:
    """Add the operations on what was written into a scope."""

    @router.delete("/scopes/{scope}/script", status_code=204)
    async def clear_script(scope: ScopeName) -> None:
        """Forget the replies that are left."""
        find_scope(scopes, scope).own(Controls).clear_script()

    @router.delete("/scopes/{scope}/when", status_code=204)
    async def clear_rules(scope: ScopeName) -> None:
        """Forget all rules."""
        find_scope(scopes, scope).own(Controls).clear_rules()

    @router.post("/scopes/{scope}/check")
    async def check_scope(scope: ScopeName) -> Faults:
        """What a test must be told: contradictions and unused replies; each is told once."""
        return await _take_faults(find_scope(scopes, scope))


async def _take_faults(scope: Scope) -> Faults:
    """On a thread, as verdicts wait for requests that are under way on this one."""
    return Faults(faults=await asyncio.to_thread(scope.own(Controls).take_faults))
