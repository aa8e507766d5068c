"""OpenAI's Agents SDK, which speaks the Responses API, against the server."""

import asyncio

import openai
import pytest

from fake_llm_server import FakeLLMServer

agents = pytest.importorskip("agents", reason="the Agents SDK isn't installed: `pip install openai-agents`")

pytestmark = pytest.mark.clients


def test_an_agent_calls_its_tool(server: FakeLLMServer) -> None:
    """An agent that must use a tool calls it, gets its result, and answers."""
    cities = []

    @agents.function_tool  # type: ignore[untyped-decorator]  # the SDK may be missing
    def get_weather(city: str) -> str:
        """Tell the weather of a city."""
        cities.append(city)
        return "Sunny."

    async def run() -> str:
        async with openai.AsyncOpenAI(**server.openai_client_args(), max_retries=0) as client:
            agent = agents.Agent(
                name="weather",
                instructions="Answer in one short sentence.",
                model=agents.OpenAIResponsesModel("gpt-4o-mini", client),
                model_settings=agents.ModelSettings(
                    tool_choice="required", max_tokens=256, parallel_tool_calls=False
                ),
                tools=[get_weather],
            )
            config = agents.RunConfig(tracing_disabled=True)
            result = await agents.Runner.run(agent, "What is the weather in Rome?", run_config=config)
            return str(result.final_output)

    assert asyncio.run(run())
    assert cities
