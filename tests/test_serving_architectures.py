"""Every architecture of the catalogue, on a tiny random model, through the whole server and OpenAI's client.

The templates have the traits of their families: Llama's bare calls, Qwen's marks around calls, SmolLM3's
thinking and its name for tools, Gemma's strict order of roles.
"""

import json
from collections.abc import Iterator
from typing import Any

import gguf
import openai
import pytest
from tiny_models import ARCHITECTURES, NUM_TOKENS, write_tiny_model

from fake_llm_server import EngineSettings, FakeLLMServer

_TURN = "<|im_start|>{{ m.role }}\n{{ m.content }}{{ calls(m) }}<|im_end|>\n"
_MARKED_CALLS = (
    "{% macro calls(m) %}{% for c in m.tool_calls or [] %}\n<tool_call>\n"
    '{"name": "{{ c.function.name }}", "arguments": {{ c.function.arguments | tojson }}}\n</tool_call>'
    "{% endfor %}{% endmacro %}"
)
_BARE_CALLS = (
    "{% macro calls(m) %}{% if m.tool_calls %}{# <|python_tag|> #}{% set c = m.tool_calls[0].function %}"
    "{% if m.tool_calls | length > 1 %}{{ raise_exception('one call at a time') }}{% endif %}"
    '{"name": "{{ c.name }}", "parameters": {{ c.arguments | tojson }}}{% endif %}{% endmacro %}'
)
_TOOLS = "{% for t in tools or [] %}{{ t | tojson }}\n{% endfor %}"
_TEMPLATES = {
    "llama": f"{_BARE_CALLS}{_TOOLS}{{% for m in messages %}}{_TURN}{{% endfor %}}<|im_start|>assistant\n",
    "qwen2": f"{_MARKED_CALLS}{_TOOLS}{{% for m in messages %}}{_TURN}{{% endfor %}}<|im_start|>assistant\n",
    "smollm3": (
        f"{_MARKED_CALLS}{_TOOLS.replace('tools', 'xml_tools')}"
        f"{{% for m in messages %}}{{% generation %}}{_TURN}{{% endgeneration %}}{{% endfor %}}"
        "<|im_start|>assistant\n"
        "{% if not (enable_thinking | default(true)) %}<think>\n\n</think>\n{% endif %}"
    ),
    "gemma3": (
        "{% for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}"
        "{{ raise_exception('roles must alternate') }}{% endif %}"
        "<|im_start|>{{ 'model' if m.role == 'assistant' else m.role }}\n{{ m.content | trim }}<|im_end|>\n"
        "{% endfor %}<|im_start|>model\n"
    ),
}

_PARAMETERS = {
    "type": "object",
    "properties": {
        "city": {"enum": ["Rome", "Oslo"]},
        "days": {"type": "integer", "minimum": 1, "maximum": 9},
    },
    "required": ["city", "days"],
    "additionalProperties": False,
}
TOOLS: Any = [{"type": "function", "function": {"name": "get_weather", "parameters": _PARAMETERS}}]
MESSAGES: Any = [
    {"role": "developer", "content": "Answer briefly, and say what the weather of each day will be like."},
    {"role": "user", "content": "What will it be like in Rome? Où est le café?"},
]
ROUND_TRIP: Any = [
    *MESSAGES,
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {
                "id": f"call_{city}",
                "type": "function",
                "function": {"name": "get_weather", "arguments": json.dumps({"city": city, "days": 1})},
            }
            for city in ("Rome", "Oslo")
        ],
    },
    {"role": "tool", "tool_call_id": "call_Rome", "content": "sunny"},
    {"role": "tool", "tool_call_id": "call_Oslo", "content": "rain"},
    {"role": "user", "content": "And then?"},
]


@pytest.fixture(scope="module", params=ARCHITECTURES)
def architecture(request: pytest.FixtureRequest) -> str:
    """Each architecture."""
    return str(request.param)


@pytest.fixture(scope="module")
def tiny_client(architecture: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[openai.OpenAI]:
    """A client of a server on a tiny model of this architecture, named `tiny`."""
    path = write_tiny_model(
        tmp_path_factory.mktemp(architecture) / "tiny.gguf",
        architecture,
        gguf.GGMLQuantizationType.Q8_0,
        _TEMPLATES[architecture],
    )
    engine = EngineSettings(num_slots=2)
    with (
        FakeLLMServer(path, engine=engine) as server,
        openai.OpenAI(**server.openai_client_args(), max_retries=0, timeout=60) as client,
    ):
        assert server.configuration["tiny"].metadata["general.architecture"] == architecture
        yield client


def ask(client: openai.OpenAI, **options: Any) -> Any:
    """A completion without thoughts, which a random model wouldn't end."""
    given = {"messages": MESSAGES, "max_tokens": 24, "reasoning_effort": "none", **options}
    return client.chat.completions.create(model="tiny", **given)


def test_streams_are_the_answer(tiny_client: openai.OpenAI) -> None:
    """A stream brings the text, the reason and the usage of the whole answer."""
    endless = {str(token): -100 for token in range(NUM_TOKENS - 3, NUM_TOKENS)}  # the control tokens
    whole = ask(tiny_client, logit_bias=endless)
    options: Any = {"logit_bias": endless, "stream_options": {"include_usage": True}}
    chunks = list(ask(tiny_client, stream=True, **options))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == whole.choices[0].message.content
    assert text
    assert chunks[-2].choices[0].finish_reason == whole.choices[0].finish_reason == "length"
    assert chunks[-1].usage.completion_tokens == whole.usage.completion_tokens == 24


def test_prefixes_are_reused(tiny_client: openai.OpenAI) -> None:
    """A conversation that goes on takes its beginning from the cache, and gets the answer it gets cold."""
    longer = [*MESSAGES, {"role": "assistant", "content": "Sunny."}, {"role": "user", "content": "Sure?"}]
    first = ask(tiny_client)
    again, continued = ask(tiny_client), ask(tiny_client, messages=longer)
    assert again.usage.prompt_tokens_details.cached_tokens > 0
    assert continued.usage.prompt_tokens_details.cached_tokens > 0
    assert again.choices == first.choices


@pytest.mark.parametrize("is_stream", [False, True])
def test_tools_are_called(tiny_client: openai.OpenAI, *, is_stream: bool) -> None:
    """A required call has the tool's name and arguments that satisfy its schema, even from random weights."""
    answer = ask(
        tiny_client, tools=TOOLS, tool_choice="required", parallel_tool_calls=False, stream=is_stream,
        max_tokens=200,
    )  # fmt: skip
    if is_stream:
        deltas = [call for chunk in answer for call in chunk.choices[0].delta.tool_calls or []]
        name, arguments = deltas[0].function.name, "".join(call.function.arguments for call in deltas)
    else:
        assert answer.choices[0].finish_reason == "tool_calls"
        (call,) = answer.choices[0].message.tool_calls
        name, arguments = call.function.name, call.function.arguments
    assert name == "get_weather"
    parsed = json.loads(arguments)
    assert parsed["city"] in ("Rome", "Oslo")
    assert 1 <= parsed["days"] <= 9


def test_round_trips_are_answered(tiny_client: openai.OpenAI) -> None:
    """A conversation with parallel calls and their results is taken, and both results make a difference."""
    prompts = set()
    for result in ("rain", "a great deal of snow"):
        messages = [*ROUND_TRIP[:-2], {**ROUND_TRIP[-2], "content": result}, ROUND_TRIP[-1]]
        answer = ask(tiny_client, messages=messages, tools=TOOLS, max_tokens=4)
        prompts.add(answer.usage.prompt_tokens)
    assert len(prompts) == 2


def test_structured_output_and_logprobs(tiny_client: openai.OpenAI) -> None:
    """A schema binds the answer, and each token comes with its probability."""
    answer = ask(
        tiny_client,
        response_format={
            "type": "json_schema",
            "json_schema": {"name": "weather", "strict": True, "schema": _PARAMETERS},
        },
        logprobs=True,
        max_tokens=200,
    )
    parsed = json.loads(answer.choices[0].message.content)
    assert set(parsed) == {"city", "days"}
    assert all(token.logprob <= 0 for token in answer.choices[0].logprobs.content)


def test_responses_are_answered(tiny_client: openai.OpenAI) -> None:
    """The Responses API answers with the same model."""
    response = tiny_client.responses.create(
        model="tiny", input="Hi", max_output_tokens=16, reasoning={"effort": "none"}
    )
    assert response.usage is not None
    assert 0 < response.usage.output_tokens <= 16


def test_thinking_models_think(architecture: str, tiny_client: openai.OpenAI) -> None:
    """Where the template switches thinking, an effort makes thoughts, before the call; they are counted."""
    answer = ask(tiny_client, tools=TOOLS, tool_choice="required", reasoning_effort="high", max_tokens=100)
    num_thought = answer.usage.completion_tokens_details.reasoning_tokens
    assert (num_thought > 0) == (architecture == "smollm3")
