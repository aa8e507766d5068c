"""What the server's settings change about responses."""

from collections.abc import Iterator
from typing import Any

import openai
import pytest

from fake_llm_server import FakeLLMServer

MODEL = "smollm2-135m"
ASK: dict[str, Any] = {"model": MODEL, "input": "Say hi.", "max_output_tokens": 16}


@pytest.fixture(scope="module")
def client() -> Iterator[openai.OpenAI]:
    """A client of a server that stores responses and refuses tools that it can't run."""
    with (
        FakeLLMServer(MODEL, store_by_default=True, hosted_tools="refuse") as server,
        openai.OpenAI(**server.openai_client_args(), max_retries=0) as client,
    ):
        yield client


def test_an_absent_store_means_what_the_server_says(client: openai.OpenAI) -> None:
    """A response without `store` is kept and can be continued; one that says false isn't."""
    first = client.responses.create(**ASK)
    assert first.store is True
    assert client.responses.retrieve(first.id) == first
    second = client.responses.create(**{**ASK, "input": "Again."}, previous_response_id=first.id)
    assert second.previous_response_id == first.id
    lost = client.responses.create(**ASK, store=False)
    assert lost.store is False
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(lost.id)


def test_what_answers_nothing_stores_nothing(client: openai.OpenAI) -> None:
    """Counting tokens takes no id, so the next equal response has the one that it would have had."""
    ask: dict[str, Any] = {"model": MODEL, "input": "Count me.", "max_output_tokens": 16}
    with FakeLLMServer(MODEL, store_by_default=True) as server:
        expected = openai.OpenAI(**server.openai_client_args()).responses.create(**ask).id
    client.responses.input_tokens.count(model=MODEL, input="Count me.")
    assert client.responses.create(**ask).id == expected


def test_hosted_tools_are_refused_in_openai_s_words(client: openai.OpenAI) -> None:
    """An offer of a tool that nothing here runs is an error, where the server says so."""
    with pytest.raises(openai.BadRequestError) as refusal:
        client.responses.create(**ASK, tools=[{"type": "web_search"}])
    error = refusal.value
    assert f"Hosted tool 'web_search' is not supported with {MODEL}." in error.message
    assert (error.param, error.code) == ("tools", None)
