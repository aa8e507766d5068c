"""Items of a conversation read as turns, without a model."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_llm_server._api.responses.input_items import parse_items, read_input
from fake_llm_server._api.responses.sealed_content import seal, unseal
from fake_llm_server._api.responses.turns import read_turns
from fake_llm_server._errors import InvalidRequestError
from fake_llm_server._seam import ToolCall, Turn

USER = {"role": "user", "content": "a"}
ANSWER = {"role": "assistant", "content": [{"type": "output_text", "text": "b"}]}
THOUGHT = {
    "type": "reasoning",
    "id": "rs_1",
    "summary": [],
    "content": [{"type": "reasoning_text", "text": "t"}],
}
CALL = {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "c", "output": [{"type": "input_text", "text": "o"}]}
CUSTOM = {"type": "custom_tool_call", "call_id": "d", "name": "g", "namespace": "n", "input": "i"}
CUSTOM_OUTPUT = {"type": "custom_tool_call_output", "call_id": "d", "output": "p"}

FUNCTION_CALL = ToolCall("c", "function", "f", "{}")
CUSTOM_CALL = ToolCall("d", "custom", "n.g", "i")
FUNCTION_RESULT = Turn("tool", "o", name="f", call_id="c")
CUSTOM_RESULT = Turn("tool", "p", name="n.g", call_id="d")


def compaction(*, replaces_history: bool) -> dict[str, Any]:
    """A compaction item."""
    content = {"summary": "s", "replaces_history": replaces_history}
    return {"type": "compaction", "id": "cmp_1", "encrypted_content": seal(content)}


SUMMARY = Turn("developer", "Summary of the conversation so far:\ns")

CONVERSATIONS: dict[str, tuple[list[dict[str, Any]], list[Turn]]] = {
    "messages": ([USER, ANSWER, USER], [Turn("user", "a"), Turn("assistant", "b"), Turn("user", "a")]),
    "developer": ([{"role": "developer", "content": "d"}, USER], [Turn("developer", "d"), Turn("user", "a")]),
    "one turn of thought, text and calls": (
        [USER, THOUGHT, ANSWER, CALL, CUSTOM, OUTPUT, CUSTOM_OUTPUT],
        [
            Turn("user", "a"),
            Turn("assistant", "b", calls=(FUNCTION_CALL, CUSTOM_CALL), reasoning="t"),
            FUNCTION_RESULT,
            CUSTOM_RESULT,
        ],
    ),
    "two answers are two turns": ([ANSWER, ANSWER], [Turn("assistant", "b"), Turn("assistant", "b")]),
    "a thought begins a turn": (
        [ANSWER, THOUGHT, ANSWER],
        [Turn("assistant", "b"), Turn("assistant", "b", reasoning="t")],
    ),
    "thoughts without an answer": (
        [THOUGHT, USER],
        [Turn("assistant", "", reasoning="t"), Turn("user", "a")],
    ),
    "a refusal is text": (
        [{"role": "assistant", "content": [{"type": "refusal", "refusal": "no"}]}],
        [Turn("assistant", "no")],
    ),
    "a compaction for all before": (
        [ANSWER, compaction(replaces_history=True), USER],
        [SUMMARY, Turn("user", "a")],
    ),
    "a compaction beside what is kept": (
        [USER, compaction(replaces_history=False), USER],
        [Turn("user", "a"), SUMMARY, Turn("user", "a")],
    ),
}


@pytest.mark.parametrize("case", CONVERSATIONS)
def test_turns(case: str) -> None:
    """Items become the turns that a model is shown."""
    items, turns = CONVERSATIONS[case]
    assert list(read_turns(read_input(parse_items(items), "resp_1", {}))) == turns


def test_items_get_ids() -> None:
    """Every item has an id: its own, or one derived from the response and its position."""
    items = read_input(parse_items([USER, {**USER, "id": "msg_mine"}, USER]), "resp_1", {})
    ids = [item.id for item in items]
    assert ids[1] == "msg_mine"
    assert ids[0] != ids[2]
    assert ids == [item.id for item in read_input(items, "resp_1", {})]


@given(st.dictionaries(st.text(), st.text() | st.booleans(), max_size=4))
def test_sealed_content_is_reversible(content: dict[str, Any]) -> None:
    """What was sealed comes back, and doesn't show."""
    assert unseal(seal(content), param="input") == content


SEALED = seal({"thoughts": "some of them"})


@given(st.text(max_size=40) | st.integers(0, len(SEALED) - 1).map(lambda cut: SEALED[:cut]))
def test_what_is_not_ours_is_refused(text: str) -> None:
    """Foreign or damaged content is an error of the request, whatever it is."""
    with pytest.raises(InvalidRequestError) as caught:
        unseal(text, param="input")
    assert caught.value.code == "invalid_encrypted_content"


def test_sealed_content_is_the_same_for_the_same_thoughts() -> None:
    """Sealing depends on nothing else, as replies are to be equal to the byte."""
    assert seal({"a": 1, "b": 2}) == seal(json.loads('{"b": 2, "a": 1}'))
