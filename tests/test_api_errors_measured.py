"""Errors that others measured at OpenAI's API come out the same: status, path, code and every word.

Source: https://github.com/kangminlee-maker/local-OAuth-CLI-API-adapter (docs/conformance-matrix.md, 5.5.5,
5.5.6 and 7), which compared its own server with the API in August and September 2026. What depends
on the model there, such as a bound on `n`, is left out.
"""

from typing import Any

import httpx2
import openai
import pytest
from conftest import MODEL

from fake_llm_server import FakeLLMServer

Expected = tuple[str | None, str | None, str]
"""`param`, `code`, `message`."""

USER = {"role": "user", "content": "Hi"}
CHAT_TOOL = {"type": "function", "function": {"name": "f", "parameters": {}}}
TOOL = {"type": "function", "name": "f", "parameters": {"type": "object", "properties": {}}}
LACKS_CONTENT = "Invalid value for 'content': expected a string, got null."
NOTHING = """One of "input" or "previous_response_id" or 'prompt' or 'conversation' must be provided."""
MOVED = (
    "Unsupported parameter: 'messages'. In the Responses API, this parameter has moved to 'input'. Try again "
    "with the new parameter. See the API documentation for more information: "
    "https://platform.openai.com/docs/api-reference/responses/create."
)
ABSENT = object()
"""Marks a field to be left out."""


def missing(param: str) -> Expected:
    """The error for the lack of a field."""
    return param, "missing_required_parameter", f"Missing required parameter: '{param}'."


def wrong_type(param: str, expected: str, got: str) -> Expected:
    """The error for a value of another type."""
    return param, "invalid_type", f"Invalid type for '{param}': expected {expected}, but got {got} instead."


def unsupported(param: str, value: str, supported: str) -> Expected:
    """The error for a value that is none of those there are."""
    return param, "invalid_value", f"Invalid value: '{value}'. Supported values are: {supported}."


def unknown(param: str, hint: str = "") -> Expected:
    """The error for a field that there isn't."""
    return param, "unknown_parameter", f"Unknown parameter: '{param}'.{hint}"


def empty_string(param: str) -> Expected:
    """The error for a name without a character."""
    words = "Expected a string with minimum length 1, but got an empty string instead."
    return param, "empty_string", f"Invalid '{param}': empty string. {words}"


CHAT: list[tuple[dict[str, Any], Expected]] = [
    ({"model": ABSENT}, (None, None, "you must provide a model parameter")),
    ({"model": None}, (None, None, "you must provide a model parameter")),
    ({"model": ""}, (None, None, "you must provide a model parameter")),
    ({"model": ABSENT, "zzz": 1}, (None, None, "you must provide a model parameter")),
    ({"messages": ABSENT, "zzz": 1}, missing("messages")),
    ({"zzz": 1, "n": "abc", "messages": []}, unknown("zzz")),
    ({"stor": 1}, unknown("stor", " Did you mean 'stop' or 'store'?")),
    ({"temperatur": 1}, unknown("temperatur", " Did you mean 'temperature'?")),
    ({"messagess": 1}, unknown("messagess")),
    ({"stream": True, "stream_options": {"bogus": 1}}, unknown("stream_options.bogus")),
    ({"messages": "Hi"}, wrong_type("messages", "an array of objects", "a string")),
    ({"messages": None}, wrong_type("messages", "an array of objects", "null")),
    ({"messages": ["Hi"]}, wrong_type("messages[0]", "an object", "a string")),
    ({"messages": [{"role": "user"}]}, ("messages.[0].content", None, LACKS_CONTENT)),
    ({"messages": [{"role": "user", "content": None}]}, ("messages.[0].content", None, LACKS_CONTENT)),
    (
        {"messages": [USER, {"role": "tool", "tool_call_id": "c"}]},
        ("messages.[1].content", None, LACKS_CONTENT),
    ),
    (
        {"messages": [USER, {"role": "assistant", "tool_calls": None}]},
        ("messages.[1].content", None, LACKS_CONTENT),
    ),
    ({"messages": [USER, {"role": "developer"}]}, missing("messages[1].content")),
    (
        {"messages": [USER, {"role": "developer", "content": None}]},
        wrong_type("messages[1].content", "one of a string or array of objects", "null"),
    ),
    (
        {"messages": [{"role": "user"}, {"role": "user", "content": 7}]},
        wrong_type("messages[1].content", "one of a string or array of objects", "an integer"),
    ),
    (
        {"messages": [{"role": "user"}, {"role": "bogus", "content": "a"}]},
        unsupported(
            "messages[1].role", "bogus", "'system', 'assistant', 'user', 'function', 'tool', and 'developer'"
        ),
    ),
    (
        {"messages": [USER, {"role": "assistant", "content": "x", "tool_calls": "x"}]},
        wrong_type("messages[1].tool_calls", "an array of objects", "a string"),
    ),
    ({"tools": "none"}, wrong_type("tools", "an array of objects", "a string")),
    ({"functions": "x"}, wrong_type("functions", "an array of function definitions", "a string")),
    ({"metadata": "x"}, wrong_type("metadata", "a metadata object", "a string")),
    (
        {"tool_choice": 7},
        wrong_type("tool_choice", "one of one of 'none', 'auto', or 'required' or object", "an integer"),
    ),
    (
        {"prompt_cache_retention": {"a": 1}},
        wrong_type("prompt_cache_retention", "one of 'in_memory' or '24h'", "an object"),
    ),
    (
        {"response_format": {"type": "bogus"}},
        unsupported("response_format.type", "bogus", "'json_object', 'json_schema', and 'text'"),
    ),
    ({"tools": [{"type": "function", "function": {"name": ""}}]}, empty_string("tools[0].function.name")),
    (
        {"tools": [CHAT_TOOL], "tool_choice": {"type": "function", "function": {"name": "g"}}},
        (
            "function_call",
            None,
            (
                "Invalid value for 'function_call': no function named 'g' was specified in the 'functions' "
                "parameter."
            ),
        ),
    ),
    (
        {"tool_choice": "none"},
        (
            "tool_choice",
            None,
            "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.",
        ),
    ),
    (
        {"tools": [CHAT_TOOL], "function_call": "auto"},
        (
            "function_call",
            None,
            (
                "Invalid value for 'function_call': 'function_call' is only allowed when 'functions' are "
                "specified."
            ),
        ),
    ),
    (
        {"top_logprobs": 1},
        ("top_logprobs", None, "The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled."),
    ),
    (
        {"metadata": {"k" * 70: "v"}},
        (
            f"metadata.{'k' * 70}",
            "property_name_above_max_length",
            (
                "Invalid property name in 'metadata': 'kkk...kkk' is too long. Expected a string with "
                "maximum length 64, but got a string with length 70 instead."
            ),
        ),
    ),
    (
        {"response_format": {"type": "json_object", "json_schema": {"name": "a"}}},
        unknown("response_format.json_schema"),
    ),
]

RESPONSES: list[tuple[dict[str, Any], Expected]] = [
    ({"model": ABSENT}, missing("model")),
    ({"model": None}, wrong_type("model", "a string", "an object")),
    ({"model": ""}, ("model", "model_not_found", "The requested model '' does not exist.")),
    ({"model": "nope"}, ("model", "model_not_found", "The requested model 'nope' does not exist.")),
    ({"input": ABSENT}, missing("input")),
    ({"input": ABSENT, "previous_response_id": "resp_x"}, missing("input")),
    ({"input": []}, (None, "missing_required_parameter", NOTHING)),
    ({"input": ""}, (None, "missing_required_parameter", NOTHING)),
    ({"input": None}, wrong_type("input", "a string", "an object")),
    ({"input": {"a": 1}}, wrong_type("input", "one of a string or array of input items", "an object")),
    ({"input": [7]}, wrong_type("input[0]", "an input item", "an integer")),
    ({"input": [None]}, wrong_type("input[0]", "an input item", "null")),
    ({"input": [{"role": "user"}]}, missing("input[0].content")),
    (
        {"input": [{}]},
        unsupported("input[0]", "", "'assistant', 'system', 'developer', and 'user'"),
    ),
    (
        {"input": [{"role": "bogus", "content": "Hi"}]},
        unsupported("input[0]", "bogus", "'assistant', 'system', 'developer', and 'user'"),
    ),
    (
        {"input": [{"role": "assistant", "content": [{"type": "input_text", "text": "x"}]}, USER]},
        unsupported("input[0].content[0]", "input_text", "'output_text' and 'refusal'"),
    ),
    ({"input": [{**USER, "bogus": 1}]}, unknown("input[0].bogus")),
    ({"input": [{**USER, "bogus": 1}], "zzz": 1}, unknown("zzz")),
    ({"messages": [USER]}, (None, "unsupported_parameter", MOVED)),
    ({"stop": ["a"]}, unknown("stop", " Did you mean 'store'?")),
    ({"max_tokens": 16}, unknown("max_tokens")),
    ({"tools": "x"}, wrong_type("tools", "an array of tools", "a string")),
    ({"metadata": "x"}, wrong_type("metadata", "a metadata object", "a string")),
    ({"context_management": "x"}, wrong_type("context_management", "an array of objects", "a string")),
    (
        {"tool_choice": 7},
        wrong_type("tool_choice", "one of an object or 'none', 'auto', or 'required'", "an integer"),
    ),
    (
        {"truncation": {"a": 1}},
        wrong_type("truncation", "one of 'auto' or 'disabled'", "an object"),
    ),
    (
        {"reasoning": {"summary": "bogus"}},
        unsupported("reasoning.summary", "bogus", "'concise', 'detailed', and 'auto'"),
    ),
    (
        {"text": {"format": {"type": "bogus"}}},
        unsupported("text.format.type", "bogus", "'json_object', 'text', and 'json_schema'"),
    ),
    ({"tools": [{"type": "function"}]}, missing("tools[0].name")),
    ({"tools": [{**TOOL, "name": ""}]}, empty_string("tools[0].name")),
    (
        {"tools": [{**TOOL, "name": " "}]},
        (
            "tools[0].name",
            "invalid_value",
            (
                "Invalid 'tools[0].name': string does not match pattern. Expected a string that matches the "
                "pattern '^[a-zA-Z0-9_-]+$'."
            ),
        ),
    ),
    (
        {"tools": [TOOL], "tool_choice": {"type": "function", "name": "g"}},
        ("tool_choice", "invalid_value", "Tool choice 'g' not found in 'tools' parameter."),
    ),
    (
        {"tool_choice": {"type": "function", "name": "f"}},
        ("tool_choice", "invalid_value", "Tool choice 'function' not found in 'tools' parameter."),
    ),
    (
        {"conversation": "conv_x", "previous_response_id": "resp_x"},
        (
            None,
            "mutually_exclusive_parameters",
            (
                "Mutually exclusive parameters: ''. Ensure you are only providing one of: 'pre..._id' or "
                "'conversation'."
            ),
        ),
    ),
    (
        {"previous_response_id": "resp_x", "truncation": "bogus"},
        unsupported("truncation", "bogus", "'auto' and 'disabled'"),
    ),
]


def refuse(server: FakeLLMServer, path: str, fields: dict[str, Any]) -> dict[str, Any]:
    """The envelope of a request that must get a 400."""
    body = {name: value for name, value in fields.items() if value is not ABSENT}
    reply = httpx2.post(f"{server.base_url}{path}", json=body, timeout=60)
    assert reply.status_code == 400, reply.text
    envelope: dict[str, Any] = reply.json()
    return envelope


@pytest.mark.parametrize(("fields", "expected"), CHAT)
def test_chat_says_what_openai_said(
    server: FakeLLMServer, fields: dict[str, Any], expected: Expected
) -> None:
    """A refusal of a chat completion is OpenAI's to the letter."""
    param, code, message = expected
    error = {"message": message, "type": "invalid_request_error", "param": param, "code": code}
    request = {"model": MODEL, "messages": [USER], "max_tokens": 1, **fields}
    assert refuse(server, "/chat/completions", request) == {"error": error}


@pytest.mark.parametrize(("fields", "expected"), RESPONSES)
def test_responses_say_what_openai_said(
    server: FakeLLMServer, fields: dict[str, Any], expected: Expected
) -> None:
    """A refusal of a response is OpenAI's to the letter."""
    param, code, message = expected
    error = {"message": message, "type": "invalid_request_error", "param": param, "code": code}
    assert refuse(server, "/responses", {"model": MODEL, "input": "Hi", **fields}) == {"error": error}


def test_unknown_type_of_item_is_answered_with_all_there_are(server: FakeLLMServer) -> None:
    """The types of items are listed by the alphabet, and a type that is no string is an empty one."""
    for given, shown in (("bogus", "bogus"), (7, "")):
        error = refuse(server, "/responses", {"model": MODEL, "input": [{"type": given}]})["error"]
        assert (error["param"], error["code"]) == ("input[0]", "invalid_value")
        assert error["message"].startswith(
            f"Invalid value: '{shown}'. Supported values are: 'additional_tools'"
        )
        assert error["message"].endswith("and 'web_search_call'.")


ACCEPTED: list[dict[str, Any]] = [
    {"messages": [{"role": "user", "content": ""}]},
    {"messages": [{"role": "user", "content": []}]},
    {"messages": [USER, {"role": "assistant", "content": "a", "tool_calls": None, "function_call": None}]},
    {"messages": [USER, {"role": "assistant", "refusal": "no"}]},
    {"metadata": {"a": "b"}},
    {"metadata": {"a": "b"}, "store": False},
    {"tools": []},
]


@pytest.mark.parametrize("fields", ACCEPTED)
def test_what_openai_takes_is_taken(client: openai.OpenAI, fields: dict[str, Any]) -> None:
    """What was measured to be answered is answered."""
    request = {"model": MODEL, "messages": [USER], "max_tokens": 1, **fields}
    assert client.post("/chat/completions", body=request, cast_to=object)


def test_dumped_reply_can_be_sent_back(client: openai.OpenAI) -> None:
    """A message as OpenAI's client dumps it, with null for what it doesn't have, goes on a conversation."""
    messages: list[Any] = [USER]
    for _ in range(2):
        answer = client.chat.completions.create(model=MODEL, messages=messages, max_tokens=2)
        messages += [answer.choices[0].message.model_dump(), USER]
    assert answer.choices[0].message.content
