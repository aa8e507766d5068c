"""Scopes: what belongs to one API key is invisible to the others on the same server."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from fake_llm_server import (
    AnswerRules,
    ConfigurationError,
    ServerSettings,
    create_server_app,
    parse_server_args,
)
from fake_llm_server._api.shared.call_context import CallContext
from fake_llm_server._app.scopes import Scopes
from fake_llm_server._seam import GenerationRequest, Scope
from fake_llm_server._store.memory import MemoryStore

MINE, YOURS = "sk-fake-mine", "sk-fake-yours"
QUESTION = {
    "model": "smollm2-135m",
    "messages": [{"role": "user", "content": "Hi"}],
    "max_tokens": 1,
    "store": True,
}


@asynccontextmanager
async def running_app(**settings: Any) -> AsyncGenerator[tuple[FastAPI, httpx2.AsyncClient], None]:
    """An application, started, and a client of it."""
    configuration = parse_server_args("smollm2-135m", **settings)
    app = create_server_app(configuration)
    transport = httpx2.ASGITransport(app=app)
    try:
        async with (
            app.router.lifespan_context(app),
            httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1/v1") as client,
        ):
            yield app, client
    finally:
        configuration.close()


async def ask(client: httpx2.AsyncClient, api_key: str) -> str:
    """Have a completion stored, and return its id."""
    answered = await client.post("/chat/completions", json=QUESTION, headers=bearer(api_key))
    assert answered.status_code == 200, answered.text
    return str(answered.json()["id"])


async def list_ids(client: httpx2.AsyncClient, api_key: str) -> list[str]:
    """Ids of what a key's scope has stored."""
    listed = await client.get("/chat/completions", headers=bearer(api_key))
    return [completion["id"] for completion in listed.json()["data"]]


def bearer(api_key: str) -> dict[str, str]:
    """The header that carries a key."""
    return {"authorization": f"Bearer {api_key}"}


def test_scopes_do_not_see_each_other() -> None:
    """Each scope has ids and stored objects of its own, as if it had the server to itself."""

    async def run() -> None:
        async with running_app() as (app, client):
            app.state.scopes.open(MINE)
            app.state.scopes.open(YOURS)
            mine, yours, default = await ask(client, MINE), await ask(client, YOURS), await ask(client, "any")
            assert mine == yours == default
            again = await ask(client, MINE)
            assert again != mine
            assert await list_ids(client, MINE) == [mine, again]
            assert await list_ids(client, YOURS) == [yours]
            hidden = await client.get(f"/chat/completions/{again}", headers=bearer(YOURS))
            assert hidden.status_code == 404

    asyncio.run(run())


def test_a_closed_scope_leaves_nothing() -> None:
    """A key whose scope is closed and opened again begins anew."""

    async def run() -> None:
        async with running_app() as (app, client):
            app.state.scopes.open(MINE)
            first = await ask(client, MINE)
            await app.state.scopes.close(MINE)
            await app.state.scopes.close(MINE)
            app.state.scopes.open(MINE)
            assert await list_ids(client, MINE) == []
            assert await ask(client, MINE) == first

    asyncio.run(run())


def test_the_key_of_a_scope_is_a_good_key() -> None:
    """Where keys are asked for, a scope's key is one while the scope is open."""

    async def run() -> None:
        async with running_app(api_keys=["sk-server"]) as (app, client):
            refused = await client.get("/models", headers=bearer(MINE))
            app.state.scopes.open(MINE)
            taken = await client.get("/models", headers=bearer(MINE))
            assert (refused.status_code, taken.status_code) == (401, 200)

    asyncio.run(run())


def test_a_key_has_one_scope() -> None:
    """An empty key, and one that has a scope, are refused; no name of a scope tells its key."""
    scopes = Scopes(MemoryStore())
    assert isinstance(scopes.open(MINE), Scope)
    assert MINE not in scopes.find(MINE).name
    for key in (MINE, " "):
        with pytest.raises(ConfigurationError):
            scopes.open(key)
    assert scopes.find(YOURS) is scopes.default


def test_a_scope_may_have_rules_of_its_own() -> None:
    """A call is answered by the rules of its scope, or by the server's where that has none."""
    servers, own = AnswerRules(decide_calls=False), AnswerRules.none()
    scope = Scope("mine")
    context = CallContext(scope, "req_1", ServerSettings(answers=servers))
    request = GenerationRequest(turns=())
    assert context.create_call("createResponse", "m", request).rules is servers
    scope.rules = own
    assert context.create_call("createResponse", "m", request).rules is own
