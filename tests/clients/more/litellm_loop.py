"""LiteLLM, and the loop of tools that its README leaves to the program."""

import json

import litellm
from more_tasks import QUESTION, STORY, Person, get_weather

WEATHER_TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


def complete(base_url: str, api_key: str, model: str, **options: object) -> litellm.Message:
    """Ask the fake, as a server that speaks OpenAI's API."""
    served = {"model": f"openai/{model}", "api_base": base_url, "api_key": api_key}
    return litellm.completion(**served, **options).choices[0].message


def call_tool(base_url: str, api_key: str, model: str) -> str:
    """Let the model find out the weather: ask until it calls no more."""
    messages = [{"role": "user", "content": QUESTION}]
    while True:
        message = complete(base_url, api_key, model, messages=messages, tools=[WEATHER_TOOL])
        if not message.tool_calls:
            return message.content
        # LiteLLM's own fields in the message are unknown to OpenAI, which refuses them.
        messages.append(message.model_dump(exclude={"provider_specific_fields"}, exclude_none=True))
        for call in message.tool_calls:
            result = get_weather(**json.loads(call.function.arguments))
            messages.append({"role": "tool", "tool_call_id": call.id, "content": result})


def structure(base_url: str, api_key: str, model: str) -> Person:
    """Get an object back."""
    messages = [{"role": "user", "content": STORY}]
    message = complete(base_url, api_key, model, messages=messages, response_format=Person)
    return Person.model_validate_json(message.content)
