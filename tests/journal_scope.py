"""Fixtures of the journal's tests: a scope of a server that loads no model, and a client of it."""

from collections.abc import Iterator

import openai
import pytest

from fake_llm_server import FakeLLM, FakeLLMServer


@pytest.fixture(scope="module")
def journal_server() -> Iterator[FakeLLMServer]:
    """A server whose answers are all scripted."""
    with FakeLLMServer(load="first_use", any_model=True) as server:
        yield server


@pytest.fixture
def fake_llm(journal_server: FakeLLMServer) -> Iterator[FakeLLM]:
    """A strict scope of the server."""
    with journal_server.open_scope(strict=True) as opened:
        yield opened


@pytest.fixture
def client(fake_llm: FakeLLM) -> Iterator[openai.OpenAI]:
    """A client of the scope."""
    with openai.OpenAI(**fake_llm.openai_client_args(), max_retries=0, timeout=20) as opened:
        yield opened
