"""OpenAI's Python client: chat completions and responses."""

import json
from typing import Literal

from openai import OpenAI
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
            "additionalProperties": False,
        },
        "strict": True,
    },
}


class Capital(BaseModel):
    """What a structured answer looks like."""

    city: Literal["Paris", "Rome"]
    is_large: bool


def chat(base_url: str, api_key: str, model: str) -> str:
    """Ask a question."""
    client = OpenAI(base_url=base_url, api_key=api_key)
    answer = client.chat.completions.create(
        model=model, messages=[{"role": "user", "content": "What is the capital of France?"}], max_tokens=12
    )
    return answer.choices[0].message.content


def stream(base_url: str, api_key: str, model: str) -> str:
    """Read a response as it comes."""
    client = OpenAI(base_url=base_url, api_key=api_key)
    with client.responses.stream(
        model=model, input="What is the capital of France?", max_output_tokens=16
    ) as events:
        return "".join(event.delta for event in events if event.type == "response.output_text.delta")


def call_tool(base_url: str, api_key: str, model: str) -> str:
    """Have a tool called, and the answer written from its result."""
    client = OpenAI(base_url=base_url, api_key=api_key)
    messages = [{"role": "user", "content": "What is the weather in Paris?"}]
    asked = client.chat.completions.create(
        model=model,
        messages=messages,
        tools=[WEATHER_TOOL],
        tool_choice="required",
        parallel_tool_calls=False,
        max_tokens=40,
    )
    [call] = asked.choices[0].message.tool_calls
    city = json.loads(call.function.arguments)["city"]
    messages += [
        asked.choices[0].message,
        {"role": "tool", "tool_call_id": call.id, "content": f"It is sunny in {city}."},
    ]
    answer = client.chat.completions.create(model=model, messages=messages, max_tokens=12)
    return answer.choices[0].message.content


def structure(base_url: str, api_key: str, model: str) -> str:
    """Get an object back."""
    client = OpenAI(base_url=base_url, api_key=api_key)
    answer = client.chat.completions.parse(
        model=model,
        messages=[{"role": "user", "content": "Describe the capital of France."}],
        response_format=Capital,
        max_tokens=40,
    )
    return answer.choices[0].message.parsed.city
