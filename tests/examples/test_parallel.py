"""How to run tests in parallel: `pytest -n 8`, and nothing else.

Each test has an API key of its own, so tests that run at the same time, in one process or in many, never see
each other's calls. The model is loaded once, by the process that starts the workers, and only if a call falls
through to it, as those of the last test do.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import openai
import pytest

from fake_llm_server import FakeLLM

MODEL = "gpt-4o-mini"
CITIES = ["Oslo", "Rome", "Lima", "Cairo"]
PLACE: Any = {
    "type": "json_schema",
    "name": "place",
    "strict": True,
    "schema": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
}


def greet(cities: list[str]) -> list[str]:
    """The program under test: it asks for all cities at once, each on a thread of its own."""
    with openai.OpenAI() as client, ThreadPoolExecutor() as threads:

        def ask(city: str) -> str:
            return client.responses.create(model=MODEL, input=f"Greet {city}.").output_text

        return list(threads.map(ask, cities))


@pytest.mark.parametrize("city", CITIES)
def test_each_test_sees_its_own_calls(fake_llm: FakeLLM, city: str) -> None:
    """A script answers its own test, whatever runs beside it."""
    fake_llm.script(f"Hello, {city}!")
    assert greet([city]) == [f"Hello, {city}!"]
    assert [call.user_text for call in fake_llm.calls] == [f"Greet {city}."]


def test_calls_that_come_at_once(fake_llm: FakeLLM) -> None:
    """Threads ask in any order, so rules answer them rather than a script."""
    for city in CITIES:
        fake_llm.when(city).then(f"Hello, {city}!")
    assert greet(CITIES) == [f"Hello, {city}!" for city in CITIES]


def test_the_model(openai_client: openai.OpenAI) -> None:
    """The model answers what no test has written, the same in every process, and by the schema."""
    answer = openai_client.responses.create(model=MODEL, input="Where is Oslo?", text={"format": PLACE})
    assert isinstance(json.loads(answer.output_text)["city"], str)
