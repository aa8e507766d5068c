"""Exports of the journal: JSON Lines, and HTTP archives."""

import json
from pathlib import Path
from typing import Any

import httpx2
import jsonschema_rs
import openai
import pytest
from journal_scope import client as client
from journal_scope import fake_llm as fake_llm
from journal_scope import journal_server as journal_server
from scripted_answers import WAYS, ask

from fake_llm_server import ConfigurationError, FakeLLM, reply

PAIRS: Any = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["name", "value"],
        "properties": {"name": {"type": "string"}, "value": {"type": "string"}},
    },
}


def records(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    """The schema of an object; names that begin with `_` are anybody's."""
    return {
        "type": "object",
        "required": list(required),
        "properties": required | optional,
        "patternProperties": {"^_": {}},
        "additionalProperties": False,
    }


TEXT, NUMBER, WHOLE = {"type": "string"}, {"type": "number", "minimum": 0}, {"type": "integer", "minimum": -1}
MESSAGE = {
    "httpVersion": TEXT,
    "cookies": PAIRS,
    "headers": PAIRS,
    "headersSize": WHOLE,
    "bodySize": WHOLE,
}
POST = records({"mimeType": TEXT}, text=TEXT, params=PAIRS)
CONTENT = records({"size": WHOLE, "mimeType": TEXT}, text=TEXT, encoding=TEXT)
ENTRY = records(
    {
        "startedDateTime": {"type": "string", "format": "date-time"},
        "time": NUMBER,
        "request": records({"method": TEXT, "url": TEXT, "queryString": PAIRS, **MESSAGE}, postData=POST),
        "response": records(
            {"status": WHOLE, "statusText": TEXT, "content": CONTENT, "redirectURL": TEXT, **MESSAGE}
        ),
        "cache": records({}),
        "timings": records({"send": NUMBER, "wait": NUMBER, "receive": NUMBER}),
    }
)
HAR = records(
    {
        "log": records(
            {
                "version": {"const": "1.2"},
                "creator": records({"name": TEXT, "version": TEXT}),
                "entries": {"type": "array", "items": ENTRY},
            }
        )
    }
)
"""HAR 1.2, http://www.softwareishard.com/blog/har-12-spec/: what is required, and what we write."""


@pytest.fixture
def journal(fake_llm: FakeLLM, client: openai.OpenAI) -> FakeLLM:
    """A scope that was asked in all ways, with a refusal, a break and bytes that are no text."""
    fake_llm.script(*["It is sunny."] * len(WAYS), reply("It rains.").cut(), *["It snows."] * 2)
    for way in WAYS:
        ask(client, way, text="Wie wird's, schön?")
    with pytest.raises(openai.APIConnectionError):
        ask(client, ("chat", False))
    headers = {"Authorization": f"Bearer {fake_llm.api_key}", "Content-Type": "application/json"}
    httpx2.post(f"{fake_llm.base_url}/responses?a=1&api_key=secret", content=b"\xff", headers=headers)
    tool = {"type": "mcp", "server_label": "a", "server_url": "https://a.test", "authorization": "secret"}
    httpx2.post(f"{fake_llm.base_url}/responses", json={"model": "m", "tools": [tool]}, headers=headers)
    for stream in (False, True):  # the reply says what tools were offered
        asked = {"model": "m", "input": "Hi", "tools": [tool], "stream": stream}
        assert httpx2.post(f"{fake_llm.base_url}/responses", json=asked, headers=headers).is_success
    fake_llm.wait_until_quiet()
    return fake_llm


def test_json_lines(journal: FakeLLM, tmp_path: Path) -> None:
    """Each request is a line: what it was, what was sent, and the calls that it made."""
    journal.export(tmp_path / "calls.jsonl")
    text = (tmp_path / "calls.jsonl").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    assert lines == [request.as_json() for request in journal.requests]
    assert [line["status"] for line in lines] == [200] * 4 + [None, 400, 400, 200, 200]
    assert [line["source"] for line in lines] == ["script"] * 5 + ["server"] * 2 + ["script"] * 2
    assert [len(line["calls"]) for line in lines] == [1] * 5 + [0] * 2 + [1] * 2
    assert lines[0]["calls"][0] == journal.calls[0].as_json()
    assert lines[0]["calls"][0]["choices"][0]["text"] == "It is sunny."
    assert lines[0]["body"]["messages"][0]["content"] == "Wie wird's, schön?"
    assert lines[1]["events"][-1]["data"] == "[DONE]"
    assert lines[4]["is_broken"]
    assert lines[5]["body"] == {"base64": "/w=="}
    assert journal.api_key not in text
    assert "secret" not in text


def test_an_archive(journal: FakeLLM, tmp_path: Path) -> None:
    """An archive is valid, has each request as it came and each reply as it was sent, and no key."""
    path = tmp_path / "calls.har"
    journal.export(str(path))
    text = path.read_text(encoding="utf-8")
    archive = json.loads(text)
    jsonschema_rs.validator_for(HAR, validate_formats=True).validate(archive)
    entries = archive["log"]["entries"]
    assert [entry["response"]["status"] for entry in entries] == [200] * 4 + [0, 400, 400, 200, 200]
    assert entries[0]["request"]["url"] == f"{journal.base_url}/chat/completions"
    assert json.loads(entries[0]["request"]["postData"]["text"]) == journal.requests[0].body
    assert entries[1]["response"]["content"]["text"].endswith("data: [DONE]\n\n")
    assert entries[5]["request"]["queryString"][0] == {"name": "a", "value": "1"}
    assert journal.api_key not in text
    assert "secret" not in text


@pytest.mark.parametrize("suffix", ["jsonl", "har"])
def test_keys_in_messages_of_a_websocket(
    fake_llm: FakeLLM, client: openai.OpenAI, tmp_path: Path, suffix: str
) -> None:
    """Several messages, each with a key, are masked in what came and in what was sent."""
    fake_llm.script("It is sunny.", "It rains.")
    tool: Any = {
        "type": "mcp",
        "server_label": "a",
        "server_url": "https://a.test",
        "authorization": "secret",
    }
    with client.responses.connect() as connection:
        for _ in range(2):
            connection.response.create(model="m", input="Hi", tools=[tool])
            while connection.recv().type != "response.completed":
                pass
    fake_llm.wait_until_quiet()
    path = tmp_path / f"calls.{suffix}"
    fake_llm.export(path)
    text = path.read_text(encoding="utf-8")
    assert "https://a.test" in text
    assert "secret" not in text


def test_other_files(fake_llm: FakeLLM, tmp_path: Path) -> None:
    """A file whose suffix names no form is refused, and not written."""
    with pytest.raises(ConfigurationError, match=r"exported as \.jsonl or \.har, .* it was 'calls\.csv'"):
        fake_llm.export(tmp_path / "calls.csv")
    assert not list(tmp_path.iterdir())
