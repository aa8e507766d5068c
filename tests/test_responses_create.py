"""Responses through OpenAI's client: whole, streamed and parsed, with tools and formats."""

import asyncio
import json
from typing import Annotated, Any

import openai
import pytest
from pydantic import BaseModel, Field

from fake_llm_server import FakeLLMServer

MODEL = "gpt-4o-mini"
WEATHER = {
    "type": "function",
    "name": "get_weather",
    "parameters": {
        "type": "object",
        "properties": {"city": {"enum": ["Rome", "Oslo"]}},
        "required": ["city"],
        "additionalProperties": False,
    },
    "strict": True,
}
SUM = {
    "type": "custom",
    "name": "sum",
    "format": {"type": "grammar", "syntax": "regex", "definition": "[0-9][+][0-9]"},
}


GREETING: Any = {
    "type": "json_schema",
    "name": "greeting",
    "schema": {"type": "string", "enum": ["hi", "hello"]},
}
"""The format of an answer that ends, whatever the model would say."""

TALE: Any = {
    **GREETING,
    "schema": {"const": "Once upon a time there was a king, and then there was none. " * 2},
}
"""The format of an answer that is longer than 16 tokens."""


class City(BaseModel):
    """What a client wants to be told."""

    name: Annotated[str, Field(max_length=8)]
    is_capital: bool


def create(client: openai.OpenAI, **fields: Any) -> Any:
    """A small response."""
    return client.responses.create(**{"model": MODEL, "input": "Say hi.", "max_output_tokens": 16, **fields})


def test_text(client: openai.OpenAI) -> None:
    """A short answer is complete, and its counts add up."""
    response = create(client, text={"format": GREETING})
    assert response.status == "completed"
    assert json.loads(response.output_text) in ("hi", "hello")
    assert response.completed_at >= response.created_at
    usage = response.usage
    assert usage.total_tokens == usage.input_tokens + usage.output_tokens
    assert usage.output_tokens_details.reasoning_tokens == 0


def test_a_cut_answer_says_so(client: openai.OpenAI) -> None:
    """An answer that meets the bound is incomplete, and so is its message."""
    response = create(client, text={"format": TALE})
    assert response.status == "incomplete"
    assert response.incomplete_details.reason == "max_output_tokens"
    assert response.output[0].status == "incomplete"
    assert response.usage.output_tokens == 16
    assert response.completed_at is None


def test_settings_are_repeated(client: openai.OpenAI) -> None:
    """A response says what was asked for, and what was used where nothing was."""
    given = {
        "instructions": "Be brief.",
        "metadata": {"a": "b"},
        "temperature": 0.5,
        "top_p": 0.9,
        "truncation": "auto",
        "user": "me",
        "safety_identifier": "s",
        "prompt_cache_key": "k",
        "max_tool_calls": 3,
        "parallel_tool_calls": False,
        "tool_choice": "none",
        "text": {"format": {"type": "text"}, "verbosity": "low"},
        "reasoning": {"effort": "low", "summary": "auto"},
    }
    raw = client.responses.with_raw_response
    asked = json.loads(raw.create(model=MODEL, input="a", max_output_tokens=16, **given).content)  # type: ignore[call-overload]  # options by name
    assert {name: asked[name] for name in given} == given
    plain = json.loads(raw.create(model=MODEL, input="a", max_output_tokens=16).content)
    assert (plain["store"], plain["temperature"], plain["top_p"]) == (False, 0.0, 1.0)
    assert (plain["tool_choice"], plain["tools"], plain["metadata"]) == ("auto", [], {})
    assert plain["service_tier"] == "default"


def test_a_stream_ends_with_what_a_whole_reply_says(client: openai.OpenAI) -> None:
    """The same request gets the same output, whole or streamed."""
    whole = create(client)
    events = list(create(client, stream=True))
    final = events[-1].response
    assert [item.content[0].text for item in final.output] == [whole.output_text]
    assert final.usage.output_tokens == whole.usage.output_tokens
    deltas = [event.delta for event in events if event.type == "response.output_text.delta"]
    assert "".join(deltas) == whole.output_text


def test_the_stream_helper_follows(client: openai.OpenAI) -> None:
    """The client's own accumulation agrees with the final response."""
    with client.responses.stream(model=MODEL, input="Say hi.", max_output_tokens=64) as stream:
        snapshots = [event.snapshot for event in stream if event.type == "response.output_text.delta"]
        final = stream.get_final_response()
    assert snapshots[-1] == final.output_text


def test_the_async_client_streams(server: FakeLLMServer) -> None:
    """The asynchronous client sees the same events."""

    async def collect() -> list[str]:
        async with openai.AsyncOpenAI(**server.openai_client_args(), max_retries=0) as client:
            stream = await client.responses.create(
                model=MODEL, input="Say hi.", max_output_tokens=16, stream=True
            )
            return [event.type async for event in stream]

    types = asyncio.run(collect())
    assert types[:2] == ["response.created", "response.in_progress"]
    assert types[-1] in ("response.completed", "response.incomplete")


def test_obfuscation_pads_deltas(client: openai.OpenAI) -> None:
    """Padding comes when it is asked for, and makes deltas of all lengths alike."""
    events = list(create(client, stream=True, stream_options={"include_obfuscation": True}))
    deltas = [event for event in events if event.type == "response.output_text.delta"]
    assert {(len(event.delta) + len(event.obfuscation)) % 32 for event in deltas} == {0}


def test_parse(client: openai.OpenAI) -> None:
    """A Pydantic model comes back filled in."""
    response = client.responses.parse(model=MODEL, input="Rome", text_format=City, max_output_tokens=96)
    assert isinstance(response.output_parsed, City)


def test_json_object(client: openai.OpenAI) -> None:
    """JSON mode gives JSON."""
    response = create(
        client,
        input="Give JSON with the key a.",
        text={"format": {"type": "json_object"}},
        max_output_tokens=32,
    )
    if response.status == "completed":
        assert isinstance(json.loads(response.output_text), dict)
    else:
        assert response.output_text.startswith("{")


@pytest.mark.parametrize(
    "choice",
    [
        "required",
        {"type": "function", "name": "get_weather"},
        {"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "get_weather"}]},
    ],
    ids=["required", "named", "allowed"],
)
def test_function_call(client: openai.OpenAI, choice: Any) -> None:
    """A demanded function is called with arguments that satisfy its schema."""
    tools = [WEATHER] if choice == "required" else [WEATHER, SUM]
    response = create(client, tools=tools, tool_choice=choice, max_output_tokens=48)
    call = response.output[0]
    assert (call.type, call.name) == ("function_call", "get_weather")
    assert json.loads(call.arguments)["city"] in ("Rome", "Oslo")
    assert response.tools[0].strict is True


def test_a_demand_leaves_the_choice_of_tool(client: openai.OpenAI) -> None:
    """Of several tools the model calls whichever it prefers, by its own language."""
    response = create(client, tools=[WEATHER, SUM], tool_choice="required", max_output_tokens=48)
    call = response.output[0]
    if call.type == "function_call":
        assert json.loads(call.arguments)["city"] in ("Rome", "Oslo")
    else:
        assert (call.type, call.name, call.input[1]) == ("custom_tool_call", "sum", "+")


def test_custom_call_streams(client: openai.OpenAI) -> None:
    """A custom tool's input comes in deltas, and matches its grammar."""
    choice = {"type": "custom", "name": "sum"}
    events = list(create(client, tools=[SUM], tool_choice=choice, stream=True, max_output_tokens=48))
    call = events[-1].response.output[0]
    deltas = [event.delta for event in events if event.type == "response.custom_tool_call_input.delta"]
    assert "".join(deltas) == call.input
    assert [call.input[0].isdigit(), call.input[1], call.input[2].isdigit()] == [True, "+", True]


def test_a_namespace_is_told(client: openai.OpenAI) -> None:
    """A call of a tool in a namespace carries both names, and can be answered."""
    tool = {key: value for key, value in WEATHER.items() if key != "strict"}
    namespace = {"type": "namespace", "name": "sky", "description": "Of the sky.", "tools": [tool]}
    first = create(client, tools=[namespace], tool_choice="required", max_output_tokens=48)
    call = first.output[0]
    assert (call.namespace, call.name) == ("sky", "get_weather")
    answered = [
        {"role": "user", "content": "Weather?"},
        call.model_dump(exclude_unset=True),
        {"type": "function_call_output", "call_id": call.call_id, "output": "Sun."},
    ]
    assert create(client, input=answered, tools=[namespace], tool_choice="none").output_text


@pytest.mark.parametrize(
    ("parameters", "is_strict"),
    [
        ({"type": "object", "properties": {"a": {"type": "string"}}}, True),
        ({"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": True}, False),
        ({"type": "object", "properties": {"a": {"oneOf": [{"type": "string"}]}}}, False),
    ],
)
def test_functions_are_made_strict_where_they_can(
    client: openai.OpenAI,
    parameters: dict[str, Any],
    is_strict: bool,
) -> None:
    """A function that leaves `strict` out is repeated as it was used."""
    tool = {"type": "function", "name": "f", "parameters": parameters}
    written = create(client, tools=[tool], tool_choice="none").tools[0]
    assert written.strict is is_strict
    assert (written.parameters == parameters) is not is_strict


def test_logprobs(client: openai.OpenAI) -> None:
    """Logprobs are in the parts and the events, if they are included."""
    events = list(create(client, include=["message.output_text.logprobs"], top_logprobs=2, stream=True))
    part = events[-1].response.output[0].content[0]
    assert "".join(token.token for token in part.logprobs) == part.text
    assert all(len(token.top_logprobs) == 2 for token in part.logprobs)
    told = [
        token for event in events if event.type == "response.output_text.delta" for token in event.logprobs
    ]
    assert [token.logprob for token in told] == [token.logprob for token in part.logprobs]
    assert create(client, top_logprobs=2).output[0].content[0].logprobs == []


def test_an_answer_is_taken_back(client: openai.OpenAI) -> None:
    """The output of a response is input for the next, as it stands."""
    question = {"role": "user", "content": "Say hi."}
    first = create(client)
    again = create(client, input=[question, *first.output, {"role": "user", "content": "Again."}])
    assert again.usage.input_tokens > first.usage.input_tokens + first.usage.output_tokens


def test_ids_are_made_of_the_request(server: FakeLLMServer) -> None:
    """Servers that are asked the same give the same ids; a repeated request gets others."""
    with FakeLLMServer("smollm2-135m", aliases={MODEL: "smollm2-135m"}) as other:
        ids = []
        for running in (server, other):
            with openai.OpenAI(**running.openai_client_args(), max_retries=0) as client:
                responses = [create(client, input="An unusual question.") for _ in range(2)]
                ids.append([(response.id, response.output[0].id) for response in responses])
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 2
    assert ids[0][0][0].startswith("resp_")
    assert ids[0][0][1].startswith("msg_")
