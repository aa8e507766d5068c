"""How to test that a program waits and asks again when it is told to."""

import time
from collections.abc import Callable

import openai
import pytest

from fake_llm_server import FakeLLM, reply

MAX_TRIES = 4


def ask_patiently(question: str, sleep: Callable[[float], None] = time.sleep) -> str:
    """The program under test: it waits as long as the API says, or ever longer where it says nothing."""
    with openai.OpenAI(max_retries=0) as client:
        for num_tries in range(MAX_TRIES):
            try:
                return client.responses.create(model="gpt-4o-mini", input=question).output_text
            except openai.RateLimitError as error:
                if error.code == "insufficient_quota":
                    raise
                sleep(float(error.response.headers["retry-after"]))
            except (openai.InternalServerError, openai.APIConnectionError):
                sleep(2.0**num_tries)
    return "The service is busy."


def test_it_waits_as_long_as_it_is_told(fake_llm: FakeLLM) -> None:
    """The program honours `retry-after`, and backs off from errors and cut connections."""
    waits: list[float] = []
    fake_llm.script(reply(429, retry_after=20), 503, reply().cut(), "It is sunny.")
    assert ask_patiently("Weather?", sleep=waits.append) == "It is sunny."
    assert waits == [20, 2, 4]
    assert [call.status for call in fake_llm.calls] == [429, 503, None, 200]


def test_it_gives_up(fake_llm: FakeLLM) -> None:
    """The program tells its user when the service stays away."""
    fake_llm.when().then(500)
    assert ask_patiently("Weather?", sleep=lambda _seconds: None) == "The service is busy."
    assert len(fake_llm.calls) == MAX_TRIES


def test_it_does_not_try_for_ever_without_money(fake_llm: FakeLLM) -> None:
    """A quota that is used up is no reason to ask again."""
    fake_llm.script(reply(429, code="insufficient_quota"))
    with pytest.raises(openai.RateLimitError, match="quota"):
        ask_patiently("Weather?")
    assert len(fake_llm.calls) == 1
