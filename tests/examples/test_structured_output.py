"""How to test a program that reads JSON: the model gets it wrong once, in each way that it can."""

from typing import Any

import openai
import pytest
from pydantic import BaseModel, Field, ValidationError

from fake_llm_server import FakeLLM, Reply, reply

MODEL = "gpt-4o-mini"
MAX_TRIES = 2


class Event(BaseModel):
    """What the program wants to know."""

    name: str
    guests: int = Field(ge=1)


def read_event(text: str) -> Event | None:
    """The program under test: it asks for JSON, and tells the model once what was wrong with it."""
    messages: Any = [{"role": "user", "content": f"Which event is it? {text}"}]
    schema: Any = {"name": "event", "schema": Event.model_json_schema()}
    with openai.OpenAI(max_retries=0) as client:
        for _ in range(MAX_TRIES):
            answer = client.chat.completions.create(
                model=MODEL,
                messages=messages,
                response_format={"type": "json_schema", "json_schema": schema},
            )
            written = answer.choices[0].message.content or ""
            try:
                return Event.model_validate_json(written)
            except ValidationError as error:
                messages += [
                    {"role": "assistant", "content": written},
                    {"role": "user", "content": f"That isn't valid: {error}"},
                ]
    return None


def test_a_good_answer(fake_llm: FakeLLM) -> None:
    """An object of the program's own class is the answer."""
    fake_llm.script(reply(json=Event(name="dinner", guests=4)))
    assert read_event("Dinner for four.") == Event(name="dinner", guests=4)


@pytest.mark.parametrize(
    "wrong",
    [
        reply(json={"name": "dinner", "guests": 4}).wrong("json"),
        reply(json={"name": "dinner", "guests": 4}).wrong("schema"),
        reply(json={"name": "dinner", "guests": 4}).wrong("empty"),
        reply(json={"name": "dinner", "guests": 4}).wrong("length"),
        reply(json={"name": "dinner", "guests": 4}).wrong("refusal"),
    ],
    ids=["cut JSON", "off the schema", "nothing", "half of it", "a refusal"],
)
def test_it_asks_again(fake_llm: FakeLLM, wrong: Reply) -> None:
    """The program tells the model what was wrong, and takes the second answer."""
    fake_llm.script(wrong, reply(json={"name": "dinner", "guests": 4}))
    assert read_event("Dinner for four.") == Event(name="dinner", guests=4)
    assert fake_llm.calls[1].user_text.startswith("That isn't valid:")


def test_it_gives_up(fake_llm: FakeLLM) -> None:
    """A model that is wrong again and again ends the program's patience."""
    fake_llm.when().then(reply(json={"name": "dinner", "guests": 4}).wrong("json"))
    assert read_event("Dinner for four.") is None
    assert len(fake_llm.calls) == MAX_TRIES


def test_the_model_itself(fake_llm: FakeLLM) -> None:
    """Without a script a real model writes JSON that the schema allows."""
    assert isinstance(read_event("Dinner for four."), Event)
    assert fake_llm.calls[0].source == "model"
