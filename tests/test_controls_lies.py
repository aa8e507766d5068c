"""Answers that are wrong on purpose: what each lie looks like, through the real client."""

import json
from collections.abc import Callable
from typing import Any

import openai
import pytest
from controlled_scope import fake_llm as fake_llm
from controlled_scope import own_client as own_client
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted_answers import MODEL, WAYS, Read, ask

from fake_llm_server import FakeLLM, reply
from fake_llm_server._controls.broken_schemas import break_schema
from fake_llm_server._controls.json_check import satisfies

SEARCH: dict[str, Any] = {
    "type": "object",
    "properties": {"limit": {"enum": [3, 5]}},
    "required": ["limit"],
    "additionalProperties": False,
}
CUT = {"length": {"length", "max_output_tokens"}, "content_filter": {"content_filter"}}
every_way = pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way[0]}{'-streamed' * way[1]}")


def is_no_json(arguments: str) -> bool:
    """Whether arguments lack just their last character."""
    return json.loads(f"{arguments}}}")["limit"] in (3, 5)


IN_CALLS: dict[str, Callable[[Read], bool]] = {
    "json": lambda read: is_no_json(read.calls[0][1]),
    "arguments": lambda read: json.loads(read.calls[0][1]) == {"not_in_the_schema": True},
    "schema": lambda read: json.loads(read.calls[0][1]) == {},
    "name": lambda read: [name for name, _ in read.calls] == ["not_search"],
    "empty": lambda read: (read.text, read.calls) == ("", []),
    "refusal": lambda read: read.refusal.startswith("I'm sorry") and not read.calls,
    "length": lambda read: read.calls[0][1] in ('{"limi', '{"lim') and read.finish in CUT["length"],
}
"""What is wrong in an answer that would be a call, by the lie."""


@every_way
def test_calls_lie(fake_llm: FakeLLM, own_client: openai.OpenAI, way: Any) -> None:
    """Each lie is told in a scripted call as well as in one of the model's."""
    for written in (reply(tool="search", arguments={"limit": 3}), reply(tool="search")):
        fake_llm.script(*(written.wrong(lie) for lie in IN_CALLS))  # type: ignore[arg-type] # they are lies
        for lie, is_told in IN_CALLS.items():
            read = ask(own_client, way, tools=[("search", SEARCH)])
            assert is_told(read), (lie, read)
            assert fake_llm.calls[-1].faults == [f"wrong({lie!r})"]


@every_way
def test_texts_lie(fake_llm: FakeLLM, own_client: openai.OpenAI, way: Any) -> None:
    """Texts as well; a lie that finds no place isn't told, and isn't in the journal."""
    fake_llm.script(
        reply(json={"limit": 3}).wrong("json"),
        reply(json={"limit": 3}).wrong("schema"),
        reply("one two three").wrong("length"),
        reply("one two three").wrong("content_filter"),
        reply("one two three").wrong("name"),
    )
    assert is_no_json(ask(own_client, way, schema=SEARCH).text)
    assert ask(own_client, way, schema=SEARCH).text == "{}"
    for reasons in CUT.values():
        read = ask(own_client, way)
        assert read.text == "one tw"
        assert read.finish in reasons
        assert read.usage
        assert read.usage[1] == 2  # of 4
    assert ask(own_client, way).text == "one two three"
    assert fake_llm.calls[-1].faults == []


def test_ids_of_a_chat_lie(fake_llm: FakeLLM, own_client: openai.OpenAI) -> None:
    """A streamed call's id isn't the one announced; whole calls have empty ones."""
    fake_llm.script(*[reply(tool_calls=[("search", {"limit": 3})] * 2).wrong("id")] * 2)
    asked: Any = {
        "model": MODEL,
        "messages": [{"role": "user", "content": "Hi"}],
        "tools": [{"type": "function", "function": {"name": "search", "parameters": SEARCH}}],
    }
    ids: dict[int, set[str | None]] = {0: set(), 1: set()}
    for chunk in own_client.chat.completions.create(**asked, stream=True):
        for call in chunk.choices[0].delta.tool_calls or ():
            ids[call.index].add(call.id)
    assert [len(each) for each in ids.values()] == [2, 2]
    completion = own_client.chat.completions.create(**asked)
    assert [call.id for call in completion.choices[0].message.tool_calls or ()] == ["", ""]
    assert [call.faults for call in fake_llm.calls] == [["wrong('id')"]] * 2


def test_ids_of_a_response_lie(fake_llm: FakeLLM, own_client: openai.OpenAI) -> None:
    """The same in responses; what is stored has the true ones."""
    fake_llm.script(*[reply(tool="search", arguments={"limit": 3}).wrong("id")] * 2)
    asked: Any = {
        "model": MODEL,
        "input": "Hi",
        "tools": [{"type": "function", "name": "search", "parameters": SEARCH, "strict": False}],
    }
    items = [
        event.item
        for event in own_client.responses.create(**asked, stream=True)
        if event.type in ("response.output_item.added", "response.output_item.done")
    ]
    announced, ended = (item.call_id for item in items)
    assert announced
    assert announced != ended
    response = own_client.responses.create(**asked, store=True)
    assert response.output[0].call_id == ""
    assert own_client.responses.retrieve(response.id).output[0].call_id  # type: ignore[union-attr] # it is a call


@every_way
def test_schemas_of_the_models_answers_are_broken(
    fake_llm: FakeLLM, own_client: openai.OpenAI, way: Any
) -> None:
    """What the model writes under a schema breaks it as well."""
    fake_llm.script(reply().wrong("schema"))
    assert not satisfies(json.loads(ask(own_client, way, schema=SEARCH).text), SEARCH)


SCHEMAS: list[Any] = [
    SEARCH,
    {"type": "object", "properties": {"a": {"type": "integer"}}},
    {"type": "object", "properties": {"a": {}}, "required": ["a"]},
    {"type": "array", "items": {"type": "string"}},
    {"enum": ["wrong", 0, None]},
    {"type": ["string", "null"]},
    {"anyOf": [{"type": "object"}, {"type": "array"}]},
    False,
]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=4,
)


@settings(max_examples=40)
@given(schema=st.sampled_from(SCHEMAS), value=VALUES)
def test_every_schema_is_broken(schema: Any, value: Any) -> None:
    """Whatever answer there was, and if it was none, JSON comes of it that the schema doesn't allow."""
    for text in (json.dumps(value), '{"a": '):
        broken = break_schema(text, schema)
        assert broken is not None
        assert not satisfies(json.loads(broken), schema)


def test_what_allows_everything_is_not_broken() -> None:
    """Nothing breaks a schema that allows everything."""
    assert break_schema('{"a": 1}', {}) is None
    assert break_schema('{"a": 1}', True) is None
