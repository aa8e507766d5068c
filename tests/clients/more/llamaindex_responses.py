"""LlamaIndex's `OpenAIResponses`."""

import asyncio

from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.prompts import PromptTemplate
from llama_index.llms.openai import OpenAIResponses
from more_tasks import QUESTION, STORY, Person, get_weather


def create_model(base_url: str, api_key: str, model: str) -> OpenAIResponses:
    """A model that is served by the fake."""
    return OpenAIResponses(model=model, api_base=base_url, api_key=api_key)


def call_tool(base_url: str, api_key: str, model: str) -> str:
    """Let an agent find out the weather."""
    agent = FunctionAgent(tools=[get_weather], llm=create_model(base_url, api_key, model))

    async def run() -> str:
        return str(await agent.run(QUESTION))

    return asyncio.run(run())


def structure(base_url: str, api_key: str, model: str) -> Person:
    """Get an object back."""
    llm = create_model(base_url, api_key, model)
    return llm.structured_predict(Person, PromptTemplate(STORY))
