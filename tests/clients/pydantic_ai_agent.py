"""PydanticAI."""

from typing import Literal

from pydantic import BaseModel
from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.settings import ModelSettings


class Capital(BaseModel):
    """A capital."""

    city: Literal["Paris", "Rome"]
    is_large: bool


def get_weather(city: Literal["Paris", "Rome"]) -> str:
    """The weather in a city."""
    return f"It is sunny in {city}."


def create_agent(base_url: str, api_key: str, model: str, **options: object) -> Agent:
    """An agent whose model is served by the fake."""
    served = OpenAIChatModel(model, provider=OpenAIProvider(base_url=base_url, api_key=api_key))
    return Agent(served, model_settings=ModelSettings(max_tokens=60), **options)


def chat(base_url: str, api_key: str, model: str) -> str:
    """Ask a question."""
    return create_agent(base_url, api_key, model).run_sync("What is the capital of France?").output


def stream(base_url: str, api_key: str, model: str) -> str:
    """Read an answer as it comes."""
    agent = create_agent(base_url, api_key, model)
    running = agent.run_stream_sync("What is the capital of France?")
    return "".join(running.stream_text(delta=True))


def call_tool(base_url: str, api_key: str, model: str) -> str:
    """Have a tool called, and the answer written from its result."""
    agent = create_agent(base_url, api_key, model, output_type=[get_weather])
    return agent.run_sync("What is the weather in Paris?").output


def structure(base_url: str, api_key: str, model: str) -> str:
    """Get an object back."""
    agent = create_agent(base_url, api_key, model, output_type=Capital)
    return agent.run_sync("Describe the capital of France.").output.city
