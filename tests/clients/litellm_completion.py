"""LiteLLM."""

import json
from typing import Literal

import litellm
from pydantic import BaseModel

WEATHER_TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string", "enum": ["Paris", "Rome"]}},
            "required": ["city"],
        },
    },
}


class Capital(BaseModel):
    """A capital."""

    city: Literal["Paris", "Rome"]
    is_large: bool


def complete(base_url: str, api_key: str, model: str, **options: object) -> litellm.ModelResponse:
    """Ask the fake, as a server that speaks OpenAI's API."""
    return litellm.completion(model=f"openai/{model}", api_base=base_url, api_key=api_key, **options)


def chat(base_url: str, api_key: str, model: str) -> str:
    """Ask a question."""
    messages = [{"role": "user", "content": "What is the capital of France?"}]
    answer = complete(base_url, api_key, model, messages=messages, max_tokens=12)
    return answer.choices[0].message.content


def stream(base_url: str, api_key: str, model: str) -> str:
    """Read an answer as it comes."""
    messages = [{"role": "user", "content": "What is the capital of France?"}]
    chunks = complete(base_url, api_key, model, messages=messages, max_tokens=12, stream=True)
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks)


def call_tool(base_url: str, api_key: str, model: str) -> str:
    """Have a tool called, and the answer written from its result."""
    messages = [{"role": "user", "content": "What is the weather in Paris?"}]
    asked = complete(
        base_url,
        api_key,
        model,
        messages=messages,
        tools=[WEATHER_TOOL],
        tool_choice="required",
        parallel_tool_calls=False,
        max_tokens=40,
    )
    message = asked.choices[0].message
    [call] = message.tool_calls
    city = json.loads(call.function.arguments)["city"]
    asked_again = [
        *messages,
        # LiteLLM's own fields in the message are unknown to OpenAI, which refuses them.
        message.model_dump(exclude={"provider_specific_fields"}, exclude_none=True),
        {"role": "tool", "tool_call_id": call.id, "content": f"It is sunny in {city}."},
    ]
    answer = complete(base_url, api_key, model, messages=asked_again, max_tokens=12)
    return answer.choices[0].message.content


def structure(base_url: str, api_key: str, model: str) -> str:
    """Get an object back."""
    messages = [{"role": "user", "content": "Describe the capital of France."}]
    answer = complete(base_url, api_key, model, messages=messages, response_format=Capital, max_tokens=40)
    return Capital.model_validate_json(answer.choices[0].message.content).city
