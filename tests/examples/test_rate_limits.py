"""How to test a program that meets limits: a storm of 429 that it must wait out, and a quota used up."""

import asyncio
from collections.abc import Sequence

import openai
import pytest

from fake_llm_server import FakeLLM

MAX_AT_ONCE = 4
MAX_TRIES = 20


async def summarize_all(texts: Sequence[str]) -> list[str]:
    """The program under test: it summarizes texts side by side, and after a 429 waits as it is told to."""
    room = asyncio.Semaphore(MAX_AT_ONCE)
    async with openai.AsyncOpenAI(max_retries=0) as client:
        return await asyncio.gather(*(summarize(client, room, text) for text in texts))


async def summarize(client: openai.AsyncOpenAI, room: asyncio.Semaphore, text: str) -> str:
    """One of its steps."""
    async with room:
        for _ in range(MAX_TRIES):
            try:
                answer = await client.responses.create(model="gpt-4o-mini", input=text)
            except openai.RateLimitError as error:
                if error.code == "insufficient_quota":
                    return "Your credit is used up."
                await asyncio.sleep(float(error.response.headers["retry-after-ms"]) / 1000)
            else:
                return answer.output_text
    return "The service is busy."


@pytest.mark.usefixtures("virtual_sleep")
def test_it_comes_through_a_storm(fake_llm: FakeLLM) -> None:
    """All texts are summarized, and no request comes before it may: the verdicts on the client are none."""
    fake_llm.limit(requests_per_minute=5)
    fake_llm.when().then(lambda call: call.user_text.upper())
    texts = [f"text {number}" for number in range(8)]
    assert asyncio.run(summarize_all(texts)) == [text.upper() for text in texts]
    assert 429 in [request.status for request in fake_llm.requests]
    assert len(fake_llm.calls) == len(texts)
    assert fake_llm.verdicts() == []


@pytest.mark.usefixtures("virtual_sleep")
def test_it_stops_when_the_credit_is_used_up(fake_llm: FakeLLM) -> None:
    """A quota is no reason to wait."""
    fake_llm.quota(tokens=1)
    fake_llm.when().then("Short.")
    assert asyncio.run(summarize_all(["a", "b"])).count("Your credit is used up.") >= 1
    assert fake_llm.slept == []
