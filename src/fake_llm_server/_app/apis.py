"""The registry: the API groups that the server serves, and the prefix of their paths."""

from fake_llm_server._api import chat, models_api, responses
from fake_llm_server._api.shared.api_group import CreateApi

API_PREFIX = "/v1"

API_GROUPS: tuple[CreateApi, ...] = (
    chat.create_api,
    responses.create_api,
    models_api.create_api,
)
