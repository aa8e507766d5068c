"""Long conversations: counted, truncated and condensed."""

import json
from typing import Any

import openai
import pytest

MODEL = "gpt-4o-mini"
LONG = "word " * 1000
"""Longer than the least threshold of compaction."""

TOO_LONG = "word " * 9000
"""Longer than the model's window."""

STORY = [
    {"role": "user", "content": "My name is Ada."},
    {"role": "assistant", "content": "Hello Ada."},
    {"role": "user", "content": "I live in Oslo."},
]
TOOL = {"type": "function", "name": "f", "parameters": {"type": "object", "properties": {}}}


def create(client: openai.OpenAI, **fields: Any) -> Any:
    """A small response."""
    return client.responses.create(**{"model": MODEL, "max_output_tokens": 16, **fields})


@pytest.mark.parametrize(
    "fields",
    [
        {"input": "Hi."},
        {"input": STORY, "instructions": "Be brief."},
        {"input": "Hi.", "tools": [TOOL], "tool_choice": "auto"},
        {"input": "Hi.", "tools": [TOOL], "tool_choice": "none"},
        {"input": [{"role": "user", "content": TOO_LONG}, STORY[0]], "truncation": "auto"},
    ],
    ids=["text", "items", "tools", "no tools", "truncated"],
)
def test_counts_are_those_of_create(client: openai.OpenAI, fields: dict[str, Any]) -> None:
    """Counting a request gives what its response says it used."""
    counted = client.responses.input_tokens.count(model=MODEL, **fields)
    assert counted.input_tokens == create(client, **fields).usage.input_tokens


def test_a_continued_conversation_is_counted(client: openai.OpenAI) -> None:
    """The tokens of earlier turns count."""
    first = create(client, input="Hi.", store=True)
    fields = {"input": "Again.", "previous_response_id": first.id}
    counted = client.responses.input_tokens.count(model=MODEL, **fields)
    assert counted.input_tokens == create(client, **fields).usage.input_tokens


def test_truncation_drops_the_oldest(client: openai.OpenAI) -> None:
    """What doesn't fit goes from the beginning; instructions and the end stay."""
    ends = [{"role": "user", "content": "Say hi."}]
    fields = {"instructions": "Be brief.", "truncation": "auto"}
    truncated = create(client, input=[{"role": "user", "content": TOO_LONG}, *ends], **fields)
    assert truncated.output_text == create(client, input=ends, **fields).output_text
    with pytest.raises(openai.BadRequestError, match="exceeds the context window"):
        create(client, input=TOO_LONG, **fields)


def test_truncation_keeps_calls_with_their_outputs(client: openai.OpenAI) -> None:
    """An output never stands without its call."""
    items = [
        {"role": "user", "content": LONG},
        {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c", "output": TOO_LONG},
        {"role": "user", "content": "Say hi."},
    ]
    response = create(client, input=items, truncation="auto")
    assert response.usage.input_tokens < 100


def test_compact(client: openai.OpenAI) -> None:
    """The compacted window has what users said and one compaction, and stands for the conversation."""
    raw: Any = client.responses.with_raw_response
    compacted = json.loads(raw.compact(model=MODEL, input=STORY).content)
    assert compacted["object"] == "response.compaction"
    window = compacted["output"]
    assert [item["type"] for item in window] == ["message", "message", "compaction"]
    assert window[-1]["id"].startswith("cmp_")
    assert compacted["usage"]["output_tokens"] > 0
    answer = create(client, input=[*window, {"role": "user", "content": "Hi."}])
    assert answer.output_text


def test_compact_a_stored_conversation(client: openai.OpenAI) -> None:
    """A conversation that is stored is compacted by its id."""
    first = create(client, input="My name is Ada.", store=True)
    compacted = client.responses.compact(model=MODEL, previous_response_id=first.id)
    assert [item.type for item in compacted.output] == ["message", "compaction"]


def test_a_long_conversation_is_compacted_on_the_way(client: openai.OpenAI) -> None:
    """Past the threshold the output begins with a compaction, which later requests take for the history."""
    fields: dict[str, Any] = {
        "context_management": [{"type": "compaction", "compact_threshold": 1000}],
        "store": True,
    }
    items = [{"role": "user", "content": LONG}, {"role": "user", "content": "Say hi."}]
    events = list(create(client, input=items, stream=True, **fields))
    response = events[-1].response
    assert [item.type for item in response.output] == ["compaction", "message"]
    assert [event.output_index for event in events if event.type == "response.output_item.added"] == [0, 1]
    again = create(client, input="Again.", previous_response_id=response.id, **fields)
    assert [item.type for item in again.output] == ["message"]
    assert again.usage.input_tokens < 300


def test_a_short_conversation_is_not_compacted(client: openai.OpenAI) -> None:
    """Below the threshold nothing happens."""
    management = [{"type": "compaction", "compact_threshold": 1000}]
    response = create(client, input="Hi.", context_management=management)
    assert [item.type for item in response.output] == ["message"]


def test_a_trigger_compacts_at_once(client: openai.OpenAI) -> None:
    """A trigger at the end of the input is answered with a compaction and nothing else."""
    response = create(client, input=[*STORY, {"type": "compaction_trigger"}])
    assert [item.type for item in response.output] == ["compaction"]
    assert response.status == "completed"
    assert response.usage.output_tokens > 0
