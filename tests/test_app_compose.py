"""The application is composed of a registry: an API group is a package and a line."""

import asyncio
import pkgutil
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest
from conftest import MODEL
from contract_checks import load_contract
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from fake_llm_server import FakeLLMServer, ServerSettings, ServingConfiguration, _api, create_server_app
from fake_llm_server._api.shared.api_group import Api, Services
from fake_llm_server._api.shared.object_ids import ObjectIds
from fake_llm_server._api.shared.served_models import ServedModels
from fake_llm_server._app.apis import API_GROUPS, API_PREFIX
from fake_llm_server._store.memory import MemoryStore

KEY = "sk-right"


@pytest.fixture
def configuration(server: FakeLLMServer) -> ServingConfiguration:
    """A server's configuration on the model that is loaded already."""
    return ServingConfiguration(
        {MODEL: server.configuration[MODEL]}, settings=ServerSettings(api_keys=(KEY,))
    )


async def ask(app: FastAPI, path: str, key: str) -> httpx2.Response:
    """Start the application, ask it once, and shut it down."""
    headers = {"Authorization": f"Bearer {key}"}
    transport = httpx2.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://server.test") as client,
    ):
        return await client.get(path, headers=headers)


def test_applications_are_composed_side_by_side(configuration: ServingConfiguration) -> None:
    """Threads that create applications at once show no warning, which this suite takes for an error."""
    with ThreadPoolExecutor(4) as threads:
        apps = list(threads.map(lambda _: create_server_app(configuration), range(8)))
    assert len({id(app) for app in apps}) == len(apps)


def test_every_group_is_registered() -> None:
    """No package of an API is left out of the registry, or stands in it twice."""
    packages = {package.name for package in pkgutil.iter_modules(_api.__path__) if package.name != "shared"}
    registered = [create_api.__module__.rpartition(".")[2] for create_api in API_GROUPS]
    assert sorted(registered) == sorted(packages)


def test_every_operation_has_its_route() -> None:
    """The routes of all groups are the contract's paths and methods, each once."""
    store = MemoryStore()
    services = Services(models=ServedModels({}), ids=ObjectIds(store), store=store)
    routers = [router for create_api in API_GROUPS for router in create_api(services).routers]
    routed = [
        (method, route.path.replace(":path", ""))
        for router in routers
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    ]
    paths = load_contract()["paths"]
    assert sorted(routed) == sorted((method.upper(), path) for path, item in paths.items() for method in item)


def test_a_further_group_is_one_function(configuration: ServingConfiguration) -> None:
    """A group of its own stands below the prefix, behind the keys, and is closed while the store works."""
    closed: list[object] = []

    def create_api(services: Services) -> Api:
        router = APIRouter()

        @router.get("/widgets")
        async def list_widgets() -> list[str]:
            return list(services.models.by_name)

        async def aclose() -> None:
            closed.append(await services.store.get("", "widget", "widget_1"))

        return Api([router], aclose)

    app = create_server_app(configuration, api_groups=[*API_GROUPS, create_api])
    assert asyncio.run(ask(app, f"{API_PREFIX}/widgets", KEY)).json() == [MODEL]
    assert closed == [None]
    app = create_server_app(configuration, api_groups=[create_api])
    assert asyncio.run(ask(app, f"{API_PREFIX}/widgets", "sk-wrong")).status_code == 401
