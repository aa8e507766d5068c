"""Instructor."""

from typing import Literal

import instructor
from openai import OpenAI
from pydantic import BaseModel


class Capital(BaseModel):
    """A capital."""

    city: Literal["Paris", "Rome"]
    is_large: bool


class GetWeather(BaseModel):
    """The weather in a city."""

    city: Literal["Paris", "Rome"]


def chat(base_url: str, api_key: str, model: str) -> str:
    """Ask a question, without a model of the answer."""
    client = instructor.from_openai(OpenAI(base_url=base_url, api_key=api_key))
    answer = client.chat.completions.create(
        model=model,
        response_model=None,
        messages=[{"role": "user", "content": "What is the capital of France?"}],
        max_tokens=12,
    )
    return answer.choices[0].message.content


def stream(base_url: str, api_key: str, model: str) -> str:
    """Read an object as it comes."""
    client = instructor.from_openai(OpenAI(base_url=base_url, api_key=api_key))
    partial = client.chat.completions.create_partial(
        model=model,
        response_model=Capital,
        messages=[{"role": "user", "content": "Describe the capital of France."}],
        max_tokens=60,
    )
    return list(partial)[-1].city


def call_tool(base_url: str, api_key: str, model: str) -> str:
    """Have a tool called, and the answer written from its result."""
    client = instructor.from_openai(OpenAI(base_url=base_url, api_key=api_key))
    question = {"role": "user", "content": "What is the weather in Paris?"}
    call, asked = client.chat.completions.create_with_completion(
        model=model, response_model=GetWeather, messages=[question], max_tokens=60
    )
    calls = [tool_call.model_dump() for tool_call in asked.choices[0].message.tool_calls]
    message = {"role": "assistant", "content": f"I look it up for {call.city}.", "tool_calls": calls}
    result = {"role": "tool", "tool_call_id": calls[0]["id"], "content": f"It is sunny in {call.city}."}
    answer = client.chat.completions.create(
        model=model, response_model=None, messages=[question, message, result], max_tokens=12
    )
    return answer.choices[0].message.content


def structure(base_url: str, api_key: str, model: str) -> str:
    """Get an object back."""
    client = instructor.from_openai(
        OpenAI(base_url=base_url, api_key=api_key), mode=instructor.Mode.JSON_SCHEMA
    )
    answer = client.chat.completions.create(
        model=model,
        response_model=Capital,
        messages=[{"role": "user", "content": "Describe the capital of France."}],
        max_tokens=60,
    )
    return answer.city
