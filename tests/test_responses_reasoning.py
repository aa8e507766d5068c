"""Reasoning items and failures: answers that the embedded model doesn't give, put in its backend's place."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from typing import Any

import openai
import pytest
from chosen_answers import ChosenAnswers

from fake_llm_server import FakeLLMServer
from fake_llm_server._backends.layers import LAYERS
from fake_llm_server._errors import EngineFailureError
from fake_llm_server._seam import (
    Backend,
    Begun,
    Call,
    Finished,
    GenerationEvent,
    ReasoningDelta,
    TextDelta,
    Usage,
)

MODEL = "gpt-4o-mini"
QUESTION = {"role": "user", "content": "Think."}
THOUGHTFUL: list[GenerationEvent] = [
    ReasoningDelta(0, "Hm, "),
    ReasoningDelta(0, "yes."),
    TextDelta(0, "Done."),
    Finished(0, "stop"),
    Usage(prompt_tokens=5, completion_tokens=7, reasoning_tokens=4),
]

Answer = Callable[..., list[Call]]

_layers: list[ChosenAnswers] = []
"""Of this module's server: one, as it has one model."""


def _add_layer(below: Backend) -> ChosenAnswers:
    _layers.append(ChosenAnswers(below))
    return _layers[-1]


@pytest.fixture(scope="module")
def server(_checked_servers: None) -> Iterator[FakeLLMServer]:
    """A server whose answers are chosen."""
    LAYERS.append(_add_layer)
    try:
        with FakeLLMServer("smollm2-135m", aliases={MODEL: "smollm2-135m"}) as running:
            yield running
    finally:
        LAYERS.remove(_add_layer)


@pytest.fixture
def answer(server: FakeLLMServer) -> Answer:
    """Sets what the backend answers, up to an error; gives the calls that it gets."""
    del server  # its layer must be there
    return _layers[-1].choose


def create(client: openai.OpenAI, **fields: Any) -> Any:
    """A response to the question."""
    return client.responses.create(**{"model": MODEL, "input": [QUESTION], **fields})


def test_thoughts_are_an_item(client: openai.OpenAI, answer: Answer) -> None:
    """Thoughts come before the message, in the open, and are counted."""
    answer(THOUGHTFUL)
    response = create(client)
    thoughts, message = response.output
    assert (thoughts.type, thoughts.summary, thoughts.content[0].text) == ("reasoning", [], "Hm, yes.")
    assert thoughts.encrypted_content is None
    assert message.content[0].text == "Done."
    assert response.usage.output_tokens_details.reasoning_tokens == 4


def test_thoughts_are_streamed(client: openai.OpenAI, answer: Answer) -> None:
    """Their deltas are told apart from those of the text."""
    answer(THOUGHTFUL)
    events = list(create(client, stream=True))
    deltas = [event.delta for event in events if event.type == "response.reasoning_text.delta"]
    assert deltas == ["Hm, ", "yes."]


def test_a_summary_takes_their_place(client: openai.OpenAI, answer: Answer) -> None:
    """A client that asks for a summary gets one, with its events."""
    answer(THOUGHTFUL)
    events = list(create(client, stream=True, reasoning={"summary": "auto"}))
    types = [event.type for event in events]
    assert "response.reasoning_summary_text.delta" in types
    assert "response.reasoning_text.delta" not in types
    assert events[-1].response.output[0].summary[0].text == "Hm, yes."


@pytest.mark.parametrize(
    "fields",
    [{}, {"reasoning": {"summary": "auto"}}, {"include": ["reasoning.encrypted_content"]}],
    ids=["open", "summary", "sealed"],
)
def test_thoughts_are_taken_back(client: openai.OpenAI, answer: Answer, fields: dict[str, Any]) -> None:
    """The model sees its thoughts again in whichever form they were given."""
    calls = answer(THOUGHTFUL)
    output = [item.model_dump(exclude_unset=True) for item in create(client, **fields).output]
    if "include" in fields:
        output[0]["content"] = []
    create(client, input=[QUESTION, *output, QUESTION])
    turn = calls[1].request.turns[1]
    assert (turn.role, turn.reasoning, turn.text) == ("assistant", "Hm, yes.", "Done.")


def test_old_thoughts_can_be_left_out(client: openai.OpenAI, answer: Answer) -> None:
    """With the context of the current turn, thoughts before the last question are dropped."""
    calls = answer(THOUGHTFUL)
    output = create(client).output
    create(client, input=[QUESTION, *output, QUESTION], reasoning={"context": "current_turn"})
    assert [turn.reasoning for turn in calls[1].request.turns] == [None, None, None]


def test_a_failure_before_the_first_event_is_the_reply(client: openai.OpenAI, answer: Answer) -> None:
    """A model that fails at once gives an HTTP error, with or without a stream."""
    answer([], EngineFailureError("llama_decode returned -3."))
    for stream in (False, True):
        with pytest.raises(openai.InternalServerError, match="llama_decode"):
            create(client, stream=stream)


def test_a_failure_in_mid_stream_ends_it(client: openai.OpenAI, answer: Answer) -> None:
    """A model that fails later ends the stream with `response.failed`; a whole reply is an HTTP error."""
    answer(THOUGHTFUL[:2], EngineFailureError("llama_decode returned -3."))
    failed = list(create(client, stream=True))[-1]
    assert (failed.type, failed.response.status) == ("response.failed", "failed")
    assert failed.response.error.code == "server_error"
    assert "llama_decode" in failed.response.error.message
    with pytest.raises(openai.InternalServerError):
        create(client)


def test_an_unforeseen_failure_is_an_error_event(client: openai.OpenAI, answer: Answer) -> None:
    """What nobody foresaw ends the stream with `error`, which the client raises, and tells no details."""
    answer(THOUGHTFUL[:2], RuntimeError("secret"))
    with pytest.raises(openai.APIError, match="had an error while processing") as caught:
        list(create(client, stream=True))
    assert "secret" not in caught.value.message


def test_a_failed_stream_is_stored_as_such(client: openai.OpenAI, answer: Answer) -> None:
    """The stored response and its events say that it failed."""
    answer(THOUGHTFUL[:2], EngineFailureError("llama_decode returned -3."))
    events = list(create(client, stream=True, store=True))
    response_id = events[0].response.id
    assert client.responses.retrieve(response_id).status == "failed"
    assert list(client.responses.retrieve(response_id, stream=True))[-1] == events[-1]


def test_deltas_after_the_client_left_are_not_made(client: openai.OpenAI) -> None:
    """A client that leaves a stream ends the generation."""
    ended = threading.Event()

    async def write(_call: Call) -> AsyncGenerator[GenerationEvent, None]:
        try:
            yield Begun("fp_endless")
            while True:
                yield TextDelta(0, "a")
                await asyncio.sleep(0.001)
        finally:
            ended.set()

    _layers[-1].write = write
    stream = create(client, stream=True)
    next(stream)
    stream.close()
    assert ended.wait(30)
