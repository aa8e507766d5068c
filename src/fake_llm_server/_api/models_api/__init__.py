"""The API of models: which there are, by the names that clients use."""

from fake_llm_server._api.models_api.handler import ModelsHandler
from fake_llm_server._api.shared.api_group import Api, Services
from fake_llm_server._generated.models_api.api import create_router


def create_api(services: Services) -> Api:
    """Create the API group."""
    return Api([create_router(ModelsHandler(services.models))])
