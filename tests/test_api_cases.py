"""Requests of real clients and of public bug reports get the answer that is known to be right.

`cases/requests/*.json` holds them as `{id, note, request: {path, body}, expect: {status, error?, check?}}`.
`path` is relative to the base URL. `error` has fields of the reply's `error`; one that begins with `re:` is
a regular expression for the whole. `check` is a Python expression over `reply`. `@sealed` stands for any
`encrypted_content` that the server takes.
"""

import json
import re
from pathlib import Path
from typing import Any

import httpx2
import pytest

from fake_llm_server import FakeLLMServer
from fake_llm_server._api.responses.sealed_content import seal

FOLDER = Path(__file__).parent / "cases" / "requests"
CASES = [case for file in sorted(FOLDER.glob("*.json")) for case in json.loads(file.read_text("utf-8"))]


def _fill(value: Any) -> Any:
    """The body with what stands for something else put in."""
    if isinstance(value, dict):
        return {name: _fill(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_fill(inner) for inner in value]
    return seal({"thoughts": "A thought."}) if value == "@sealed" else value


def _is_as_expected(value: Any, expected: Any) -> bool:
    if isinstance(expected, str) and expected.startswith("re:"):
        return isinstance(value, str) and re.fullmatch(expected.removeprefix("re:"), value) is not None
    return bool(value == expected)


@pytest.mark.parametrize(
    ("request_", "expect"),
    [pytest.param(case["request"], case["expect"], id=case["id"]) for case in CASES],
)
def test_case_gets_the_known_answer(
    server: FakeLLMServer, request_: dict[str, Any], expect: dict[str, Any]
) -> None:
    """Status, fields of the error and the content of the reply are as they are known to be."""
    body = _fill(request_["body"])
    response = httpx2.post(f"{server.base_url}{request_['path']}", json=body, timeout=120)
    assert response.status_code == expect["status"], response.text
    reply = response.json()
    for name, expected in expect.get("error", {}).items():
        assert _is_as_expected(reply["error"][name], expected), response.text
    if "check" in expect:
        assert eval(expect["check"], {"reply": reply, "json": json, "re": re}), response.text  # noqa: S307 - our own data
