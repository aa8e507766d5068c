"""What happens to a prompt that is too long for the model's window, over HTTP."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from tiny_models import write_tiny_model

from fake_llm_server import AnswerRules, EngineSettings, FakeLLMServer

WINDOW = 512
HEADER = "x-fake-llm-server-left-out"
LONG: Any = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "An old question. " * 20},
    {"role": "assistant", "content": "An old answer. " * 20},
    {"role": "user", "content": f"Begin. {'And so on. ' * 300}End."},
]
ASK: Any = {"model": "tiny", "messages": LONG, "max_tokens": 4}


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model, whose tokens are bytes."""
    return write_tiny_model(tmp_path_factory.mktemp("weights") / "tiny.gguf", "llama")


@pytest.fixture(scope="module")
def client(weights: Path) -> Iterator[openai.OpenAI]:
    """A client of a server that fits prompts into its window."""
    rules = AnswerRules(long_prompts="fit")
    with (
        FakeLLMServer(weights, engine=EngineSettings(window=WINDOW), answers=rules) as server,
        openai.OpenAI(**server.openai_client_args(), max_retries=0) as client,
    ):
        yield client


def test_a_long_prompt_is_refused_unless_asked(weights: Path) -> None:
    """By default a prompt that doesn't fit is an error."""
    with FakeLLMServer(weights, engine=EngineSettings(window=WINDOW)) as server:
        refusing = openai.OpenAI(**server.openai_client_args(), max_retries=0)
        with pytest.raises(openai.BadRequestError) as refusal:
            refusing.chat.completions.create(**ASK)
    assert refusal.value.code == "context_length_exceeded"


def test_chat_fits_a_long_prompt_and_tells_of_it(client: openai.OpenAI) -> None:
    """The answer's usage is of what the model saw; a header says what it didn't see; the same each time."""
    raw = client.chat.completions.with_raw_response.create(**ASK)
    completion = raw.parse()
    assert raw.headers[HEADER] == "texts=1, turns=2"
    assert completion.usage is not None
    assert WINDOW // 2 < completion.usage.prompt_tokens <= WINDOW - 4
    again = client.chat.completions.create(**ASK)
    assert again.usage is not None
    assert again.choices == completion.choices
    assert again.usage.prompt_tokens == completion.usage.prompt_tokens


def test_a_stream_has_the_header(client: openai.OpenAI) -> None:
    """What was left out is known before the first event of a stream, in both APIs."""
    with client.chat.completions.with_streaming_response.create(**ASK, stream=True) as streamed:
        assert streamed.headers[HEADER] == "texts=1, turns=2"
    given: Any = {"model": "tiny", "input": LONG, "max_output_tokens": 16}
    with client.responses.with_streaming_response.create(**given, stream=True) as streamed:
        assert streamed.headers[HEADER] == "texts=1, turns=2"


def test_counting_a_response_counts_what_the_model_sees(client: openai.OpenAI) -> None:
    """Counted tokens are those of the answer's usage."""
    counted = client.responses.input_tokens.count(model="tiny", input=LONG)
    response = client.responses.create(model="tiny", input=LONG)
    assert response.usage is not None
    assert counted.input_tokens == response.usage.input_tokens


def test_a_prompt_that_fits_is_left_alone(client: openai.OpenAI) -> None:
    """Nothing is left out, and nothing said, of a prompt that fits."""
    raw = client.chat.completions.with_raw_response.create(**{**ASK, "messages": LONG[:1]})
    assert HEADER not in raw.headers


def test_what_can_t_be_fitted_is_refused(client: openai.OpenAI) -> None:
    """Tools without end are too long even by their names alone."""
    tools: Any = [{"type": "function", "function": {"name": f"function_{n}"}} for n in range(60)]
    with pytest.raises(openai.BadRequestError) as refusal:
        client.chat.completions.create(**ASK, tools=tools)
    assert refusal.value.code == "context_length_exceeded"
