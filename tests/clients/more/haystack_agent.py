"""Haystack's agent with its chat generator for OpenAI."""

from haystack.components.agents import Agent
from haystack.components.generators.chat import OpenAIChatGenerator
from haystack.dataclasses import ChatMessage
from haystack.tools import create_tool_from_function
from haystack.utils import Secret
from more_tasks import QUESTION, STORY, Person, get_weather


def create_generator(base_url: str, api_key: str, model: str, **options: object) -> OpenAIChatGenerator:
    """A generator that asks the fake."""
    key = Secret.from_token(api_key)
    return OpenAIChatGenerator(api_key=key, model=model, api_base_url=base_url, generation_kwargs=options)


def call_tool(base_url: str, api_key: str, model: str) -> str:
    """Let an agent find out the weather."""
    generator = create_generator(base_url, api_key, model)
    agent = Agent(chat_generator=generator, tools=[create_tool_from_function(get_weather)])
    agent.warm_up()
    return agent.run(messages=[ChatMessage.from_user(QUESTION)])["messages"][-1].text


def structure(base_url: str, api_key: str, model: str) -> Person:
    """Get an object back."""
    generator = create_generator(base_url, api_key, model, response_format=Person)
    [reply] = generator.run([ChatMessage.from_user(STORY)])["replies"]
    return Person.model_validate_json(reply.text)
