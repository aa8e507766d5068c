"""How to test an asynchronous program: questions at once, and what becomes of them when one fails."""

import asyncio

import openai
import pytest

from fake_llm_server import FakeLLM, reply

MODEL = "gpt-4o-mini"


async def summarize(client: openai.AsyncOpenAI, chapters: list[str]) -> str:
    """The program under test: it summarizes chapters at once, and then what they came to."""
    async with asyncio.TaskGroup() as group:
        asking = [group.create_task(ask(client, f"Summarize: {chapter}")) for chapter in chapters]
    summaries = "\n".join(task.result() for task in asking)
    return await ask(client, f"In one sentence: {summaries}")


async def ask(client: openai.AsyncOpenAI, question: str) -> str:
    """One question."""
    answer = await client.responses.create(model=MODEL, input=question)
    return answer.output_text


@pytest.fixture
def anyio_backend() -> str:
    """The loop that the tests run on; pytest-asyncio needs no such fixture."""
    return "asyncio"


@pytest.mark.anyio
async def test_summaries_keep_their_order(fake_llm: FakeLLM, async_openai_client: openai.AsyncOpenAI) -> None:
    """The last question has the summaries in the order of the chapters, whichever came first."""
    fake_llm.when("Summarize: first").then(reply("One.").slow(first_token_s=0.05))
    fake_llm.when("Summarize: second").then("Two.")
    fake_llm.when("In one sentence").then("One and two.")
    assert await summarize(async_openai_client, ["first", "second"]) == "One and two."
    assert fake_llm.calls[-1].user_text == "In one sentence: One.\nTwo."


@pytest.mark.anyio
async def test_a_failure_cancels_the_others(
    fake_llm: FakeLLM, async_openai_client: openai.AsyncOpenAI
) -> None:
    """When one chapter fails, the program hangs up on the others, and asks nothing more."""
    fake_llm.when("Summarize: endless").then(reply("One.").hang())
    fake_llm.when("Summarize: broken").then(400)
    with pytest.raises(ExceptionGroup) as caught:
        await summarize(async_openai_client, ["endless", "broken"])
    assert isinstance(caught.value.exceptions[0], openai.BadRequestError)
    assert not [call for call in fake_llm.calls if "In one sentence" in call.user_text]
