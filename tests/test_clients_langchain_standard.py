"""LangChain's own standard tests for chat models, run against the fake."""

import importlib.util
from collections.abc import Sequence
from typing import Any

import pytest
from conftest import MODEL

from fake_llm_server import FakeLLMServer

pytestmark = pytest.mark.clients

if importlib.util.find_spec("langchain_tests") is None:
    pytest.skip("LangChain's tests come with the dependency group `clients`.", allow_module_level=True)

from langchain_core.messages import AIMessage  # noqa: E402 - skipped above where it isn't installed
from langchain_core.runnables import Runnable  # noqa: E402 - as above
from langchain_openai import ChatOpenAI  # noqa: E402 - skipped above where it isn't installed
from langchain_tests.integration_tests import ChatModelIntegrationTests  # noqa: E402 - as above


class ForSmallModel(ChatOpenAI):
    """A small model repeats itself as long as it may: a call without this, and a text without a penalty."""

    def bind_tools(
        self, tools: Sequence[Any], *, tool_choice: Any = None, **options: Any
    ) -> Runnable[Any, AIMessage]:
        """Bind tools of which one may be called at once."""
        options = {"parallel_tool_calls": False, "tool_choice": tool_choice, **options}
        return super().bind_tools(tools, **options)


class TestChatOpenAI(ChatModelIntegrationTests):
    """What LangChain asks of every chat model; what asks for a cleverer model is marked so."""

    @pytest.fixture(autouse=True)
    def _served(self, server: FakeLLMServer) -> None:
        type(self).server = server

    server: FakeLLMServer

    @property
    def chat_model_class(self) -> type[ChatOpenAI]:
        """The class under test."""
        return ForSmallModel

    @property
    def chat_model_params(self) -> dict[str, object]:
        """How it finds the fake."""
        return {
            "model": MODEL,
            "max_tokens": 300,
            "frequency_penalty": 1,
            "stream_usage": True,
            **self.server.openai_client_args(),
        }

    @pytest.mark.xfail(reason="The embedded model doesn't decide by itself to call a tool.")
    def test_agent_loop(self, model: Any) -> None:
        """Let an agent find out the weather by its tool."""
        super().test_agent_loop(model)
