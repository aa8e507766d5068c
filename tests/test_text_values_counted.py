"""The values of requests are taken over as often as the docs say, and by the real model through both APIs."""

import json
from typing import Any, get_args

import openai
import pytest
from conftest import MODEL

from benchmarks.argument_values import count_answers, count_calls, decide_answer, decide_call
from benchmarks.tool_cases import Half
from benchmarks.value_cases import read_answer_cases
from fake_llm_server import AnswerRules, FakeLLMServer

AIM = 0.8
FLIGHT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "origin": {"type": "string"},
        "destination": {"type": "string"},
        "date": {"type": "string"},
        "passengers": {"type": "integer"},
        "seat": {"type": "string"},
    },
    "required": ["origin", "destination", "date", "passengers"],
}
ASKED = "Book a flight from Berlin to New York on 2025-03-04 for two people."
DUE = {"origin": "Berlin", "destination": "New York", "date": "2025-03-04", "passengers": 2}
PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
    "required": ["name", "age"],
    "additionalProperties": False,
}


@pytest.mark.parametrize("half", get_args(Half))
def test_the_aim_is_reached_without_the_model(half: Half) -> None:
    """Of the values that are due at least four in five are decided by the rule alone, and rightly."""
    for count in (count_calls(half, decide_call), count_answers(half, decide_answer)):
        assert count.num_right / count.num_due >= AIM


def test_the_table_of_answers_is_halved() -> None:
    """Each half has at least 15 structured answers."""
    halves = [case.half for case in read_answer_cases()]
    assert min(halves.count("development"), halves.count("measured")) >= 15


@pytest.mark.parametrize("strict", [True, False])
def test_chat_calls_with_the_values(client: Any, strict: bool) -> None:
    """In chat completions a call has the values that the request gives, and no seat besides."""
    seat = {"type": ["string", "null"] if strict else "string"}
    properties: dict[str, Any] = {**FLIGHT["properties"], "seat": seat}
    required = [*properties] if strict else [*DUE]
    schema = {**FLIGHT, "properties": properties, "required": required, "additionalProperties": False}
    function = {"name": "book_flight", "parameters": schema, "strict": strict}
    answer = client.chat.completions.create(
        model=MODEL,
        messages=[{"role": "user", "content": ASKED}],
        tools=[{"type": "function", "function": function}],
        tool_choice={"type": "function", "function": {"name": "book_flight"}},
        max_tokens=120,
    )
    calls = answer.choices[0].message.tool_calls
    assert json.loads(calls[0].function.arguments) == {**DUE, **({"seat": None} if strict else {})}


def test_responses_call_with_the_values(client: Any) -> None:
    """In responses as well."""
    response = client.responses.create(
        model=MODEL,
        input=ASKED,
        tools=[{"type": "function", "name": "book_flight", "parameters": FLIGHT, "strict": False}],
        tool_choice={"type": "function", "name": "book_flight"},
        max_output_tokens=120,
    )
    calls = [item for item in response.output if item.type == "function_call"]
    assert [json.loads(call.arguments) for call in calls] == [DUE]


def test_structured_answers_have_the_values(client: Any) -> None:
    """The example of many a README: a name and an age, in both APIs."""
    text = "Extract Jason is 25 years old."
    completion = client.chat.completions.create(
        model=MODEL,
        messages=[{"role": "user", "content": text}],
        response_format={
            "type": "json_schema",
            "json_schema": {"name": "User", "schema": PERSON, "strict": True},
        },
        max_tokens=60,
    )
    assert json.loads(completion.choices[0].message.content) == {"name": "Jason", "age": 25}
    response = client.responses.create(
        model=MODEL,
        input=text,
        text={"format": {"type": "json_schema", "name": "User", "schema": PERSON, "strict": True}},
        max_output_tokens=60,
    )
    assert json.loads(response.output_text) == {"name": "Jason", "age": 25}


SEVEN = {"39": 100}
"""A logit bias for the digit 7."""


@pytest.mark.parametrize(("is_on", "due"), [(True, 25), (False, 7)])
def test_the_rule_can_be_off(is_on: bool, due: int) -> None:
    """With the rule the request decides, whatever the model prefers; without it the model does."""
    age = {"type": "object", "properties": {"age": {"type": "integer", "enum": [25, 7]}}, "required": ["age"]}
    with FakeLLMServer(answers=AnswerRules(take_values=is_on)) as server:
        client: Any = openai.OpenAI(**server.openai_client_args())
        completion = client.chat.completions.create(
            model=MODEL,
            messages=[{"role": "user", "content": "Jason is 25 years old."}],
            response_format={"type": "json_schema", "json_schema": {"name": "User", "schema": age}},
            logit_bias=SEVEN,
            max_tokens=20,
        )
    assert json.loads(completion.choices[0].message.content) == {"age": due}
