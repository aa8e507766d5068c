"""How to test that a program doesn't wait for ever: replies that don't come, or don't come to an end."""

import openai
import pytest

from fake_llm_server import FakeLLM, Reply, reply

MODEL = "gpt-4o-mini"


def answer_in_time(question: str, timeout_s: float) -> str:
    """The program under test: what has come when its patience ends is what it shows."""
    text = ""
    try:
        with openai.OpenAI(timeout=timeout_s, max_retries=0) as client:
            for event in client.responses.create(model=MODEL, input=question, stream=True):
                if event.type == "response.output_text.delta":
                    text += event.delta
    except openai.APITimeoutError:
        return text or "The service doesn't answer."
    except openai.APIConnectionError:
        return f"{text} …"
    return text


def test_an_answer_that_comes(fake_llm: FakeLLM) -> None:
    """A slow answer isn't a late one."""
    fake_llm.script(reply("It is sunny.").slow(first_token_s=0.05, tokens_per_s=100))
    assert answer_in_time("Weather?", timeout_s=30) == "It is sunny."


def test_an_answer_that_does_not_come(fake_llm: FakeLLM) -> None:
    """The program gives up, and hangs up: nobody writes an answer for it any more."""
    fake_llm.script(reply("It is sunny.").hang())
    assert answer_in_time("Weather?", timeout_s=1) == "The service doesn't answer."
    fake_llm.wait_until_quiet()
    assert fake_llm.calls[0].has_left


@pytest.mark.parametrize(
    "broken", [reply("It is sunny.").hang(after=2), reply("It is sunny.").stall(30, after=2)]
)
def test_an_answer_that_stops_halfway(fake_llm: FakeLLM, broken: Reply) -> None:
    """What has come stays on the screen, whether or not the rest would come in half a minute."""
    fake_llm.script(broken)
    assert answer_in_time("Weather?", timeout_s=1).startswith("It is")
