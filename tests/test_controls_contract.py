"""Replies that contradict their request: each is told in the test, in words that say what to mend."""

import re
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from scripted_answers import WAYS, ask

from fake_llm_server import FakeLLMServer, ScriptError, reply

CITY: dict[str, Any] = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
    "required": ["city"],
}
FIND = ("find", CITY)
LARK = 'start: "add " NUMBER\nNUMBER: /[0-9]+/'
SENT: dict[str, Any] = {"model": "smollm2-135m", "messages": [{"role": "user", "content": "Hi"}]}


@pytest.fixture(scope="module")
def server(_checked_servers: None) -> Iterator[FakeLLMServer]:
    """A server that has no model loaded."""
    with FakeLLMServer(load="first_use") as opened:
        yield opened


def fail(server: FakeLLMServer, written: Any, send: Any) -> str:
    """What the test is told of a reply to a request, which is what its client is told; no retry is made."""
    fake_llm = server.open_scope()
    fake_llm.script(written)
    with (
        openai.OpenAI(**fake_llm.openai_client_args()) as client,
        pytest.raises(openai.InternalServerError) as seen,
    ):
        send(client)
    fake_llm.close()
    assert [call.status for call in fake_llm.calls] == [500]
    with pytest.raises(ScriptError) as told:
        fake_llm.check()
    assert str(told.value) in seen.value.message
    return str(told.value)


CASES: list[tuple[Any, dict[str, Any], str]] = [
    (
        reply(tool="fnd"),
        {"tools": [("search", CITY), FIND]},
        "calls 'fnd', which isn't offered; the request's tools: search, find. Did you mean 'find'?",
    ),
    (reply(tool="find"), {}, "calls 'find', which isn't offered; the request's tools: none."),
    (
        reply(tool="find", arguments={"days": "two"}),
        {"tools": [FIND]},
        """the arguments of 'find' don't suit its parameters:
    $: "city" is a required property
    $.days: "two" is not of type "integer"
    in  {"days":"two"}""",
    ),
    (reply(tool="find", arguments="{"), {"tools": [FIND]}, "it is no JSON: Expecting property name"),
    (
        reply(json={"city": 3}),
        {"schema": CITY},
        """the text isn't the response format 'answer':
    $.city: 3 is not of type "string"
    in  {"city":3}""",
    ),
    ("Oslo", {"schema": CITY}, "the text isn't the response format 'answer':\n    it is no JSON"),
    (reply(choices=["a", "b"]), {}, "2 choices, but the request asks for 1"),
    ("Hi", {"tools": [FIND], "tool_choice": "required"}, "demands a call of a tool, but the reply has none"),
    (reply(tool="find"), {"tools": [FIND], "tool_choice": "none"}, "tool_choice is 'none', but the reply"),
    (
        reply(tool_calls=["find", "find"]),
        {"tools": [FIND], "parallel_tool_calls": False},
        "the request allows no parallel calls, but the reply has 2.",
    ),
    (
        reply("Hi", tool="fnd", arguments={}, logprobs=[("Hi", -1)]),
        {"tools": [FIND], "tool_choice": "none"},
        """:
- the request's tool_choice is 'none', but the reply calls a tool.
- the reply calls 'fnd', which isn't offered; the request's tools: find. Did you mean 'find'?
- the reply has logprobs, but the request asks for none: leave them out, or ask for them.""",
    ),
]


@pytest.mark.parametrize(
    ("way", "written", "asked", "words"),
    [(WAYS[number % len(WAYS)], *case) for number, case in enumerate(CASES)],
    ids=lambda value: str(value)[:40],
)
def test_a_contradiction_says_what_is_wrong(
    server: FakeLLMServer, way: Any, written: Any, asked: Any, words: str
) -> None:
    """It is a 500 for the client, and raised in the test, in both APIs, streamed and not."""
    told = fail(server, written, lambda client: ask(client, way, **asked))
    assert told.startswith("The script's reply contradicts the request (create")
    assert words in told


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_every_way_is_held_to_the_contract(server: FakeLLMServer, way: Any) -> None:
    """Nothing of the reply is sent, a stream's beginning neither."""
    told = fail(server, reply(tool="find", arguments={}), lambda client: ask(client, way, tools=[FIND]))
    assert '$: "city" is a required property' in told


def name_tool(name: str) -> dict[str, Any]:
    """A tool of a chat request."""
    return {"type": "function", "function": {"name": name, "parameters": CITY}}


def custom_tool(syntax: str, definition: str) -> dict[str, Any]:
    """A custom tool whose input has a language."""
    grammar = {"type": "grammar", "grammar": {"syntax": syntax, "definition": definition}}
    return {"type": "custom", "custom": {"name": "run", "format": grammar}}


@pytest.mark.parametrize(
    ("written", "fields", "words"),
    [
        ("one two", {"stop": "two"}, "the text goes on past the stop string 'two': end it before"),
        (
            reply(tool="b", arguments={"city": "Oslo"}),
            {
                "tools": [name_tool("a"), name_tool("b")],
                "tool_choice": {"type": "function", "function": {"name": "a"}},
            },
            "the request's tool_choice names 'a', but the reply calls 'b'.",
        ),
        (
            reply(tool="b", arguments={"city": "Oslo"}),
            {
                "tools": [name_tool("a"), name_tool("b")],
                "tool_choice": {
                    "type": "allowed_tools",
                    "allowed_tools": {
                        "mode": "auto",
                        "tools": [{"type": "function", "function": {"name": "a"}}],
                    },
                },
            },
            "the request's tool_choice allows only a, but the reply calls 'b'.",
        ),
        (
            reply(tool="run", arguments="add x"),
            {"tools": [custom_tool("lark", LARK)]},
            """the input of 'run' isn't in its language:
    after 'add ' comes 'x', which the lark grammar doesn't allow there
    in  add x""",
        ),
        (
            reply(tool="run", arguments="add "),
            {"tools": [custom_tool("lark", LARK)]},
            "it ends before the lark grammar lets it",
        ),
        (
            reply(tool="run", arguments="2026-1"),
            {"tools": [custom_tool("regex", r"\d{4}-\d{2}")]},
            "it ends before the regex grammar lets it",
        ),
        (
            reply(tool="run", arguments="été!"),
            {"tools": [custom_tool("regex", r"[éat]+")]},
            "after 'été' comes '!', which the regex grammar doesn't allow there",
        ),
        (
            reply(tool_calls=["f", "f"]),
            {"functions": [{"name": "f", "parameters": CITY}]},
            "allows no parallel calls, but the reply has 2.",
        ),
        ("[1]", {"response_format": {"type": "json_object"}}, '$: [1] is not of type "object"'),
        (reply(choices=["a"]), {"n": 2}, "the reply has 1 choices, but the request asks for 2."),
        (reply(choices=["a", '{"city":3}']), {"n": 2, "stop": ["a", "b"]}, "past the stop string 'a'"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_only_chat_asks_for(server: FakeLLMServer, written: Any, fields: Any, words: str) -> None:
    """Stop strings, choices, languages of custom tools, and the fields of former times."""
    messages = [{"role": "user", "content": "Answer in JSON."}]
    told = fail(
        server,
        written,
        lambda client: client.chat.completions.create(**{**SENT, "messages": messages, **fields}),
    )
    assert words in told


def test_messages_among_items_are_held_to_the_format(server: FakeLLMServer) -> None:
    """What an item says is the answer's text too."""
    for content in ("Oslo", [{"type": "output_text", "text": "Oslo"}]):
        written = reply(items=[{"type": "message", "content": content}])
        told = fail(server, written, lambda client: ask(client, ("responses", False), schema=CITY))
        assert "the text isn't the response format 'answer'" in told


@pytest.mark.parametrize(
    ("written", "fields"),
    [
        (reply(tool="run", arguments="add 12"), {"tools": [custom_tool("lark", LARK)]}),
        (reply(tool="run", arguments="add"), {"tools": [custom_tool("regex", "(")]}),
        (reply(tool="run", arguments="add", finish_reason="length"), {"tools": [custom_tool("lark", LARK)]}),
        (reply("It", finish_reason="length"), {"response_format": {"type": "json_object"}}),
        (reply(refusal="No."), {"response_format": {"type": "json_object"}}),
        (reply(refusal="No."), {"tools": [name_tool("a")], "tool_choice": "required"}),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_the_api_could_answer_is_sent(server: FakeLLMServer, written: Any, fields: Any) -> None:
    """An input in its language, answers that were cut, refusals, and what nothing can be held to."""
    messages = [{"role": "user", "content": "Answer in JSON."}]
    with server.open_scope() as fake_llm, openai.OpenAI(**fake_llm.openai_client_args()) as client:
        fake_llm.script(written)
        assert client.chat.completions.create(**{**SENT, "messages": messages, **fields}).choices


def test_a_text_past_the_limit_is_told_where_tokens_are_counted() -> None:
    """Where they are an estimate, nothing is held to it."""
    limit: Any = {"max_tokens": 2}
    with FakeLLMServer() as loaded:
        told = fail(loaded, "one two three four", lambda client: ask(client, ("chat", False), **limit))
    assert re.search("has 4 tokens, but the request allows 2: shorten it, or end it with", told)
