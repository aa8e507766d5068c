"""How to test an agent's loop: its tools, a model that gets them wrong, and an end that doesn't come."""

import json
from typing import Any

import openai

from fake_llm_server import FakeLLM, reply

MAX_TURNS = 5
TEMPERATURES = {"Oslo": -3, "Rome": 21}
FIND: Any = {
    "type": "function",
    "name": "find_temperature",
    "strict": True,
    "parameters": {
        "type": "object",
        "properties": {"city": {"enum": ["Oslo", "Rome"]}},
        "required": ["city"],
        "additionalProperties": False,
    },
}


def run_agent(question: str) -> str:
    """The program under test: it runs what the model asks for until it answers in words."""
    items: list[Any] = [{"role": "user", "content": question}]
    with openai.OpenAI() as client:
        for _ in range(MAX_TURNS):
            response = client.responses.create(model="gpt-4o-mini", input=items, tools=[FIND])
            calls = [item for item in response.output if item.type == "function_call"]
            if not calls:
                return response.output_text
            items += response.output
            items += [
                {"type": "function_call_output", "call_id": call.call_id, "output": run_tool(call)}
                for call in calls
            ]
    return "I couldn't find out."


def run_tool(call: Any) -> str:
    """The tool; what the model gets wrong is told to it."""
    try:
        return str(TEMPERATURES[json.loads(call.arguments)["city"]])
    except (ValueError, KeyError) as error:
        return f"error: {error!r}"


def test_it_hands_over_what_the_tool_found(fake_llm: FakeLLM) -> None:
    """The tool's result reaches the model, whatever arguments that has written."""
    fake_llm.script(reply(tool="find_temperature"), lambda call: f"It has {call.messages[-1].text} degrees.")
    answer = run_agent("How warm is it?")
    assert answer in {"It has -3 degrees.", "It has 21 degrees."}
    assert fake_llm.calls[1].messages[-1].role == "tool"


def test_it_survives_arguments_that_are_wrong(fake_llm: FakeLLM) -> None:
    """The model learns what was wrong with its call, and may try again."""
    call = reply(tool="find_temperature", arguments={"city": "Rome"})
    fake_llm.script(call.wrong("json"), call.wrong("arguments"), call)
    fake_llm.when(tool_result="21").then("It is warm.")
    assert run_agent("How warm is it?") == "It is warm."
    results = [asked.tool_results[0].text for asked in fake_llm.calls[1:]]
    assert [result.startswith("error") for result in results] == [True, True, False]


def test_it_comes_to_an_end(fake_llm: FakeLLM) -> None:
    """A model that calls its tool for ever doesn't keep the program for ever."""
    fake_llm.when(tool="find_temperature").then(reply(tool="find_temperature", arguments={"city": "Oslo"}))
    assert run_agent("How warm is it?") == "I couldn't find out."
    assert [asked.turn for asked in fake_llm.calls] == [1, 2, 3, 4, 5]
