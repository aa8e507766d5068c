"""Answers of the embedded model by the portable build, kept as `golden_answers.json`.

`python tests/golden_answers.py` makes that file anew: after an update of llama-cpp-python, llguidance or the
embedded weights, or a change of the rules in `docs/engine.md`, and on a portable build alone. Every commit
that changes the file says why answers change.
"""

import hashlib
import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import openai

from fake_llm_server import FakeLLMServer, ModelSpec
from fake_llm_server._engine.arithmetic_probe import digest_arithmetic
from fake_llm_server._engine.build import read_build
from fake_llm_server._engine.weights_digest import digest_files

PATH = Path(__file__).with_suffix(".json")
MODEL = "smollm2-135m"
_LIBRARIES = ("llama-cpp-python", "llguidance", "jinja2")

_FRUIT = {
    "type": "object",
    "properties": {"fruit": {"enum": ["apple", "pear"]}, "weight": {"type": "integer", "maximum": 999}},
    "required": ["fruit", "weight"],
    "additionalProperties": False,
}
_TOOL = {"type": "function", "function": {"name": "buy", "parameters": _FRUIT}}
_SHAPE = {"type": "json_schema", "json_schema": {"name": "fruit", "schema": _FRUIT}}

REQUESTS: dict[str, dict[str, Any]] = {
    "greedy": {"max_tokens": 12},
    "sampled": {"max_tokens": 12, "temperature": 1.0, "seed": 7},
    "nucleus, two choices": {"max_tokens": 8, "temperature": 1.3, "top_p": 0.9, "seed": 1, "n": 2},
    "penalties": {"max_tokens": 12, "frequency_penalty": 1.0, "presence_penalty": 0.5},
    "JSON schema": {"max_tokens": 32, "response_format": _SHAPE},
    "tool call": {
        "max_tokens": 32,
        "tools": [_TOOL],
        "tool_choice": {"type": "function", "function": {"name": "buy"}},
    },
    "long prompt": {
        "max_tokens": 4,
        "messages": [{"role": "user", "content": "Count the fruit: " + "an apple, a pear, " * 30}],
    },
}
"""Short ones, each by another way through the engine."""


def read_origin() -> dict[str, str]:
    """What the answers depend on besides the requests: equal origins, equal bytes."""
    weights = digest_files(ModelSpec.from_model_name(MODEL).download().paths)
    return {"build": read_build().name, "weights": weights} | {name: version(name) for name in _LIBRARIES}


def describe_difference() -> str:
    """What may be the matter if an answer isn't the golden one."""
    golden = json.loads(PATH.read_text(encoding="utf-8"))["arithmetic"]
    if digest_arithmetic() == golden:
        return "ggml computes what it did, so look in our own code, the tokenizer and the template"
    return (
        f"ggml computes other bits here ({digest_arithmetic()} instead of {golden}): was it compiled with "
        "other CMAKE_ARGS than README.md's, or by another compiler than GCC 11 or 12?"
    )


def ask(client: openai.OpenAI, name: str) -> dict[str, str]:
    """What an answer says, to be read, and the digest of its text, calls, reasons and logprobs."""
    given = {"messages": [{"role": "user", "content": "Which fruit is heavy?"}], **REQUESTS[name]}
    answer = client.chat.completions.create(model=MODEL, logprobs=True, top_logprobs=3, **given)
    choices = [_read_choice(choice) for choice in answer.choices]
    digest = hashlib.sha256(json.dumps(choices, sort_keys=True).encode()).hexdigest()
    return {"says": " | ".join(choice["text"] for choice in choices), "sha256": digest}


def _read_choice(choice: Any) -> dict[str, Any]:
    """All of a choice but the ids."""
    calls = [call.function for call in choice.message.tool_calls or ()]
    text = choice.message.content or "".join(f"{call.name}({call.arguments})" for call in calls)
    logprobs = [token.model_dump() for token in choice.logprobs.content]
    return {"text": text, "reason": choice.finish_reason, "logprobs": logprobs}


def remake() -> None:
    """Write the file."""
    if not read_build().is_portable:
        sys.exit("This llama.cpp isn't the portable build: see `fake-llm-server doctor`.")
    with FakeLLMServer(MODEL) as server, openai.OpenAI(**server.openai_client_args()) as client:
        answers = {name: ask(client, name) for name in REQUESTS}
    golden = {"origin": read_origin(), "arithmetic": digest_arithmetic(), "answers": answers}
    PATH.write_text(json.dumps(golden, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    remake()
