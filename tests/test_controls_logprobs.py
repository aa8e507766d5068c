"""Scripted logprobs: the token that was taken is one of its own alternatives, in order of probability."""

from typing import Any

import openai
import pytest
from controlled_scope import fake_llm as fake_llm
from controlled_scope import own_client as own_client
from scripted_answers import MODEL

from fake_llm_server import FakeLLM, reply

WRITTEN: list[Any] = [("Yes", -0.5, {"No": -2.3, "Sure": -0.1}), (".", -0.2)]


@pytest.mark.parametrize(
    ("num_alternatives", "expected"),
    [
        (0, [[], []]),
        (1, [["Sure"], ["."]]),
        (2, [["Sure", "Yes"], ["."]]),
        (5, [["Sure", "Yes", "No"], ["."]]),
    ],
)
def test_alternatives_are_the_most_probable(
    fake_llm: FakeLLM, own_client: openai.OpenAI, num_alternatives: int, expected: list[list[str]]
) -> None:
    """The first of them is the most probable one, as the API has it, whether it was taken or not."""
    fake_llm.script(reply("Yes.", logprobs=WRITTEN))
    answer = own_client.chat.completions.create(
        model=MODEL,
        messages=[{"role": "user", "content": "Is it?"}],
        logprobs=True,
        top_logprobs=num_alternatives,
    )
    logprobs = answer.choices[0].logprobs
    assert logprobs is not None
    assert logprobs.content is not None
    assert [[one.token for one in each.top_logprobs] for each in logprobs.content] == expected
