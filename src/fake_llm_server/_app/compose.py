"""The FastAPI application: routers, errors, and the life of what stands behind them."""

from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager, closing

from fastapi import FastAPI

from fake_llm_server._api.chat import ChatCompletionsHandler
from fake_llm_server._api.chat.stored import StoredCompletions
from fake_llm_server._api.models_api import ModelsHandler
from fake_llm_server._api.responses import ResponsesHandler
from fake_llm_server._api.responses.stored import StoredResponses
from fake_llm_server._api.responses.websocket import create_websocket_router
from fake_llm_server._api.shared.object_ids import ObjectIds
from fake_llm_server._api.shared.wire_errors import install_error_handlers
from fake_llm_server._app.chain.links import create_request_chain
from fake_llm_server._app.configuration import ServingConfiguration
from fake_llm_server._app.contract_document import create_contract_router, find_methods
from fake_llm_server._app.model_backends import ModelBackends
from fake_llm_server._app.scopes import Scopes
from fake_llm_server._generated.chat.api import create_router as create_chat_router
from fake_llm_server._generated.models_api.api import create_router as create_models_router
from fake_llm_server._generated.responses.api import create_router as create_responses_router
from fake_llm_server._store.sqlite import ObjectStore

API_PREFIX = "/v1"


def create_server_app(configuration: ServingConfiguration) -> FastAPI:
    """Create the application that serves a configuration.

    The engines are taken when the application starts up, and let go when it shuts down.
    """
    backends = ModelBackends(configuration)
    served = backends.served
    store = ObjectStore(configuration.settings.store_path)
    ids = ObjectIds(store.has)
    scopes = Scopes()
    chat = ChatCompletionsHandler(served, ids, StoredCompletions(store))
    responses = ResponsesHandler(served, ids, StoredResponses(store))

    @asynccontextmanager
    async def live(_app: FastAPI) -> AsyncGenerator[None, None]:
        with closing(store):
            async with aclosing(backends):
                await backends.start()
                try:
                    yield
                finally:
                    await responses.close()

    # The documents and pages that FastAPI makes of Python code aren't the contract: none is served.
    app = FastAPI(
        title="fake-llm-server",
        lifespan=live,
        openapi_url=None,
        redirect_slashes=False,
        middleware=create_request_chain(configuration.settings, scopes),
    )
    app.state.scopes = scopes
    install_error_handlers(app, lambda path: find_methods(path.removeprefix(API_PREFIX)))
    app.include_router(create_chat_router(chat), prefix=API_PREFIX)
    app.include_router(create_responses_router(responses), prefix=API_PREFIX)
    app.include_router(create_websocket_router(responses.preparer, responses.stored), prefix=API_PREFIX)
    app.include_router(create_models_router(ModelsHandler(served)), prefix=API_PREFIX)
    has_keys = bool(configuration.settings.api_keys)
    app.include_router(create_contract_router(prefix=API_PREFIX, has_keys=has_keys))
    return app
