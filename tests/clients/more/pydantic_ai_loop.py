"""PydanticAI's agent."""

from more_tasks import QUESTION, STORY, Person, get_weather
from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider


def create_agent(base_url: str, api_key: str, model: str, **options: object) -> Agent:
    """An agent whose model is served by the fake."""
    provider = OpenAIProvider(base_url=base_url, api_key=api_key)
    return Agent(OpenAIChatModel(model, provider=provider), **options)


def call_tool(base_url: str, api_key: str, model: str) -> str:
    """Let an agent find out the weather."""
    return create_agent(base_url, api_key, model, tools=[get_weather]).run_sync(QUESTION).output


def structure(base_url: str, api_key: str, model: str) -> Person:
    """Get an object back."""
    return create_agent(base_url, api_key, model, output_type=Person).run_sync(STORY).output
