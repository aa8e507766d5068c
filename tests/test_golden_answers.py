"""The portable build answers to the bit what it answered on other machines."""

import json

import openai
import pytest
from golden_answers import PATH, REQUESTS, ask, describe_difference, read_origin

GOLDEN = json.loads(PATH.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", REQUESTS)
def test_an_answer_is_the_golden_one(client: openai.OpenAI, name: str) -> None:
    """Text, calls and every logprob; where build, weights or libraries are others, they may differ."""
    origin = read_origin()
    others = [f"{key} is {origin[key]}" for key, value in GOLDEN["origin"].items() if origin[key] != value]
    if others:
        pytest.skip(f"golden_answers.json was made by another build: here {'; '.join(others)}.")
    assert ask(client, name) == GOLDEN["answers"][name], describe_difference()
