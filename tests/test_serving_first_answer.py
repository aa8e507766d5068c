"""A server answers OpenAI's own client with the model's own words."""

import asyncio

import openai
import pytest
from conftest import ALIAS, MODEL
from openai.types.chat import ChatCompletionMessageParam

from fake_llm_server import FakeLLMServer

QUESTION: list[ChatCompletionMessageParam] = [{"role": "user", "content": "What is the weather in Paris?"}]


def test_answer_is_the_models(client: openai.OpenAI) -> None:
    """A real model answers what it was asked, and says what it counted and why it stopped."""
    answer = client.chat.completions.create(model=MODEL, messages=QUESTION, max_tokens=24)
    other: list[ChatCompletionMessageParam] = [{"role": "user", "content": "Count from one to twenty."}]
    elsewhere = client.chat.completions.create(model=MODEL, messages=other, max_tokens=24)
    assert answer.choices[0].message.content
    assert answer.choices[0].message.content != elsewhere.choices[0].message.content
    assert answer.choices[0].finish_reason in {"stop", "length"}
    assert answer.usage is not None
    assert answer.usage.prompt_tokens > 20
    assert 0 < answer.usage.completion_tokens <= 24
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer.id.startswith("chatcmpl-")
    assert answer.object == "chat.completion"
    assert answer.system_fingerprint is not None
    assert answer.system_fingerprint.startswith("fp_")


def test_stream_says_the_same(client: openai.OpenAI) -> None:
    """The pieces of a stream are the whole answer, and its last chunk has the usage."""
    whole = client.chat.completions.create(model=MODEL, messages=QUESTION, max_tokens=12)
    chunks = list(
        client.chat.completions.create(
            model=MODEL, messages=QUESTION, max_tokens=12, stream=True, stream_options={"include_usage": True}
        )
    )
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == whole.choices[0].message.content
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-2].choices[0].finish_reason == whole.choices[0].finish_reason
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    assert whole.usage is not None
    assert chunks[-1].usage.completion_tokens == whole.usage.completion_tokens
    assert all(chunk.usage is None for chunk in chunks[:-1])


def test_async_client_is_answered_the_same(client: openai.OpenAI, server: FakeLLMServer) -> None:
    """Concurrent requests of the async client get what a lonely one gets."""
    lonely = client.chat.completions.create(model=MODEL, messages=QUESTION, max_tokens=10)

    async def ask_together() -> list[str | None]:
        async with openai.AsyncOpenAI(**server.openai_client_args(), max_retries=0) as async_client:
            answers = await asyncio.gather(
                *(
                    async_client.chat.completions.create(model=MODEL, messages=QUESTION, max_tokens=10)
                    for _ in range(5)
                )
            )
            return [answer.choices[0].message.content for answer in answers]

    assert asyncio.run(ask_together()) == [lonely.choices[0].message.content] * 5


def test_async_stream(server: FakeLLMServer) -> None:
    """The async client reads streams."""

    async def read() -> str:
        async with openai.AsyncOpenAI(**server.openai_client_args(), max_retries=0) as async_client:
            stream = await async_client.chat.completions.create(
                model=MODEL, messages=QUESTION, max_tokens=8, stream=True
            )
            return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])

    assert asyncio.run(read())


@pytest.mark.parametrize("name", [MODEL, ALIAS])
def test_models_are_listed_under_every_name(client: openai.OpenAI, name: str) -> None:
    """Names and aliases are listed, can be retrieved, and come back in replies."""
    assert name in [model.id for model in client.models.list()]
    assert client.models.retrieve(name).id == name
    answer = client.chat.completions.create(model=name, messages=QUESTION, max_tokens=1)
    assert answer.model == name


def test_unknown_model_is_not_found(client: openai.OpenAI) -> None:
    """A name that isn't served gets OpenAI's 404, word for word."""
    with pytest.raises(openai.NotFoundError) as caught:
        client.chat.completions.create(model="gpt-9", messages=QUESTION)
    assert caught.value.code == "model_not_found"
    assert caught.value.body == {
        "message": "The model `gpt-9` does not exist or you do not have access to it.",
        "type": "invalid_request_error",
        "param": None,
        "code": "model_not_found",
    }
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("org/none")


def test_models_cannot_be_deleted(client: openai.OpenAI) -> None:
    """Deleting a served model is refused, deleting an unknown one isn't found."""
    with pytest.raises(openai.PermissionDeniedError):
        client.models.delete(MODEL)
    with pytest.raises(openai.NotFoundError):
        client.models.delete("gpt-9")
