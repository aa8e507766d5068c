"""Fixtures of the tests of scripts and rules: a scope of the shared server, and a client of it."""

from collections.abc import Iterator

import openai
import pytest

from fake_llm_server import FakeLLM, FakeLLMServer


@pytest.fixture
def fake_llm(server: FakeLLMServer) -> Iterator[FakeLLM]:
    """A scope of the shared server."""
    with server.open_scope() as opened:
        yield opened


@pytest.fixture
def own_client(fake_llm: FakeLLM) -> Iterator[openai.OpenAI]:
    """A client of the scope."""
    with openai.OpenAI(**fake_llm.openai_client_args(), max_retries=0, timeout=20) as client:
        yield client
