"""AutoGen's assistant."""

import asyncio
from typing import Any

from autogen_agentchat.agents import AssistantAgent
from autogen_ext.models.openai import OpenAIChatCompletionClient
from more_tasks import QUESTION, STORY, Person, get_weather


def ask(base_url: str, api_key: str, model: str, question: str, **options: Any) -> Any:
    """Run an assistant on a question, and return the content of its last message."""

    async def run() -> Any:
        client = OpenAIChatCompletionClient(model=model, base_url=base_url, api_key=api_key)
        agent = AssistantAgent("guide", model_client=client, **options)
        done = await agent.run(task=question)
        await client.close()
        return done.messages[-1].content

    return asyncio.run(run())


def call_tool(base_url: str, api_key: str, model: str) -> str:
    """Let an assistant find out the weather."""
    return ask(base_url, api_key, model, QUESTION, tools=[get_weather], reflect_on_tool_use=True)


def structure(base_url: str, api_key: str, model: str) -> Person:
    """Get an object back."""
    return ask(base_url, api_key, model, STORY, output_content_type=Person)
