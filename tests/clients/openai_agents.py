"""The OpenAI Agents SDK, over the Responses API."""

import asyncio
from typing import Literal

from agents import Agent, ModelSettings, OpenAIResponsesModel, Runner, function_tool, set_tracing_disabled
from openai import AsyncOpenAI
from openai.types.responses import ResponseTextDeltaEvent
from pydantic import BaseModel

set_tracing_disabled(True)


class Capital(BaseModel):
    """A capital."""

    city: Literal["Paris", "Rome"]
    is_large: bool


@function_tool
def get_weather(city: Literal["Paris", "Rome"]) -> str:
    """The weather in a city."""
    return f"It is sunny in {city}."


def create_agent(base_url: str, api_key: str, model: str, **options: object) -> Agent:
    """An agent whose model is served by the fake."""
    client = AsyncOpenAI(base_url=base_url, api_key=api_key)
    settings = options.pop("model_settings", ModelSettings(max_tokens=200))
    served = OpenAIResponsesModel(model=model, openai_client=client)
    return Agent(name="Guide", model=served, model_settings=settings, **options)


def chat(base_url: str, api_key: str, model: str) -> str:
    """Ask a question."""
    agent = create_agent(base_url, api_key, model)
    return Runner.run_sync(agent, "Hi").final_output


def stream(base_url: str, api_key: str, model: str) -> str:
    """Read an answer as it comes."""

    async def read() -> str:
        running = Runner.run_streamed(create_agent(base_url, api_key, model), "Hi")
        return "".join(
            [
                event.data.delta
                async for event in running.stream_events()
                if event.type == "raw_response_event" and isinstance(event.data, ResponseTextDeltaEvent)
            ]
        )

    return asyncio.run(read())


def call_tool(base_url: str, api_key: str, model: str) -> str:
    """Have a tool called, and the answer written from its result."""
    settings = ModelSettings(max_tokens=200, tool_choice="required")
    agent = create_agent(base_url, api_key, model, tools=[get_weather], model_settings=settings)
    return Runner.run_sync(agent, "What is the weather in Paris?").final_output


def structure(base_url: str, api_key: str, model: str) -> str:
    """Get an object back."""
    agent = create_agent(base_url, api_key, model, output_type=Capital)
    return Runner.run_sync(agent, "Describe the capital of France.").final_output.city
