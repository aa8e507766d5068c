"""`answer_timeout_s`: no answer takes longer, and the server goes on."""

from collections.abc import Iterator

import openai
import pytest

from fake_llm_server import FakeLLMServer

MODEL = "smollm2-135m"
QUESTION = "Count to ten thousand."


@pytest.fixture(scope="module")
def hasty(server: FakeLLMServer) -> Iterator[openai.OpenAI]:
    """A client of a server whose answers may take a fifth of a second: too short for a thousand tokens."""
    del server  # it keeps the model loaded
    with (
        FakeLLMServer(MODEL, answer_timeout_s=0.2) as running,
        openai.OpenAI(**running.openai_client_args(), max_retries=0) as client,
    ):
        yield client


def test_a_long_answer_is_a_timeout(hasty: openai.OpenAI) -> None:
    """Chat completions and responses are answered with 504 in the envelope."""
    with pytest.raises(openai.APIStatusError) as chat:
        hasty.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": QUESTION}])
    with pytest.raises(openai.APIStatusError) as response:
        hasty.responses.create(model=MODEL, input=QUESTION)
    for raised in (chat, response):
        assert (raised.value.status_code, raised.value.code) == (504, "timeout")


def test_a_stream_that_takes_too_long_fails(hasty: openai.OpenAI) -> None:
    """A response's stream has begun by then: it ends with `response.failed`."""
    events = list(hasty.responses.create(model=MODEL, input=QUESTION, stream=True))
    assert (events[0].type, events[-1].type) == ("response.created", "response.failed")


def test_the_server_goes_on(hasty: openai.OpenAI) -> None:
    """What failed leaves nothing behind: the models are listed, and the same client can ask again."""
    assert [model.id for model in hasty.models.list()] == [MODEL]
