"""Chat completions: wire requests to generation requests, events to completions and chunks."""

from fake_llm_server._api.chat.handler import ChatCompletionsHandler
from fake_llm_server._api.shared.api_group import Api, Services
from fake_llm_server._generated.chat.api import create_router


def create_api(services: Services) -> Api:
    """Create the API group."""
    handler = ChatCompletionsHandler(services.models, services.ids, services.store)
    return Api([create_router(handler)])
