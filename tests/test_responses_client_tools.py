"""Tools that the client runs itself are called under the form of their action, and their outputs are read."""

import itertools
import json
from typing import Any

import httpx2
import jsonschema
import openai
import pytest
from conftest import MODEL
from contract_checks import compile_schema
from hypothesis import given
from hypothesis import strategies as st

from fake_llm_server import FakeLLMServer
from fake_llm_server._api.responses.client_tools import read_client_tool
from fake_llm_server._api.responses.event_sequencer import EventSequencer, OutputOptions
from fake_llm_server._api.responses.input_items import dump_item, parse_items
from fake_llm_server._api.responses.response_object import write_head
from fake_llm_server._api.responses.turns import read_turns
from fake_llm_server._contract import dump_json
from fake_llm_server._generated.responses.wire import CreateResponse
from fake_llm_server._seam import CallDelta, CallEnded, CallStarted, Finished, GenerationEvent, Usage

PREVIEW = {
    "type": "computer_use_preview",
    "environment": "browser",
    "display_width": 800,
    "display_height": 600,
}
SEARCH = {"type": "tool_search", "execution": "client"}
POINT = {"x": 3, "y": 4}

ACTIONS: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    (
        {"type": "local_shell"},
        {
            "command": ["ls", "-l"],
            "working_directory": None,
            "timeout_ms": 5,
            "env": {"A": "b"},
            "user": None,
        },
        {"output": "a.txt"},
    ),
    (
        {"type": "shell", "environment": {"type": "local"}},
        {"commands": ["ls", 'echo "é"'], "timeout_ms": None, "max_output_length": 9},
        {"output": [{"stdout": "a.txt\n", "stderr": "", "outcome": {"type": "exit", "exit_code": 0}}]},
    ),
    (
        {"type": "apply_patch"},
        {"operation": {"type": "create_file", "path": "a.txt", "diff": "+a\n+b"}},
        {"status": "completed", "output": "Done."},
    ),
    (
        {"type": "apply_patch"},
        {"operation": {"type": "delete_file", "path": "a.txt"}},
        {"status": "failed"},
    ),
    (
        {"type": "computer"},
        {
            "actions": [
                {"type": "click", "button": "left", **POINT},
                {"type": "double_click", **POINT, "keys": None},
                {"type": "drag", "path": [POINT, POINT]},
                {"type": "keypress", "keys": ["CTRL", "c"]},
                {"type": "move", **POINT},
                {"type": "screenshot"},
                {"type": "scroll", **POINT, "scroll_x": 0, "scroll_y": -9},
                {"type": "type", "text": "a"},
                {"type": "wait"},
            ]
        },
        {"output": {"type": "computer_screenshot", "image_url": "data:image/png;base64,AA=="}},
    ),
    (
        PREVIEW,
        {"action": {"type": "click", "button": "left", **POINT}},
        {"output": {"type": "computer_screenshot", "image_url": "data:image/png;base64,AA=="}},
    ),
    (
        SEARCH,
        {"query": "weather"},
        {"tools": [{"type": "function", "name": "get_weather", "parameters": None, "strict": False}]},
    ),
]
"""Tools, each with the arguments of a call and what the client answers."""

EVENT = compile_schema("/components/schemas/ResponseStreamEvent")


def answer(tool: dict[str, Any], pieces: list[str], *, is_cut: bool) -> list[dict[str, Any]]:
    """The events of a response that calls a tool with these pieces of arguments."""
    body = CreateResponse(model="m", input="a")
    head = write_head(body, response_id="resp_1", created_at=1, model="m", tools=[], is_stored=False)
    options = OutputOptions(client_tools={tool["type"]: tool["type"]})
    sequencer = EventSequencer(head, options, now=lambda: 2)
    events = [*sequencer.create(), *sequencer.start()]
    given_events: list[GenerationEvent] = [CallStarted(0, 0, "function", tool["type"])]
    given_events += [CallDelta(0, 0, "function", piece) for piece in pieces]
    given_events += [Finished(0, "length")] if is_cut else [CallEnded(0, 0), Finished(0, "tool_calls")]
    for told in (*given_events, Usage(1, 1)):
        events += sequencer.feed(told)
    return [json.loads(dump_json(event)) for event in events]


def split(text: str, places: list[int]) -> list[str]:
    """A text cut at these places."""
    borders = [0, *sorted({place for place in places if place < len(text)}), len(text)]
    return [text[start:end] for start, end in itertools.pairwise(borders)]


@given(
    case=st.sampled_from(ACTIONS),
    is_ascii=st.booleans(),
    is_cut=st.booleans(),
    places=st.lists(st.integers(1, 400)),
    end=st.integers(0, 400),
)
def test_events_are_the_contracts(
    case: tuple[dict[str, Any], dict[str, Any], Any],
    is_ascii: bool,
    is_cut: bool,
    places: list[int],
    end: int,
) -> None:
    """However a call's arguments are cut, its events are valid, and their deltas are what the item has."""
    tool, arguments, _ = case
    text = json.dumps(arguments, ensure_ascii=is_ascii)
    events = answer(tool, split(text[: end if is_cut else None], places), is_cut=is_cut)
    for event in events:
        EVENT.validate(event)
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    [item] = events[-1]["response"]["output"]
    added, *inner, done = [event for event in events if event.get("output_index") == 0]
    assert (added["item"]["id"], done["item"]) == (item["id"], item)
    deltas = "".join(event["delta"] for event in inner if event["type"].endswith(".delta"))
    if tool["type"] == "shell":
        assert deltas == "".join(item["action"]["commands"])
        told = [event["command"] for event in inner if event["type"].endswith(".done")]
        assert told == item["action"]["commands"]
    elif tool["type"] == "apply_patch":
        assert added["item"]["operation"].get("diff", "") == ""
        assert deltas == item["operation"].get("diff", "")
    else:
        assert not inner


@pytest.mark.parametrize(("tool", "arguments", "output"), ACTIONS)
def test_calls_are_read_as_they_were_written(
    tool: dict[str, Any], arguments: dict[str, Any], output: dict[str, Any]
) -> None:
    """The schema takes the action, the item holds it, and the item in an input is the same call again."""
    read = read_client_tool(CreateResponse.model_validate({"tools": [tool]}).tools[0])  # type: ignore[index] # the request has tools
    assert read is not None
    assert isinstance(read.parameters, dict)
    jsonschema.validate(arguments, read.parameters)
    [item] = answer(tool, [json.dumps(arguments)], is_cut=False)[-1]["response"]["output"]
    assert item["status"] == "completed"
    kind = "tool_search_output" if tool is SEARCH else f"{item['type']}_output"
    answered = {"type": kind, "call_id": item["call_id"], "id": "out_1", **output}
    called, told = read_turns(parse_items([item, answered]))
    assert (called.calls[0].name, json.loads(called.calls[0].arguments)) == (tool["type"], arguments)
    assert (told.role, told.call_id, told.name) == ("tool", item["call_id"], tool["type"])
    assert dump_item(parse_items([item])[0]) == item


@pytest.mark.parametrize("tool", [case[0] for case in ACTIONS])
def test_forced_call_has_its_form(client: openai.OpenAI, tool: dict[str, Any]) -> None:
    """A model that must call calls the tool under its type, as far as its answer comes."""
    named = tool["type"] in ("shell", "apply_patch", "computer", "computer_use_preview")
    choice: Any = {"type": tool["type"]} if named else "required"
    tools: Any = [tool]
    request: dict[str, Any] = {"model": MODEL, "input": "Do it.", "tools": tools, "tool_choice": choice}
    response = client.responses.create(**request, max_output_tokens=24)
    [item] = response.output
    assert item.type == f"{'computer' if 'computer' in tool['type'] else tool['type']}_call"
    assert response.tools[0].type == tool["type"]


def test_conversation_is_kept_and_listed(client: openai.OpenAI) -> None:
    """Calls and their outputs go into a conversation, and lists give them out as the contract has them."""
    given_items: list[Any] = [{"role": "user", "content": "Do it."}]
    for position, (tool, arguments, output) in enumerate(ACTIONS):
        [item] = answer(tool, [json.dumps(arguments)], is_cut=False)[-1]["response"]["output"]
        call = item | {"id": f"{item['id']}{position}", "call_id": f"call_{position}"}
        kind = "tool_search_output" if tool is SEARCH else f"{item['type']}_output"
        given_items += [call, {"type": kind, "call_id": call["call_id"], **output}]
    response = client.responses.create(model=MODEL, input=given_items, store=True, max_output_tokens=16)
    listed = client.responses.input_items.list(response.id, order="asc", limit=50)
    assert [item.type for item in listed] == ["message", *(item["type"] for item in given_items[1:])]


CALL = {"type": "shell_call", "call_id": "c1", "action": {"commands": ["ls"]}}
LOCAL = {"type": "local_shell_call", "call_id": "c1", "status": "completed", "action": {"type": "exec"}}
LOCAL["action"] = {"type": "exec", "command": ["ls"], "env": None, "timeout_ms": None, "user": None}


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ([CALL], "No tool output found for shell call c1."),
        (
            [{"type": "shell_call_output", "call_id": "c1", "output": []}],
            "No tool call found for shell call output with call_id c1.",
        ),
        ([LOCAL, {"type": "function_call_output", "call_id": "c1", "output": "a"}], None),
        ([LOCAL, {"type": "local_shell_call_output", "id": "c1", "output": "a"}], None),
        ([LOCAL | {"id": "lsh_1"}, {"type": "local_shell_call_output", "id": "lsh_1", "output": "a"}], None),
        (
            [
                LOCAL | {"id": "lsh_1"},
                {"type": "local_shell_call_output", "id": "lsh_1", "call_id": "c1", "output": "a"},
            ],
            None,
        ),
    ],
)
def test_calls_and_outputs_are_held_to_each_other(
    server: FakeLLMServer, items: list[Any], message: str | None
) -> None:
    """As a function's are; a local shell's call may be answered as Codex CLI and the contract do it."""
    body = {"model": MODEL, "input": [{"role": "user", "content": "a"}, *items], "max_output_tokens": 16}
    reply = httpx2.post(f"{server.base_url}/responses", json=body, timeout=60)
    assert reply.status_code == (200 if message is None else 400), reply.text
    if message is not None:
        assert reply.json()["error"]["message"] == message


DEFERRED = {"type": "function", "name": "look", "parameters": None, "strict": False, "defer_loading": True}
FOUND = [
    {"type": "tool_search_call", "call_id": "c1", "arguments": {"query": "look"}, "execution": "client"},
    {"type": "tool_search_output", "call_id": "c1", "tools": [DEFERRED], "execution": "client"},
]


@pytest.mark.parametrize(
    ("tools", "items", "is_known"),
    [([SEARCH, DEFERRED], [], False), ([SEARCH, DEFERRED], FOUND, True), ([SEARCH], FOUND, True)],
)
def test_deferred_tool_is_known_once_it_was_found(
    server: FakeLLMServer, tools: list[Any], items: list[Any], is_known: bool
) -> None:
    """Until the client's search has found it, the model doesn't know it."""
    body = {
        "model": MODEL,
        "input": [{"role": "user", "content": "a"}, *items],
        "tools": tools,
        "tool_choice": {"type": "function", "name": "look"},
        "max_output_tokens": 16,
    }
    reply = httpx2.post(f"{server.base_url}/responses", json=body, timeout=60)
    assert reply.status_code == (200 if is_known else 400), reply.text
    if is_known:
        assert reply.json()["output"][0]["name"] == "look"
    else:
        assert reply.json()["error"]["message"] == "Tool choice 'look' not found in 'tools' parameter."


@pytest.mark.parametrize(
    "tool", [{"type": "shell", "environment": {"type": "container_auto"}}, {"type": "tool_search"}]
)
def test_tools_that_openai_runs_stay_uncalled(server: FakeLLMServer, tool: dict[str, Any]) -> None:
    """A shell in a container and a search by the server are hosted."""
    body = {"model": MODEL, "input": "a", "tools": [tool], "tool_choice": "required"}
    reply = httpx2.post(f"{server.base_url}/responses", json=body, timeout=60)
    assert (reply.status_code, reply.json()["error"]["param"]) == (400, "tool_choice")
