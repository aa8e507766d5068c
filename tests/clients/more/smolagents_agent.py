"""smolagents' agent, which must call a tool at every step, and ends with one: `final_answer`."""

import json

from more_tasks import QUESTION, STORY, Person, get_weather
from smolagents import OpenAIModel, ToolCallingAgent, tool


def create_model(base_url: str, api_key: str, model: str) -> OpenAIModel:
    """A model that is served by the fake."""
    return OpenAIModel(model_id=model, api_base=base_url, api_key=api_key)


def call_tool(base_url: str, api_key: str, model: str) -> str:
    """Let an agent find out the weather."""
    agent = ToolCallingAgent(
        tools=[tool(get_weather)], model=create_model(base_url, api_key, model), max_steps=3
    )
    return str(agent.run(QUESTION))


def structure(base_url: str, api_key: str, model: str) -> Person:
    """Get an object back."""
    schema = {"name": "person", "schema": Person.model_json_schema()}
    messages = [{"role": "user", "content": [{"type": "text", "text": STORY}]}]
    answer = create_model(base_url, api_key, model).generate(
        messages, response_format={"type": "json_schema", "json_schema": schema}
    )
    return Person(**json.loads(answer.content))
