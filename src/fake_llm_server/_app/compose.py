"""The only place where the application is put together: API groups, chain, errors, and their lives."""

import threading
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from fake_llm_server._api.shared.api_group import CreateApi, Services
from fake_llm_server._api.shared.object_ids import ObjectIds
from fake_llm_server._api.shared.wire_errors import install_error_handlers
from fake_llm_server._app.apis import API_GROUPS, API_PREFIX
from fake_llm_server._app.chain.links import create_request_chain
from fake_llm_server._app.configuration import ServingConfiguration
from fake_llm_server._app.contract_document import create_contract_router, find_methods
from fake_llm_server._app.control import create_control_routes, following_script
from fake_llm_server._app.health import create_health_router
from fake_llm_server._app.model_backends import ModelBackends
from fake_llm_server._app.scopes import Scopes
from fake_llm_server._store import open_store
from fake_llm_server._store.protocol import Store

_COMPOSING = threading.Lock()
"""Held while FastAPI reads routes: it silences a warning of Pydantic's by `warnings.catch_warnings`, which
isn't safe across threads: a server that starts beside another one would show it."""


def create_server_app(
    configuration: ServingConfiguration, *, api_groups: Sequence[CreateApi] = API_GROUPS
) -> FastAPI:
    """Create the application that serves a configuration.

    The engines are taken when the application starts up, and let go when it shuts down.

    Args:
        configuration: what is served.
        api_groups: make the routes below `API_PREFIX`.
    """
    backends = ModelBackends(configuration)
    store = open_store(configuration.settings.store_path)
    with _COMPOSING:
        return _compose(configuration, backends, store, api_groups)


def _compose(
    configuration: ServingConfiguration,
    backends: ModelBackends,
    store: Store,
    api_groups: Sequence[CreateApi],
) -> FastAPI:
    services = Services(models=backends.served, ids=ObjectIds(store), store=store)
    scopes = Scopes(store, configuration.settings.control_key)
    apis = [create_api(services) for create_api in api_groups]
    routers = [router for api in apis for router in api.routers]

    @asynccontextmanager
    async def live(_app: FastAPI) -> AsyncGenerator[None, None]:
        async with AsyncExitStack() as closing:  # in reverse: what runs in an API group needs the rest
            closing.push_async_callback(store.aclose)
            closing.push_async_callback(backends.aclose)
            await backends.start()
            if (script := configuration.settings.script) is not None:
                await closing.enter_async_context(following_script(script, scopes))
            for api in apis:
                closing.push_async_callback(api.aclose)
            yield

    # The documents and pages that FastAPI makes of Python code aren't the contract: none is served.
    app = FastAPI(
        title="fake-llm-server",
        lifespan=live,
        openapi_url=None,
        redirect_slashes=False,
        # Without this, FastAPI writes into the telemetry of the program under test, which shares our process.
        # Versions of FastAPI that have no telemetry ignore the argument.
        telemetry={
            "tracing": False,
            "metrics": False,
            "logs": False,
            "operation_spans": False,
            "auto_configure": False,
        },
        middleware=create_request_chain(configuration.settings, scopes, routers),
    )
    app.state.scopes = scopes
    install_error_handlers(app, lambda path: find_methods(path.removeprefix(API_PREFIX)))
    for router in routers:
        app.include_router(router, prefix=API_PREFIX)
    has_keys = bool(configuration.settings.api_keys)
    app.include_router(create_control_routes(configuration.settings, scopes))
    app.include_router(create_health_router(backends.served))
    app.include_router(create_contract_router(prefix=API_PREFIX, has_keys=has_keys))
    return app
