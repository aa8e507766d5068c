"""The Responses API: wire requests to generation requests, events to responses and streams."""

from fake_llm_server._api.responses.handler import ResponsesHandler
from fake_llm_server._api.responses.websocket import create_websocket_router
from fake_llm_server._api.shared.api_group import Api, Services
from fake_llm_server._generated.responses.api import create_router


def create_api(services: Services) -> Api:
    """Create the API group: its operations, and the WebSocket form of one of them."""
    handler = ResponsesHandler(services.models, services.ids, services.store)
    websocket = create_websocket_router(handler.preparer, services.store)
    return Api([create_router(handler), websocket], aclose=handler.close)
