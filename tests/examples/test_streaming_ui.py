"""How to test a user interface that shows an answer as it streams, wherever the stream breaks."""

from dataclasses import dataclass, field
from typing import Any

import openai
import pytest

from fake_llm_server import FakeLLM, reply

MODEL = "gpt-4o-mini"


@dataclass
class Screen:
    """What the user sees.

    Attributes:
        text: of the answer, as far as it has come.
        status: `done`, or why the answer isn't whole.
        history: the questions and whole answers, which go into the next request.
    """

    text: str = ""
    status: str = ""
    history: list[tuple[str, str]] = field(default_factory=list)


def show_answer(client: openai.OpenAI, screen: Screen, question: str) -> None:
    """The program under test: it shows each piece at once, and keeps only what is whole."""
    screen.text, screen.status = "", "writing"
    turns: Any = [
        {"role": role, "content": text}
        for asked, answered in screen.history
        for role, text in (("user", asked), ("assistant", answered))
    ]
    try:
        with client.responses.create(
            model=MODEL, input=[*turns, {"role": "user", "content": question}], stream=True
        ) as events:
            for event in events:
                if event.type == "response.output_text.delta":
                    screen.text += event.delta
                elif event.type == "response.incomplete":
                    screen.status = "The answer was cut short."
                elif event.type == "response.completed":
                    screen.status = "done"
                    screen.history.append((question, screen.text))
                    return
    except (openai.APIError, ValueError):  # the client passes on what JSON says of an event that isn't whole
        pass
    if screen.status == "writing":
        screen.status = "The connection was lost. Try again?"


@pytest.mark.break_everywhere("cut", "malformed", max_rounds=30)
def test_it_survives_wherever_a_stream_breaks(fake_llm: FakeLLM, openai_client: openai.OpenAI) -> None:
    """What is shown is a beginning of the answer, its status is true, and only whole answers are kept."""
    fake_llm.script("It is sunny.", "It rains.")
    client, screen = openai_client.with_options(max_retries=0), Screen()
    for question, answer in (("Oslo?", "It is sunny."), ("Rome?", "It rains.")):
        show_answer(client, screen, question)
        assert answer.startswith(screen.text)
        is_whole = screen.status == "done"
        assert is_whole == (screen.history[-1:] == [(question, answer)])
        assert is_whole or (fake_llm.break_point is not None and "lost" in screen.status)
        if not is_whole:  # the user tries again, and gets the answer
            show_answer(client, screen, question)
            assert (screen.text, screen.status) == (answer, "done")


def test_it_says_that_an_answer_is_cut_short(fake_llm: FakeLLM, openai_client: openai.OpenAI) -> None:
    """An answer that came to its limit is shown, and not kept."""
    fake_llm.script(reply("It is", finish_reason="length"))
    screen = Screen()
    show_answer(openai_client, screen, "Weather?")
    assert screen == Screen("It is", "The answer was cut short.")
