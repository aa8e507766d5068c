"""Reads the journal of a scope."""

import asyncio
from typing import Literal

from fastapi import APIRouter, Request, Response

from fake_llm_server._control_api.open_scopes import OpenScopes
from fake_llm_server._control_api.operations.naming import ScopeName, find_scope
from fake_llm_server._control_api.wire import JournalPart
from fake_llm_server._controls import Controls, judge
from fake_llm_server._controls.exports import EXPORTS

_MEDIA_TYPES = {"jsonl": "application/jsonl", "har": "application/json"}


def add_journal(router: APIRouter, scopes: OpenScopes) -> None:
    """Add the operations to a router."""

    @router.get("/scopes/{scope}/calls")
    async def list_calls(scope: ScopeName) -> JournalPart:
        """The calls that the scope received, in the order in which they came."""
        calls = find_scope(scopes, scope).own(Controls).journal.calls
        return JournalPart(data=[each.as_json() for each in calls])

    @router.get("/scopes/{scope}/requests")
    async def list_requests(scope: ScopeName) -> JournalPart:
        """All HTTP requests of the scope, also those that the server refused, each with its calls."""
        requests = find_scope(scopes, scope).own(Controls).journal.requests
        return JournalPart(data=[each.as_json() for each in requests])

    @router.get(
        "/scopes/{scope}/journal.{form}",
        response_class=Response,
        responses={200: {"content": {name: {"schema": {}} for name in _MEDIA_TYPES.values()}}},
    )
    async def export_journal(scope: ScopeName, form: Literal["jsonl", "har"], request: Request) -> Response:
        """All HTTP requests as JSON Lines, or as an HTTP archive; keys are masked."""
        requests = find_scope(scopes, scope).own(Controls).journal.requests
        text = await asyncio.to_thread(EXPORTS[f".{form}"], requests, str(request.base_url))
        return Response(text, media_type=_MEDIA_TYPES[form])

    @router.get("/scopes/{scope}/verdicts")
    async def list_verdicts(scope: ScopeName) -> JournalPart:
        """What the client of the scope has done wrong so far."""
        verdicts = await asyncio.to_thread(judge, find_scope(scopes, scope).own(Controls).journal)
        return JournalPart(data=[each.as_json() for each in verdicts])
