"""LangChain's `ChatOpenAI`."""

from typing import Literal

from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from pydantic import BaseModel


class Capital(BaseModel):
    """A capital."""

    city: Literal["Paris", "Rome"]
    is_large: bool


@tool
def get_weather(city: Literal["Paris", "Rome"]) -> str:
    """The weather in a city."""
    return f"It is sunny in {city}."


def chat(base_url: str, api_key: str, model: str) -> str:
    """Ask a question."""
    llm = ChatOpenAI(model=model, base_url=base_url, api_key=api_key, max_tokens=12)
    return llm.invoke("What is the capital of France?").content


def stream(base_url: str, api_key: str, model: str) -> str:
    """Read an answer as it comes."""
    llm = ChatOpenAI(model=model, base_url=base_url, api_key=api_key, max_tokens=12)
    return "".join(chunk.content for chunk in llm.stream("What is the capital of France?"))


def call_tool(base_url: str, api_key: str, model: str) -> str:
    """Have a tool called, and the answer written from its result."""
    llm = ChatOpenAI(model=model, base_url=base_url, api_key=api_key, max_tokens=40)
    question = HumanMessage("What is the weather in Paris?")
    bound = llm.bind_tools([get_weather], tool_choice="required", parallel_tool_calls=False)
    asked = bound.invoke([question])
    [call] = asked.tool_calls
    result = ToolMessage(get_weather.invoke(call["args"]), tool_call_id=call["id"])
    return llm.invoke([question, asked, result]).content


def structure(base_url: str, api_key: str, model: str) -> str:
    """Get an object back."""
    llm = ChatOpenAI(model=model, base_url=base_url, api_key=api_key, max_tokens=40)
    return llm.with_structured_output(Capital).invoke("Describe the capital of France.").city
