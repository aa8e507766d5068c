"""Simon Willison's `llm`: the fake as one of its extra OpenAI models."""

import os
from pathlib import Path
from typing import Literal

import llm
from pydantic import BaseModel

EXTRA_MODELS = """
- model_id: fake
  model_name: {model}
  api_base: {base_url}
  supports_tools: true
  supports_schema: true
"""


class Capital(BaseModel):
    """A capital."""

    city: Literal["Paris", "Rome"]
    is_large: bool


def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"It is sunny in {city}."


def find_model(base_url: str, api_key: str, model: str) -> llm.Model:
    """Write `extra-openai-models.yaml` into `LLM_USER_PATH`, and find the model by its id."""
    path = Path(os.environ["LLM_USER_PATH"]) / "extra-openai-models.yaml"
    path.write_text(EXTRA_MODELS.format(model=model, base_url=base_url))
    found = llm.get_model("fake")
    found.key = api_key
    return found


def chat(base_url: str, api_key: str, model: str) -> str:
    """Ask a question."""
    served = find_model(base_url, api_key, model)
    return served.prompt("What is the capital of France?", max_tokens=12, stream=False).text()


def stream(base_url: str, api_key: str, model: str) -> str:
    """Read an answer as it comes."""
    served = find_model(base_url, api_key, model)
    return "".join(served.prompt("What is the capital of France?", max_tokens=12))


def call_tool(base_url: str, api_key: str, model: str) -> str:
    """Offer a tool, and let `llm` call it and ask again as long as the model wants."""
    served = find_model(base_url, api_key, model)
    options = {"max_tokens": 40}
    return served.chain("What is the weather in Paris?", tools=[get_weather], options=options).text()


def structure(base_url: str, api_key: str, model: str) -> str:
    """Get an object back."""
    served = find_model(base_url, api_key, model)
    answer = served.prompt("Describe the capital of France.", schema=Capital, max_tokens=40)
    return Capital.model_validate_json(answer.text()).city
