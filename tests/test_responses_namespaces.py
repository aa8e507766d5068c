"""A call in a conversation carries the namespace of its tool, if the tool has one."""

from typing import Any

import httpx2
import pytest
from conftest import MODEL

from fake_llm_server import FakeLLMServer

FUNCTION: dict[str, Any] = {
    "type": "function",
    "name": "f",
    "parameters": {"type": "object", "properties": {}},
}
CUSTOM: dict[str, Any] = {"type": "custom", "name": "g"}
NAMESPACE = {"type": "namespace", "name": "n", "description": "d", "tools": [FUNCTION, CUSTOM]}
CALL = {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "c1", "output": "ok"}
CUSTOM_CALL = {"type": "custom_tool_call", "call_id": "c2", "name": "g", "input": "x"}
CUSTOM_OUTPUT = {"type": "custom_tool_call_output", "call_id": "c2", "output": "ok"}


def post(server: FakeLLMServer, tools: list[Any], *items: dict[str, Any]) -> httpx2.Response:
    """Ask for a response after a call."""
    given = [{"role": "user", "content": "Hi"}, *items]
    body = {"model": MODEL, "input": given, "tools": tools, "max_output_tokens": 16}
    return httpx2.post(f"{server.base_url}/responses", json=body, timeout=60)


@pytest.mark.parametrize(
    ("tools", "items"),
    [
        ([NAMESPACE], [{**CALL, "namespace": "n"}, OUTPUT]),
        ([NAMESPACE], [{**CUSTOM_CALL, "namespace": "n"}, CUSTOM_OUTPUT]),
        ([NAMESPACE, FUNCTION], [CALL, OUTPUT]),
        ([NAMESPACE], [{**CALL, "name": "gone"}, OUTPUT]),
        ([], [CALL, OUTPUT]),
    ],
)
def test_call_that_can_be_told_is_taken(server: FakeLLMServer, tools: list[Any], items: list[Any]) -> None:
    """With its namespace, or where its name is in the default one or in none."""
    assert post(server, tools, *items).status_code == 200


@pytest.mark.parametrize("items", [[CALL, OUTPUT], [CUSTOM_CALL, CUSTOM_OUTPUT]])
def test_call_without_its_namespace_is_refused(server: FakeLLMServer, items: list[Any]) -> None:
    """A name that only a namespace has needs it, in OpenAI's words."""
    reply = post(server, [NAMESPACE], *items)
    kind, name = items[0]["type"], items[0]["name"]
    error = reply.json()["error"]
    assert (reply.status_code, error["param"]) == (400, "input[1].namespace")
    assert error["message"] == (
        f"Missing namespace for {kind} '{name}'. It does not exist in the default namespace. Round-trip the "
        f"model's {kind} item with its namespace field included."
    )
