"""The OpenAI Agents SDK, over the Responses API."""

from agents import Agent, OpenAIResponsesModel, Runner, function_tool, set_tracing_disabled
from more_tasks import QUESTION, STORY, Person, get_weather
from openai import AsyncOpenAI

set_tracing_disabled(True)


def create_agent(base_url: str, api_key: str, model: str, **options: object) -> Agent:
    """An agent whose model is served by the fake."""
    served = OpenAIResponsesModel(model=model, openai_client=AsyncOpenAI(base_url=base_url, api_key=api_key))
    return Agent(name="Guide", model=served, **options)


def call_tool(base_url: str, api_key: str, model: str) -> str:
    """Let an agent find out the weather."""
    agent = create_agent(base_url, api_key, model, tools=[function_tool(get_weather)])
    return Runner.run_sync(agent, QUESTION).final_output


def structure(base_url: str, api_key: str, model: str) -> Person:
    """Get an object back."""
    return Runner.run_sync(create_agent(base_url, api_key, model, output_type=Person), STORY).final_output
