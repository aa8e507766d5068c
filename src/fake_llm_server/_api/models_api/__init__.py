"""The API of models: which there are, by the names that clients use."""

from fake_llm_server._api.models_api.handler import ModelsHandler as ModelsHandler
