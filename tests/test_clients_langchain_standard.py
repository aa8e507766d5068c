"""LangChain's own standard tests for chat models, run against the fake."""

import importlib.util

import pytest
from conftest import MODEL

from fake_llm_server import FakeLLMServer

pytestmark = pytest.mark.clients

if importlib.util.find_spec("langchain_tests") is None:
    pytest.skip("LangChain's tests come with the dependency group `clients`.", allow_module_level=True)

from langchain_openai import ChatOpenAI  # noqa: E402 - skipped above where it isn't installed
from langchain_tests.integration_tests import ChatModelIntegrationTests  # noqa: E402 - as above


class TestChatOpenAI(ChatModelIntegrationTests):
    """What LangChain asks of every chat model, over chat completions."""

    @pytest.fixture(autouse=True)
    def _served(self, server: FakeLLMServer) -> None:
        type(self).server = server

    server: FakeLLMServer

    @property
    def chat_model_class(self) -> type[ChatOpenAI]:
        """The class under test."""
        return ChatOpenAI

    @property
    def chat_model_params(self) -> dict[str, object]:
        """How it finds the fake."""
        return {"model": MODEL, "stream_usage": True, **self.server.openai_client_args()}


class TestChatOpenAIResponses(TestChatOpenAI):
    """The same over responses."""

    @property
    def chat_model_params(self) -> dict[str, object]:
        """How it finds the fake."""
        return {**super().chat_model_params, "use_responses_api": True}
