"""Null means as much as leaving a field out, wherever the contract takes it; elsewhere it is refused."""

from typing import Any

import httpx2
import pytest
from conftest import MODEL
from pydantic import BaseModel

from fake_llm_server import FakeLLMServer
from fake_llm_server._generated.chat.wire import CreateChatCompletionRequest
from fake_llm_server._generated.responses.wire import CreateResponse

USER = {"role": "user", "content": "Hi"}
CALL = {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "c1", "output": "ok"}
CUSTOM_CALL = {"type": "custom_tool_call", "call_id": "c2", "name": "g", "input": "x"}
CUSTOM_OUTPUT = {"type": "custom_tool_call_output", "call_id": "c2", "output": "ok"}


NEVER_NULL = {"model", "messages", "input"}
"""Fields without which there is nothing to answer; OpenAI's refusals of null in them were measured."""


@pytest.mark.parametrize(
    ("path", "request_type", "body"),
    [
        (
            "/chat/completions",
            CreateChatCompletionRequest,
            {"model": MODEL, "messages": [USER], "max_completion_tokens": 4},
        ),
        ("/responses", CreateResponse, {"model": MODEL, "input": "Hi", "max_output_tokens": 16}),
    ],
)
def test_null_in_every_optional_field_changes_nothing(
    server: FakeLLMServer, path: str, request_type: type[BaseModel], body: dict[str, Any]
) -> None:
    """A client that writes every field it knows is answered as one that leaves them out."""
    nulls = dict.fromkeys(request_type.model_fields.keys() - NEVER_NULL)
    url = f"{server.base_url}{path}"
    full, bare = (httpx2.post(url, json=sent, timeout=60).json() for sent in ({**nulls, **body}, body))
    for reply in (full, bare):
        for name in ("id", "created", "created_at", "completed_at"):
            reply.pop(name, None)
        for item in reply.get("output", ()):
            item.pop("id")
        for details in ("prompt_tokens_details", "input_tokens_details"):
            reply["usage"].pop(details, None)  # the second request finds the first one's prompt cached
    assert full == bare


TAKEN: list[dict[str, Any]] = [
    {"input": [USER, {**CALL, "id": None, "namespace": None, "status": None, "caller": None}, OUTPUT]},
    {"input": [USER, CALL, {**OUTPUT, "id": None, "name": None, "namespace": None, "status": None}]},
    {"input": [USER, {**CUSTOM_CALL, "id": None, "namespace": None, "status": None}, CUSTOM_OUTPUT]},
    {"input": [USER, CUSTOM_CALL, {**CUSTOM_OUTPUT, "id": None, "status": None}]},
    {"input": [{**USER, "status": None, "phase": None}]},
    {"input": [USER, {"role": "assistant", "content": "a", "status": None, "phase": None}, USER]},
    {"text": {"format": None, "verbosity": None}},
    {"text": {"format": {"type": "json_schema", "name": "x", "description": None, "schema": {}}}},
    {"reasoning": {"mode": None, "effort": None, "summary": None, "context": None}},
    {"tools": [{"type": "custom", "name": "g", "description": None, "format": None, "defer_loading": None}]},
    {"tools": [{"type": "function", "name": "f", "description": None, "parameters": None, "strict": None}]},
]
"""Nulls that clients are known to send inside of a response's fields."""

REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"input": None}, "input"),
    ({"model": None}, "model"),
    ({"input": [{"type": "reasoning", "id": "rs_1", "summary": None}]}, "input[0].summary"),
    ({"input": [{"type": "reasoning", "id": "rs_1", "summary": [], "status": None}]}, "input[0].status"),
    ({"input": [{"type": "reasoning", "summary": []}]}, "input[0].id"),
    (
        {"input": [{"role": "user", "content": [{"type": "input_text", "text": None}]}]},
        "input[0].content[0].text",
    ),
]


def post(server: FakeLLMServer, fields: dict[str, Any]) -> httpx2.Response:
    """Ask for a short response."""
    body = {"model": MODEL, "input": "Hi", "max_output_tokens": 16, **fields}
    return httpx2.post(f"{server.base_url}/responses", json=body, timeout=60)


@pytest.mark.parametrize("fields", TAKEN)
def test_nulls_that_clients_send_are_taken(server: FakeLLMServer, fields: dict[str, Any]) -> None:
    """A response is given in spite of the nulls."""
    assert post(server, fields).status_code == 200


@pytest.mark.parametrize(("fields", "param"), REFUSED)
def test_null_is_refused_where_openai_refuses_it(
    server: FakeLLMServer, fields: dict[str, Any], param: str
) -> None:
    """The error names the place."""
    reply = post(server, fields)
    assert (reply.status_code, reply.json()["error"]["param"]) == (400, param)


def test_nulls_in_tools_of_chat_are_taken(server: FakeLLMServer) -> None:
    """A function without a description and parameters may say so."""
    function = {"name": "f", "description": None, "parameters": None, "strict": None}
    body = {
        "model": MODEL,
        "messages": [USER],
        "max_tokens": 4,
        "tools": [{"type": "function", "function": function}],
    }
    reply = httpx2.post(f"{server.base_url}/chat/completions", json=body, timeout=60)
    assert reply.status_code == 200, reply.text
