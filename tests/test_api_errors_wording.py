"""What is wrong with a request is said in OpenAI's words, and raised as its client's exception."""

import re
from typing import Any

import openai
import pytest
from conftest import MODEL

VALID: dict[str, Any] = {
    "model": MODEL,
    "max_tokens": 1,
    "messages": [{"role": "user", "content": "Hi"}],
}

OFFENCES: list[tuple[dict[str, Any], str | None, str | None, str]] = [
    ({"fubar": 1}, "fubar", "unknown_parameter", "Unknown parameter: 'fubar'."),
    (
        {"stream_options": {"x": 1}},
        "stream_options.x",
        "unknown_parameter",
        "Unknown parameter: 'stream_options.x'.",
    ),
    (
        {"messages": [{"role": "developer"}]},
        "messages[0].content",
        "missing_required_parameter",
        "Missing required parameter: 'messages[0].content'.",
    ),
    (
        {"messages": [{"content": "Hi"}]},
        "messages[0].role",
        "missing_required_parameter",
        "Missing required parameter: 'messages[0].role'.",
    ),
    (
        {"messages": [{"role": "robot", "content": "Hi"}]},
        "messages[0].role",
        "invalid_value",
        (
            "Invalid value: 'robot'. Supported values are: 'system', 'assistant', 'user', 'function', "
            "'tool', and 'developer'."
        ),
    ),
    (
        {"messages": [{"role": "user", "content": 5}]},
        "messages[0].content",
        "invalid_type",
        (
            "Invalid type for 'messages[0].content': expected one of a string or array of objects, "
            "but got an integer instead."
        ),
    ),
    (
        {"messages": [{"role": "user", "content": ["Hi"]}]},
        "messages[0].content[0]",
        "invalid_type",
        "Invalid type for 'messages[0].content[0]': expected an object, but got a string instead.",
    ),
    (
        {"messages": []},
        "messages",
        "empty_array",
        (
            "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an "
            "empty array instead."
        ),
    ),
    (
        {"max_tokens": "5"},
        "max_tokens",
        "invalid_type",
        "Invalid type for 'max_tokens': expected an integer, but got a string instead.",
    ),
    (
        {"max_tokens": 1.5},
        "max_tokens",
        "invalid_type",
        "Invalid type for 'max_tokens': expected an integer, but got a decimal number instead.",
    ),
    (
        {"stream": "yes"},
        "stream",
        "invalid_type",
        "Invalid type for 'stream': expected a boolean, but got a string instead.",
    ),
    (
        {"stop": 5},
        "stop",
        "invalid_type",
        "Invalid type for 'stop': expected one of a string or array of strings, but got an integer instead.",
    ),
    (
        {"stop": ["a"] * 5},
        "stop",
        "array_above_max_length",
        (
            "Invalid 'stop': array too long. Expected an array with maximum length 4, but got an "
            "array with length 5 instead."
        ),
    ),
    (
        {"n": 0},
        "n",
        "integer_below_min_value",
        "Invalid 'n': integer below minimum value. Expected a value >= 1, but got 0 instead.",
    ),
    (
        {"n": 129},
        "n",
        "integer_above_max_value",
        "Invalid 'n': integer above maximum value. Expected a value <= 128, but got 129 instead.",
    ),
    (
        {"temperature": 3},
        "temperature",
        "decimal_above_max_value",
        "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 3 instead.",
    ),
    (
        {"temperature": 2.0000000000000004},
        "temperature",
        "decimal_above_max_value",
        (
            "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got "
            "2.0000000000000004 instead."
        ),
    ),
    (
        {"top_p": -0.5},
        "top_p",
        "decimal_below_min_value",
        "Invalid 'top_p': decimal below minimum value. Expected a value >= 0, but got -0.5 instead.",
    ),
    (
        {"store": True, "metadata": {str(number): "" for number in range(17)}},
        "metadata",
        "object_above_max_properties",
        (
            "Invalid 'metadata': too many properties. Expected an object with at most 16 properties, "
            "but got an object with 17 properties instead."
        ),
    ),
    (
        {"store": True, "metadata": {"k" * 65: ""}},
        f"metadata.{'k' * 65}",
        "property_name_above_max_length",
        (
            "Invalid property name in 'metadata': 'kkk...kkk' is too long. Expected a string with maximum "
            "length 64, but got a string with length 65 instead."
        ),
    ),
    (
        {"store": True, "metadata": {"k": "v" * 513}},
        "metadata.k",
        "string_above_max_length",
        (
            "Invalid 'metadata.k': string too long. Expected a string with maximum length 512, but "
            "got a string with length 513 instead."
        ),
    ),
    (
        {"tools": [{"type": "function", "function": {"name": "a b"}}]},
        "tools[0].function.name",
        "invalid_value",
        (
            "Invalid 'tools[0].function.name': string does not match pattern. Expected a string that "
            "matches the pattern '^[a-zA-Z0-9_-]+$'."
        ),
    ),
    (
        {"reasoning_effort": "most"},
        "reasoning_effort",
        "invalid_value",
        (
            "Invalid value: 'most'. Supported values are: 'none', 'minimal', 'low', 'medium', "
            "'high', 'xhigh', and 'max'."
        ),
    ),
    (
        {"response_format": {"type": "xml"}},
        "response_format.type",
        "invalid_value",
        "Invalid value: 'xml'. Supported values are: 'json_object', 'json_schema', and 'text'.",
    ),
    (
        {"tool_choice": "required"},
        "tool_choice",
        None,
        "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.",
    ),
]


@pytest.mark.parametrize(("offence", "param", "code", "message"), OFFENCES)
def test_offence_is_worded_as_openai_does(
    client: openai.OpenAI, offence: dict[str, Any], param: str | None, code: str | None, message: str
) -> None:
    """Each kind of offence has OpenAI's message, path and code, and is a `BadRequestError`."""
    with pytest.raises(openai.BadRequestError) as caught:
        client.post("/chat/completions", body={**VALID, **offence}, cast_to=object)
    assert caught.value.body == {
        "message": message,
        "type": "invalid_request_error",
        "param": param,
        "code": code,
    }


def test_missing_parameter_is_named(client: openai.OpenAI) -> None:
    """A request without a required field says which."""
    with pytest.raises(openai.BadRequestError, match="Missing required parameter: 'messages'") as caught:
        client.post("/chat/completions", body={"model": MODEL}, cast_to=object)
    assert (caught.value.param, caught.value.code) == ("messages", "missing_required_parameter")


def test_too_long_prompt_is_counted(client: openai.OpenAI) -> None:
    """A prompt beyond the window is refused with the code that clients look for, and with the numbers."""
    with pytest.raises(openai.BadRequestError, match=r"\d+ tokens") as caught:
        client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "a b " * 4000}])
    assert caught.value.code == "context_length_exceeded"
    assert caught.value.param == "messages"


@pytest.mark.parametrize("num_words", [450, 5000], ids=["counted", "estimated"])
def test_too_long_tools_are_told_apart(client: openai.OpenAI, num_words: int) -> None:
    """Where tools are offered, the error says how many of the tokens are theirs."""
    function: Any = {"name": "f", "description": "a b c d e f g h i j " * num_words}
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(
            model=MODEL,
            messages=[{"role": "user", "content": "Hi"}],
            tools=[{"type": "function", "function": function}],
        )
    found = re.search(
        r"resulted in (\d+) tokens \((\d+) in the messages, (\d+) in the functions\)\. Please reduce the "
        r"length of the messages or functions\.",
        str(caught.value),
    )
    assert found
    total, messages, functions = map(int, found.groups())
    assert total == messages + functions
    assert messages < 100 < functions


def test_query_is_held_to_the_contract(client: openai.OpenAI) -> None:
    """A query parameter is refused in the same words as a field of a body."""
    with pytest.raises(openai.BadRequestError, match="Invalid 'limit': integer above maximum") as caught:
        client.get("/chat/completions?limit=101", cast_to=object)
    assert (caught.value.param, caught.value.code) == ("limit", "integer_above_max_value")
