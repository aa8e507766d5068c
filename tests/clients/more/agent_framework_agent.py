"""Microsoft's Agent Framework, over the Responses API."""

import asyncio
from typing import Any

from agent_framework import Agent
from agent_framework.openai import OpenAIChatClient
from more_tasks import QUESTION, STORY, Person, get_weather


def ask(base_url: str, api_key: str, model: str, question: str, **options: Any) -> Any:
    """Run an agent on a question."""
    client = OpenAIChatClient(model=model, base_url=base_url, api_key=api_key)
    return asyncio.run(Agent(client=client, instructions="Be helpful.", **options).run(question))


def call_tool(base_url: str, api_key: str, model: str) -> str:
    """Let an agent find out the weather."""
    return ask(base_url, api_key, model, QUESTION, tools=[get_weather]).text


def structure(base_url: str, api_key: str, model: str) -> Person:
    """Get an object back."""
    return ask(base_url, api_key, model, STORY, default_options={"response_format": Person}).value
