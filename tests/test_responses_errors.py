"""What the Responses API refuses, and in which words."""

import json
from typing import Any

import httpx2
import openai
import pytest

from fake_llm_server import FakeLLMServer
from fake_llm_server._api.responses.truncation import OVERFLOW

MODEL = "gpt-4o-mini"
FUNCTION = {
    "type": "function",
    "name": "f",
    "parameters": {"type": "object", "properties": {}},
    "strict": False,
}
USER = {"role": "user", "content": "a"}
CALL = {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "call_2", "output": "b"}

REFUSED: dict[str, tuple[dict[str, Any], str, str | None, str | None]] = {
    "previous response": (
        {"previous_response_id": "resp_x"},
        "Previous response with id 'resp_x' not found.",
        "previous_response_id",
        "previous_response_not_found",
    ),
    "address of an MCP server": (
        {"tools": [{"type": "mcp", "server_label": "a", "server_url": ""}]},
        "Invalid 'tools[0].server_url'. Expected a valid URL, but got a value with an invalid format.",
        "tools[0].server_url",
        "invalid_value",
    ),
    "required hosted tool": (
        {"tools": [{"type": "web_search"}], "tool_choice": "required"},
        "Tool choice 'web_search' is not supported: this server runs no such tool",
        "tool_choice",
        "unsupported_value",
    ),
    "chosen hosted tool": (
        {"tools": [FUNCTION, {"type": "web_search"}], "tool_choice": {"type": "web_search_preview"}},
        "Tool choice 'web_search' is not supported: this server runs no such tool",
        "tool_choice",
        "unsupported_value",
    ),
    "nothing to answer": (
        {"input": []},
        """One of "input" or "previous_response_id" or 'prompt' or 'conversation' must be provided.""",
        None,
        "missing_required_parameter",
    ),
    "few tokens": (
        {"max_output_tokens": 3},
        "Invalid 'max_output_tokens': integer below minimum value.",
        "max_output_tokens",
        "integer_below_min_value",
    ),
    "unknown field": (
        {"extra_body": {"seed": 1}},
        "Unknown parameter: 'seed'.",
        "seed",
        "unknown_parameter",
    ),
    "unanswered call": (
        {"input": [USER, CALL]},
        "No tool output found for function call call_1.",
        "input",
        None,
    ),
    "output without call": (
        {"input": [USER, OUTPUT]},
        "No tool call found for function call output with call_id call_2.",
        "input",
        None,
    ),
    "image": (
        {"input": [{"role": "user", "content": [{"type": "input_image", "image_url": "data:,"}]}]},
        "Invalid content type. input_image is only supported by certain models.",
        "input[0].content[0].type",
        "invalid_value",
    ),
    "item of a program": (
        {"input": [{"type": "program", "id": "p_1", "call_id": "c", "code": "", "fingerprint": "f"}]},
        "Invalid value: 'program'.",
        "input[0].type",
        "invalid_value",
    ),
    "choice without tools": (
        {"tool_choice": "required"},
        "Tool choice 'required' must be specified with 'tools' parameter.",
        "tool_choice",
        "invalid_value",
    ),
    "choice of no tool": (
        {"tools": [FUNCTION], "tool_choice": {"type": "function", "name": "g"}},
        "Tool choice 'g' not found in 'tools' parameter.",
        "tool_choice",
        "invalid_value",
    ),
    "choice of a hosted tool": (
        {"tools": [FUNCTION], "tool_choice": {"type": "file_search"}},
        "Tool choice 'file_search' not found in 'tools' parameter.",
        "tool_choice",
        "invalid_value",
    ),
    "two tools of one name": (
        {"tools": [FUNCTION, FUNCTION]},
        "Duplicate tool name 'f'",
        "tools[1]",
        "invalid_value",
    ),
    "lax strict function": (
        {"tools": [{**FUNCTION, "strict": True}]},
        "Invalid schema for function 'f'",
        "tools[0].parameters",
        "invalid_function_parameters",
    ),
    "lax strict format": (
        {
            "text": {
                "format": {"type": "json_schema", "name": "n", "strict": True, "schema": {"type": "object"}}
            }
        },
        "Invalid schema for response_format 'n'",
        "text.format.schema",
        "invalid_json_schema",
    ),
    "JSON mode without the word": (
        {"text": {"format": {"type": "json_object"}}},
        "Response input messages must contain the word 'json' in some form",
        "input",
        None,
    ),
    "deferred tool": (
        {"tools": [{**FUNCTION, "defer_loading": True}]},
        "Unsupported value: 'defer_loading' is true.",
        "tools[0].defer_loading",
        "unsupported_value",
    ),
    "foreign encrypted content": (
        {
            "input": [
                USER,
                {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAAA"},
                USER,
            ]
        },
        "The encrypted content gAAAA could not be verified.",
        "input",
        "invalid_encrypted_content",
    ),
    "background without store": (
        {"background": True, "store": False},
        "Background responses are polled",
        "store",
        "invalid_parameter_combination",
    ),
    "stream options without stream": (
        {"stream": False, "stream_options": {"include_obfuscation": True}},
        "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
        "stream_options",
        None,
    ),
    "moderation": (
        {"extra_body": {"moderation": {"model": "omni-moderation-latest"}}},
        "Unsupported parameter: 'moderation'",
        "moderation",
        "unsupported_parameter",
    ),
    "unknown context management": (
        {"context_management": [{"type": "forgetting"}]},
        "Invalid value: 'forgetting'. Supported values are: 'compaction'.",
        "context_management[0].type",
        "invalid_value",
    ),
    "trigger that isn't last": (
        {"input": [{"type": "compaction_trigger"}, USER]},
        "A 'compaction_trigger' must be the final input item.",
        "input",
        "invalid_value",
    ),
    "id of another kind": (
        {"input": [USER, {**CALL, "id": "call_1"}]},
        "Invalid 'input[1].id': 'call_1'. Expected an ID that begins with 'fc'.",
        "input[1].id",
        "invalid_value",
    ),
    "id of other characters": (
        {"input": [{"type": "message", "id": "", **USER}]},
        "Invalid 'input[0].id': ''. Expected an ID that contains letters, numbers, underscores, or dashes, ",
        "input[0].id",
        "invalid_value",
    ),
    "previous response that is none": (
        {"previous_response_id": "chatcmpl-1"},
        "Invalid 'previous_response_id': 'chatcmpl-1'. Expected an ID that begins with 'resp'.",
        "previous_response_id",
        "invalid_value",
    ),
    "item that comes twice": (
        {"input": [{"type": "message", "id": "msg_1", **USER}] * 2},
        "Duplicate item found with id msg_1. Remove duplicate items from your input and try again.",
        "input",
        None,
    ),
    "thoughts without an answer": (
        {
            "input": [
                USER,
                {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "b"}]},
                USER,
            ]
        },
        "Item 'rs_1' of type 'reasoning' was provided without its required following item.",
        "input",
        None,
    ),
    "output that names no call": (
        {"extra_body": {"input": [USER, {"type": "function_call_output", "output": "b"}]}},
        "No tool call found for function call output with call_id null.",
        "input",
        None,
    ),
    "function with a type that is none": (
        {"tools": [{**FUNCTION, "parameters": {"type": "object", "properties": {"a": {"type": "strin"}}}}]},
        "Invalid schema for function 'f': 'strin' is not valid under any of the given schemas.",
        "tools[0].parameters",
        "invalid_function_parameters",
    ),
    "function with a reference to nothing": (
        {"tools": [{**FUNCTION, "parameters": {"type": "object", "properties": {"a": {"$ref": "#/x"}}}}]},
        "Invalid schema for function 'f': Pointer '/x' does not exist.",
        "tools[0].parameters",
        "invalid_function_parameters",
    ),
    "format with a reference to nothing": (
        {"text": {"format": {"type": "json_schema", "name": "n", "schema": {"$ref": "#/x"}}}},
        "Invalid schema for response_format 'n': Pointer '/x' does not exist.",
        "text.format.schema",
        "invalid_json_schema",
    ),
    "custom tool with a broken grammar": (
        {
            "tools": [
                {
                    "type": "custom",
                    "name": "c",
                    "format": {"type": "grammar", "syntax": "lark", "definition": "start: ("},
                }
            ]
        },
        "Invalid Lark grammar for custom tool 'c': ",
        "tools[0].format.definition",
        "invalid_value",
    ),
    "choice of a tool of another kind": (
        {"tools": [FUNCTION], "tool_choice": {"type": "custom", "name": "f"}},
        "Tool choice 'f' not found in 'tools' parameter.",
        "tool_choice",
        "invalid_value",
    ),
}

NOT_FOUND: dict[str, tuple[dict[str, Any], str, str | None]] = {
    "conversation": ({"conversation": "conv_1"}, "Conversation with id 'conv_1' not found.", None),
    "prompt": ({"prompt": {"id": "pmpt_1"}}, "Prompt with id 'pmpt_1' not found.", None),
    "item": (
        {"input": [{"type": "item_reference", "id": "msg_1"}]},
        "Item with id 'msg_1' not found. Items are not persisted when `store` is set to false.",
        "input",
    ),
    "thoughts": (
        {"input": [USER, {"type": "reasoning", "id": "rs_1", "summary": []}, USER]},
        "Item with id 'rs_1' not found.",
        "input",
    ),
}


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("case", REFUSED)
def test_refused(client: openai.OpenAI, case: str, stream: bool) -> None:
    """A request that can't be served gets a 400 with OpenAI's words, before any event."""
    fields, message, param, code = REFUSED[case]
    with pytest.raises(openai.BadRequestError) as caught:
        client.responses.create(**{"model": MODEL, "input": "a", "stream": stream, **fields})
    assert isinstance(caught.value.body, dict)
    assert caught.value.body["message"].startswith(message)
    assert (caught.value.body["param"], caught.value.body["code"]) == (param, code)


@pytest.mark.parametrize("case", NOT_FOUND)
def test_not_found(client: openai.OpenAI, case: str) -> None:
    """What isn't there gets a 404 with OpenAI's words."""
    fields, message, param = NOT_FOUND[case]
    with pytest.raises(openai.NotFoundError) as caught:
        client.responses.create(**{"model": MODEL, "input": "a", **fields})
    assert isinstance(caught.value.body, dict)
    assert caught.value.body["message"].startswith(message)
    assert caught.value.body["param"] == param


def test_unknown_model(client: openai.OpenAI) -> None:
    """A model that isn't served is a 400, unlike in chat completions."""
    with pytest.raises(openai.BadRequestError) as caught:
        client.responses.create(model="nope", input="a")
    assert caught.value.code == "model_not_found"


@pytest.mark.parametrize("fields", [{"input": "a"}, {"model": MODEL}], ids=["model", "input"])
def test_missing(client: openai.OpenAI, fields: dict[str, Any]) -> None:
    """A request without a model, or without anything to answer, is told what is missing."""
    with pytest.raises(openai.BadRequestError) as caught:
        client.responses.create(**fields)
    assert caught.value.code == "missing_required_parameter"


def test_a_stream_of_a_long_input_begins_and_fails(server: FakeLLMServer) -> None:
    """It is 200, and ends with `error` and `response.failed`, as at OpenAI: it is no refusal."""
    body = {"model": MODEL, "input": "a " * 9000, "stream": True, "store": True}
    reply = httpx2.post(f"{server.base_url}/responses", json=body, timeout=60)
    assert reply.status_code == 200
    lines = [line for line in reply.text.split("\n") if line.startswith("data: ")]
    created, in_progress, error, failed = [json.loads(line.removeprefix("data: ")) for line in lines]
    assert (created["type"], in_progress["type"]) == ("response.created", "response.in_progress")
    expected = {"code": "context_length_exceeded", "message": OVERFLOW}
    assert error == {
        "type": "error",
        "sequence_number": 2,
        "param": "input",
        **expected,
        "error": {"type": "invalid_request_error", "param": "input", **expected},
    }
    assert (failed["type"], failed["sequence_number"]) == ("response.failed", 3)
    assert (failed["response"]["status"], failed["response"]["error"]) == ("failed", expected)
    stored = httpx2.get(f"{server.base_url}/responses/{created['response']['id']}")
    assert stored.json()["status"] == "failed"


def test_clients_raise_for_an_error_event(client: openai.OpenAI) -> None:
    """OpenAI's client knows the failure by the event's object."""
    with pytest.raises(openai.APIError, match="exceeds the context window"):
        list(client.responses.create(model=MODEL, input="a " * 9000, stream=True))
