"""Items of responses that a script gives: in the response, in its stream, and in what comes after."""

from collections.abc import Iterator
from typing import Any

import openai
import pytest
from controlled_scope import fake_llm as fake_llm
from controlled_scope import own_client as own_client
from openai.types.responses import ResponseFunctionWebSearch
from scripted_answers import MODEL

from fake_llm_server import ConfigurationError, FakeLLM, FakeLLMServer, ScriptError, reply

SEARCH: dict[str, Any] = {"type": "web_search_call", "action": {"type": "search", "query": "Oslo weather"}}
CITATION = {
    "type": "url_citation",
    "url": "https://example.com",
    "title": "Weather",
    "start_index": 0,
    "end_index": 5,
}
MCP = {"type": "mcp", "server_label": "docs", "server_url": "https://example.com/mcp"}
TOOLS: list[Any] = [
    {"type": "web_search"},
    {"type": "file_search", "vector_store_ids": ["vs_1"]},
    {"type": "code_interpreter", "container": {"type": "auto"}},
    {"type": "image_generation"},
    MCP,
    {"type": "function", "name": "find", "parameters": None, "strict": False},
    {"type": "custom", "name": "run"},
]

CASES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "web search": (SEARCH, ["web_search_call.in_progress", ".searching", ".completed"]),
    "file search": (
        {"type": "file_search_call", "queries": ["a"], "results": [{"file_id": "f", "text": "b"}]},
        ["file_search_call.in_progress", ".searching", ".completed"],
    ),
    "code": (
        {
            "type": "code_interpreter_call",
            "code": "print(1)",
            "container_id": "cntr_1",
            "outputs": [{"type": "logs", "logs": "1"}],
        },
        [
            "code_interpreter_call.in_progress",
            "code_interpreter_call_code.delta",
            "code_interpreter_call_code.done",
            "code_interpreter_call.interpreting",
            "code_interpreter_call.completed",
        ],
    ),
    "image": (
        {"type": "image_generation_call", "result": "aGk="},
        ["image_generation_call.in_progress", ".generating", ".completed"],
    ),
    "failed image": (
        {"type": "image_generation_call", "result": None, "status": "failed"},
        ["image_generation_call.in_progress", ".generating"],
    ),
    "mcp": (
        {"type": "mcp_call", "server_label": "docs", "name": "look", "arguments": "{}", "output": "found"},
        [
            "mcp_call.in_progress",
            "mcp_call_arguments.delta",
            "mcp_call_arguments.done",
            "mcp_call.completed",
        ],
    ),
    "failed mcp": (
        {
            "type": "mcp_call",
            "server_label": "docs",
            "name": "look",
            "status": "failed",
            "error": {"type": "http_error", "code": 500, "message": "Down."},
        },
        ["mcp_call.in_progress", "mcp_call_arguments.delta", "mcp_call_arguments.done", "mcp_call.failed"],
    ),
    "mcp tools": (
        {
            "type": "mcp_list_tools",
            "server_label": "docs",
            "tools": [{"name": "look", "input_schema": {"type": "object"}}],
        },
        ["mcp_list_tools.in_progress", ".completed"],
    ),
    "mcp approval": (
        {"type": "mcp_approval_request", "server_label": "docs", "name": "look", "arguments": "{}"},
        [],
    ),
    "summary": (
        {"type": "reasoning", "summary": "Thought", "encrypted_content": "gAAA"},
        [
            "reasoning_summary_part.added",
            "reasoning_summary_text.delta",
            "reasoning_summary_text.done",
            "reasoning_summary_part.done",
        ],
    ),
    "thoughts": (
        {"type": "reasoning", "content": [{"type": "reasoning_text", "text": "Thought"}]},
        ["content_part.added", "reasoning_text.delta", "reasoning_text.done", "content_part.done"],
    ),
    "cited": (
        {"type": "message", "content": [{"type": "output_text", "text": "Sunny", "annotations": [CITATION]}]},
        [
            "content_part.added",
            "output_text.delta",
            "output_text.annotation.added",
            "output_text.done",
            "content_part.done",
        ],
    ),
    "refused": (
        {"type": "message", "content": [{"type": "refusal", "refusal": "No."}]},
        ["content_part.added", "refusal.delta", "refusal.done", "content_part.done"],
    ),
    "function": (
        {"type": "function_call", "name": "find", "arguments": "{}"},
        ["function_call_arguments.delta", "function_call_arguments.done"],
    ),
    "custom": (
        {"type": "custom_tool_call", "name": "run", "input": "ls"},
        ["custom_tool_call_input.delta", "custom_tool_call_input.done"],
    ),
}
"""Items, with the events between their beginning and their end; what begins with a dot is the same item's."""


@pytest.fixture(scope="module")
def scripted_server(_checked_servers: None) -> Iterator[FakeLLMServer]:
    """A server that has no model loaded."""
    with FakeLLMServer(load="first_use") as opened:
        yield opened


@pytest.fixture
def server(scripted_server: FakeLLMServer) -> FakeLLMServer:
    """In the place of the one with a model."""
    return scripted_server


def spell_out(events: list[str]) -> list[str]:
    """The whole types of events."""
    first = events[0].partition(".")[0] if events else ""
    return [f"response.{first}{event}" if event.startswith(".") else f"response.{event}" for event in events]


@pytest.mark.parametrize("name", CASES)
def test_an_item_comes_as_openai_sends_it(fake_llm: FakeLLM, own_client: openai.OpenAI, name: str) -> None:
    """It stands in the response as it was written, whole and streamed, and the stream has its own events."""
    item, expected = CASES[name]
    fake_llm.script(reply(items=[item]), reply(items=[item]))
    asked: Any = {"model": MODEL, "input": "Weather?", "tools": TOOLS}
    [whole] = own_client.responses.create(**asked).output
    written = whole.model_dump(exclude_unset=True)
    events = list(own_client.responses.create(**asked, stream=True))
    types = [event.type for event in events]
    assert types[:3] == ["response.created", "response.in_progress", "response.output_item.added"]
    assert types[3:-2] == spell_out(expected)
    assert types[-2:] == ["response.output_item.done", "response.completed"]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    added, done, completed = events[2], events[-2], events[-1]
    assert (added.type, done.type, completed.type) == (types[2], types[-2], types[-1])
    assert done.item.model_dump(exclude_unset=True) == completed.response.output[0].model_dump(
        exclude_unset=True
    )
    streamed = done.item.model_dump(exclude_unset=True)
    assert added.item.id == done.item.id
    assert (getattr(added.item, "status", None) or "in_progress") == "in_progress"
    for each in (written, streamed):
        for field in item.keys() - {"content", "summary"}:
            assert each[field] == item[field] or item[field].items() <= each[field].items()
    received = fake_llm.calls[0].reply
    assert received.items == (item,)
    assert [call.name for call in received.tool_calls] == {"function": ["find"], "custom": ["run"]}.get(
        name, []
    )


def test_items_come_in_any_order_before_the_rest(fake_llm: FakeLLM, own_client: openai.OpenAI) -> None:
    """Several items, thoughts before and a text and a call after them."""
    typed = ResponseFunctionWebSearch.model_validate({**SEARCH, "id": "ws_own", "status": "completed"})
    fake_llm.script(
        reply(
            "It is sunny.",
            items=[
                typed,
                {"type": "reasoning", "summary": []},
                SEARCH,
                {"type": "message", "content": "Hm."},
            ],
            tool="find",
            arguments={},
            reasoning="Let me look.",
        )
    )
    response = own_client.responses.create(model=MODEL, input="Weather?", tools=TOOLS)
    assert [item.type for item in response.output] == [
        *(
            "reasoning",
            "web_search_call",
            "reasoning",
            "web_search_call",
            "message",
            "message",
            "function_call",
        )
    ]
    assert (response.output[1].id, response.output_text) == ("ws_own", "Hm.It is sunny.")
    assert len({item.id for item in response.output}) == len(response.output)
    received = fake_llm.calls[0].reply
    assert (received.text, [call.name for call in received.tool_calls]) == ("Hm.It is sunny.", ["find"])
    assert "[web_search_call]" in fake_llm.describe()


def test_results_of_hosted_tools_are_no_tokens_of_the_model(
    fake_llm: FakeLLM, own_client: openai.OpenAI
) -> None:
    """An image or a search counts nothing; the texts of messages and calls among the items do."""
    image = {"type": "image_generation_call", "result": "A" * 4000}
    fake_llm.script(
        reply(items=[image, SEARCH]), reply(items=[SEARCH, {"type": "message", "content": "Hi."}])
    )
    for _ in range(2):
        own_client.responses.create(model=MODEL, input="Hi", tools=TOOLS)
    counts = [call.usage.completion_tokens for call in fake_llm.calls if call.usage is not None]
    assert counts == [0, 1]


def test_hosted_tools_may_be_demanded_where_a_script_answers(
    fake_llm: FakeLLM, own_client: openai.OpenAI
) -> None:
    """A `tool_choice` that only a hosted tool meets is met by its item."""
    fake_llm.script(*[reply("Sunny.", items=[SEARCH])] * 2)
    for choice in ("required", {"type": "web_search_preview"}):
        asked: Any = {"tools": TOOLS[:1], "tool_choice": choice}
        response = own_client.responses.create(model=MODEL, input="Weather?", **asked)
        assert response.output_text == "Sunny."


def test_the_conversation_goes_on_after_items(fake_llm: FakeLLM, own_client: openai.OpenAI) -> None:
    """Items can be sent back, or stored and gone on from; they are listed, and no message is made of them."""
    fake_llm.script(
        reply("Sunny.", items=[{"type": "reasoning", "summary": "Look."}, SEARCH, CASES["mcp approval"][0]]),
        "a",
        "b",
    )
    asked: Any = {"model": MODEL, "tools": TOOLS, "include": ["reasoning.encrypted_content"]}
    first = own_client.responses.create(input="Weather?", store=True, **asked)
    approval: Any = {
        "type": "mcp_approval_response",
        "approval_request_id": first.output[2].id,
        "approve": True,
    }
    sent: Any = [
        {"role": "user", "content": "Weather?"},
        *(item.model_dump(exclude_none=True) for item in first.output),
        approval,
        {"role": "user", "content": "And now?"},
    ]
    own_client.responses.create(input=sent, **asked)
    second = own_client.responses.create(
        input=[approval, {"role": "user", "content": "And now?"}],
        previous_response_id=first.id,
        store=True,
        **asked,
    )
    for call in fake_llm.calls[1:]:
        assert [(turn.role, turn.text) for turn in call.messages] == [
            ("user", "Weather?"),
            ("assistant", "Sunny."),
            ("user", "And now?"),
        ]
        assert call.messages[1].reasoning == "Look."
    listed = own_client.responses.input_items.list(second.id).data
    assert {"web_search_call", "mcp_approval_request", "mcp_approval_response"} <= {
        item.type for item in listed
    }


@pytest.mark.parametrize(
    ("items", "asked", "words"),
    [
        ([SEARCH], {}, r"items\[0\] is a web_search_call, but the request doesn't offer 'web_search'"),
        ([{"type": "web_search_call"}], {"tools": TOOLS}, r"items\[0\]\.action isn't what the contract"),
        ([SEARCH, {"type": "telepathy"}], {"tools": TOOLS}, r"items\[1\]"),
        (
            [{"type": "message", "content": [{"type": "output_text", "text": 3}]}],
            {},
            r"items\[0\]\.content\[0\]\.text isn't what",
        ),
        ([{"type": "function_call", "name": "fnd", "arguments": "{}"}], {"tools": TOOLS}, "mean 'find'"),
        (
            [{"type": "message", "content": "Hi"}],
            {"tools": TOOLS[:1], "tool_choice": "required"},
            "demands a call of web_search, but the reply has no item of it",
        ),
    ],
    ids=str,
)
def test_items_are_held_to_the_contract_and_the_request(
    server: FakeLLMServer, items: Any, asked: Any, words: str
) -> None:
    """An item that OpenAI could not send is a 500 for the client, and fails the test."""
    fake_llm = server.open_scope()
    fake_llm.script(reply(items=items))
    with (
        openai.OpenAI(**fake_llm.openai_client_args()) as client,
        pytest.raises(openai.InternalServerError, match=words),
    ):
        client.responses.create(model=MODEL, input="Hi", **asked)
    fake_llm.close()
    with pytest.raises(ScriptError, match=words):
        fake_llm.check()


def test_chat_has_no_items(server: FakeLLMServer) -> None:
    """They belong to the Responses API."""
    fake_llm = server.open_scope()
    fake_llm.script(reply("Hi", items=[SEARCH]))
    with (
        openai.OpenAI(**fake_llm.openai_client_args()) as client,
        pytest.raises(openai.InternalServerError, match="a chat completion has no items"),
    ):
        client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "Hi"}])
    fake_llm.allow_unused = True
    fake_llm.take_faults()
    fake_llm.close()


@pytest.mark.parametrize(
    "write",
    [
        lambda: reply(items=["Hi"]),
        lambda: reply(items=[{"id": "x"}]),
        lambda: reply(items=[{"type": "message", "content": {1}}]),
        lambda: reply(429, items=[SEARCH]),
        lambda: reply(like="a", items=[SEARCH]),
        lambda: reply(lambda _call: "Hi", items=[SEARCH]),
    ],
)
def test_what_is_no_item_is_refused(write: Any) -> None:
    """It is refused where it is written."""
    with pytest.raises(ConfigurationError):
        write()
