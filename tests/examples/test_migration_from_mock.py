"""From `unittest.mock` to a fake: the same test before and after, and what the mock let pass."""

import json
from typing import Any
from unittest.mock import MagicMock, patch

import openai
import pytest

from fake_llm_server import FakeLLM, reply

TOOL: Any = {
    "type": "function",
    "function": {
        "name": "find_temperature",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}


def find_city(question: str, **more: Any) -> str:
    """The program under test: it has the model take the city out of a question."""
    with openai.OpenAI(max_retries=0) as client:
        answer = client.chat.completions.create(
            model="gpt-4o-mini", messages=[{"role": "user", "content": question}], tools=[TOOL], **more
        )
    [call] = answer.choices[0].message.tool_calls or []
    assert call.type == "function"
    city: str = json.loads(call.function.arguments)["city"]
    return city


def test_before() -> None:
    """With a mock: the test builds what it believes the client returns, and patches where it is made."""
    call = MagicMock()
    call.type = "function"
    call.function.name = "find_temperature"
    call.function.arguments = '{"city": "Oslo"}'
    answer = MagicMock()
    answer.choices[0].message.content = None
    answer.choices[0].message.tool_calls = [call]
    with patch("openai.OpenAI") as client_class:
        client = client_class.return_value.__enter__.return_value
        client.chat.completions.create.return_value = answer
        assert find_city("How cold is Oslo?") == "Oslo"
        sent = client.chat.completions.create.call_args.kwargs
        assert sent["messages"][0]["content"] == "How cold is Oslo?"


def test_after(fake_llm: FakeLLM) -> None:
    """With the fake: the test says what the model answers, and the real client does the rest."""
    fake_llm.script(reply(tool="find_temperature", arguments={"city": "Oslo"}))
    assert find_city("How cold is Oslo?") == "Oslo"
    assert fake_llm.calls[0].user_text == "How cold is Oslo?"


def test_what_the_mock_let_pass(fake_llm: FakeLLM) -> None:
    """A mock takes any parameter; the fake refuses what OpenAI refuses, in its words."""
    with patch("openai.OpenAI") as client_class:
        call = MagicMock(type="function", function=MagicMock(arguments='{"city": "Oslo"}'))
        answer = MagicMock(choices=[MagicMock(message=MagicMock(tool_calls=[call]))])
        client_class.return_value.__enter__.return_value.chat.completions.create.return_value = answer
        assert find_city("How cold is Oslo?", temperature=3) == "Oslo"
    with pytest.raises(openai.BadRequestError, match="temperature"):
        find_city("How cold is Oslo?", temperature=3)
    assert not fake_llm.calls


def test_what_nobody_typed(fake_llm: FakeLLM) -> None:
    """A mock answers what its author thought of; a fake knows what a model gets wrong."""
    fake_llm.script(reply(tool="find_temperature", arguments={"city": "Oslo"}).wrong("schema"))
    with pytest.raises(KeyError):  # the program should be ready for this
        find_city("How cold is Oslo?")
