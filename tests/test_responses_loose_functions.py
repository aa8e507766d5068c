"""A function without `strict` becomes strict where OpenAI's rules allow; the response says which it is."""

from typing import Any

import httpx2
import pytest
from conftest import MODEL

from fake_llm_server import FakeLLMServer


@pytest.mark.parametrize(
    ("schema", "is_strict"),
    [
        ({"type": "string"}, True),
        ({"type": "string", "format": "uuid"}, True),
        ({"type": "string", "format": "path"}, False),
        ({"type": "string", "pattern": "^(?!x)a$"}, False),
        ({"type": "array", "items": {"type": "null"}, "uniqueItems": True}, False),
        ({"type": "object", "additionalProperties": {"type": "string"}}, False),
        ({"$ref": "https://example.com/a.json"}, False),
        ({"type": "string", "not": {"const": "x"}}, False),
    ],
)
def test_function_without_strict_is_what_its_schema_allows(
    server: FakeLLMServer, schema: dict[str, Any], *, is_strict: bool
) -> None:
    """It is called in any case; one that can't be strict goes through as it is."""
    parameters = {"type": "object", "properties": {"a": schema}, "required": ["a"]}
    tools = [{"type": "function", "name": "f", "parameters": parameters}]
    body = {"model": MODEL, "input": "Hi", "tools": tools, "tool_choice": "required", "max_output_tokens": 16}
    reply = httpx2.post(f"{server.base_url}/responses", json=body, timeout=60)
    assert reply.status_code == 200, reply.text
    [written] = reply.json()["tools"]
    assert written["strict"] is is_strict
    assert written["parameters"].get("additionalProperties") is (False if is_strict else None)
    assert reply.json()["output"][0]["type"] == "function_call"
