"""The order rules of `event_sequencer`, held for random answers."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from contract_checks import compile_schema
from hypothesis import given
from hypothesis import strategies as st

from fake_llm_server._api.responses.compaction import CompactionMade
from fake_llm_server._api.responses.event_sequencer import EventSequencer, OutputOptions
from fake_llm_server._api.responses.response_object import write_head
from fake_llm_server._contract import dump_json
from fake_llm_server._errors import EngineFailureError
from fake_llm_server._generated.responses.wire import CreateResponse
from fake_llm_server._seam import (
    CallDelta,
    CallEnded,
    CallStarted,
    Finished,
    GenerationEvent,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
    TokenLogprob,
    Usage,
)

Event = dict[str, Any]

ITEM_EVENTS = {
    "message": [
        "response.content_part.added",
        "response.output_text.delta*",
        "response.output_text.done",
        "response.content_part.done",
    ],
    "refusal": [
        "response.content_part.added",
        "response.refusal.delta*",
        "response.refusal.done",
        "response.content_part.done",
    ],
    "reasoning": [
        "response.content_part.added",
        "response.reasoning_text.delta*",
        "response.reasoning_text.done",
        "response.content_part.done",
    ],
    "summary": [
        "response.reasoning_summary_part.added",
        "response.reasoning_summary_text.delta*",
        "response.reasoning_summary_text.done",
        "response.reasoning_summary_part.done",
    ],
    "function_call": [
        "response.function_call_arguments.delta*",
        "response.function_call_arguments.done",
    ],
    "custom_tool_call": [
        "response.custom_tool_call_input.delta*",
        "response.custom_tool_call_input.done",
    ],
    "compaction": [],
}
"""The events of each kind of item between `added` and `done`; a star marks any number."""

CUTS = {"length": "max_output_tokens", "content_filter": "content_filter"}
"""Why an answer was cut, and why its response is incomplete then."""

TEXT = st.text(min_size=1, max_size=5)
LOGPROB = TokenLogprob(1, b"a", -0.5, (TokenLogprob(1, b"a", -0.5), TokenLogprob(2, b"\xff", -1.0)))


@st.composite
def answers(draw: st.DrawFn) -> list[GenerationEvent | CompactionMade]:
    """The events of a random answer: texts, thoughts and calls in any order, then its end and its usage."""
    events: list[GenerationEvent | CompactionMade] = []
    if draw(st.booleans()):
        events.append(CompactionMade("short", replaces_history=True, usage=Usage(3, 4)))
    num_calls = 0
    for kind in draw(
        st.lists(st.sampled_from(["text", "thoughts", "refusal", "function", "custom"]), max_size=5)
    ):
        pieces = draw(st.lists(TEXT, max_size=3))
        if kind == "text":
            events += [TextDelta(0, piece, (LOGPROB,)) for piece in pieces]
        elif kind == "thoughts":
            events += [ReasoningDelta(0, piece) for piece in pieces]
        elif kind == "refusal":
            events += [RefusalDelta(0, piece) for piece in pieces]
        elif kind == "function":
            events += [CallStarted(0, num_calls, "function", "look")]
            events += [CallDelta(0, num_calls, "function", piece) for piece in pieces]
        else:
            events += [CallStarted(0, num_calls, "custom", "crm.write")]
            events += [CallDelta(0, num_calls, "custom", piece) for piece in pieces]
        is_call = kind in ("function", "custom")
        if is_call and draw(st.booleans()):
            events.append(CallEnded(0, num_calls))
        num_calls += is_call
    events.append(Finished(0, draw(st.sampled_from([*CUTS, "tool_calls" if num_calls else "stop"]))))
    return [*events, Usage(prompt_tokens=5, completion_tokens=7, cached_tokens=2, reasoning_tokens=1)]


OPTIONS = st.builds(
    OutputOptions,
    has_logprobs=st.booleans(),
    is_summarized=st.booleans(),
    is_sealed=st.booleans(),
    namespaces=st.just({"crm.write": ("crm", "write")}),
)


def sequence(
    answer: list[GenerationEvent | CompactionMade], options: OutputOptions, *, background: bool
) -> list[Event]:
    """All events of a stream, as JSON."""
    return [json.loads(dump_json(event)) for event in _run(answer, options, background=background)]


def _run(
    answer: list[GenerationEvent | CompactionMade], options: OutputOptions, *, background: bool
) -> Iterator[Any]:
    body = CreateResponse(model="m", input="a", background=background)
    head = write_head(body, response_id="resp_1", created_at=1, model="m", tools=[], is_stored=False)
    sequencer = EventSequencer(head, options, now=lambda: 2)
    yield from sequencer.create()
    yield from sequencer.start()
    for event in answer:
        yield from sequencer.feed(event)


def split_items(events: list[Event]) -> list[list[Event]]:
    """The events between the response's own, cut before each `response.output_item.added`."""
    items: list[list[Event]] = []
    for event in events:
        if event["type"] == "response.output_item.added":
            items.append([])
        items[-1].append(event)
    return items


def check_item(index: int, events: list[Event], *, is_summarized: bool) -> Event:
    """Hold the events of one item to the rules; return the finished item."""
    first, *inner, last = events
    assert last["type"] == "response.output_item.done"
    item: Event = last["item"]
    assert {event["output_index"] for event in events} == {index}
    assert first["item"]["id"] == item["id"]
    assert {event["item_id"] for event in inner} <= {item["id"]}
    kind = "summary" if item["type"] == "reasoning" and is_summarized else item["type"]
    if kind == "message" and item["content"][0]["type"] == "refusal":
        kind = "refusal"
    types = [event["type"] for event in inner]
    deltas = [event["delta"] for event in inner if event["type"].endswith(".delta")]
    expected = []
    for name in ITEM_EVENTS[kind]:
        expected += [name.removesuffix("*")] * len(deltas) if name.endswith("*") else [name]
    assert types == expected
    for event in inner:
        if event["type"].endswith(("text.done", "refusal.done", "arguments.done", "input.done")):
            assert "".join(deltas) == next(
                event[key] for key in ("text", "refusal", "arguments", "input") if key in event
            )
    return item


@given(answer=answers(), options=OPTIONS, background=st.booleans())
def test_order(
    answer: list[GenerationEvent | CompactionMade],
    options: OutputOptions,
    background: bool,
) -> None:
    """Whatever a backend answers, its events come in the order that `event_sequencer` writes down."""
    events = sequence(answer, options, background=background)
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    opening = ["response.created", *["response.queued"] * background, "response.in_progress"]
    assert [event["type"] for event in events[: len(opening)]] == opening
    reason = next(event.reason for event in answer if isinstance(event, Finished))
    is_cut = reason in CUTS
    assert events[-1]["type"] == ("response.incomplete" if is_cut else "response.completed")
    output = [
        check_item(index, item, is_summarized=options.is_summarized)
        for index, item in enumerate(split_items(events[len(opening) : -1]))
    ]
    response = events[-1]["response"]
    assert response["output"] == output
    assert response["status"] == ("incomplete" if is_cut else "completed")
    assert (response["incomplete_details"] or {"reason": None})["reason"] == CUTS.get(reason)
    statuses = [item["status"] for item in output if "status" in item]
    is_last_whole = not is_cut or isinstance(answer[-3] if len(answer) > 2 else None, CallEnded)
    assert all(status == "completed" for status in statuses[: None if is_last_whole else -1])


@given(answer=answers(), options=OPTIONS)
def test_nothing_is_lost(answer: list[GenerationEvent | CompactionMade], options: OutputOptions) -> None:
    """All text, thoughts and arguments are in the output, in their order, and all tokens in the usage."""
    response = sequence(answer, options, background=False)[-1]["response"]
    parts = []
    for item in response["output"]:
        contents = item.get("content") or item.get("summary") or ()
        parts += [part.get("text", part.get("refusal")) for part in contents]
        parts += [item[key] for key in ("arguments", "input") if key in item]
    pieces = [
        event.text if isinstance(event, TextDelta | ReasoningDelta | RefusalDelta) else event.arguments
        for event in answer
        if isinstance(event, TextDelta | ReasoningDelta | RefusalDelta | CallDelta)
    ]
    assert "".join(parts) == "".join(pieces)
    is_compacted = isinstance(answer[0], CompactionMade)
    assert response["usage"]["input_tokens"] == (8 if is_compacted else 5)
    assert response["usage"]["total_tokens"] == (19 if is_compacted else 12)


@given(answer=answers(), options=OPTIONS, background=st.booleans())
def test_events_keep_the_contract(
    answer: list[GenerationEvent | CompactionMade],
    options: OutputOptions,
    background: bool,
) -> None:
    """Every event is one that the contract allows in a stream."""
    validator = compile_schema("/components/schemas/ResponseStreamEvent")
    for event in sequence(answer, options, background=background):
        faults = [fault.message for fault in validator.iter_errors(event)]
        assert not faults, (event, faults)


def test_an_empty_answer_has_an_empty_message() -> None:
    """An answer without any text is a message, so that programs find one."""
    events = sequence([Finished(0, "stop"), Usage(1, 0)], OutputOptions(), background=False)
    assert [item["content"][0]["text"] for item in events[-1]["response"]["output"]] == [""]


def test_a_call_that_was_left_cannot_go_on() -> None:
    """A backend that breaks the order is told so, instead of the client being told nonsense."""
    broken: list[GenerationEvent | CompactionMade] = [
        CallStarted(0, 0, "function", "a"),
        TextDelta(0, "b"),
        CallDelta(0, 0, "function", "{}"),
    ]
    with pytest.raises(EngineFailureError, match="call 0"):
        sequence(broken, OutputOptions(), background=False)


def test_a_cut_after_a_whole_call_leaves_it_complete() -> None:
    """The response is incomplete, as the model would have gone on, but its call is one that can be run."""
    cut: list[GenerationEvent | CompactionMade] = [
        CallStarted(0, 0, "function", "look"),
        CallDelta(0, 0, "function", "{}"),
        CallEnded(0, 0),
        Finished(0, "length"),
        Usage(5, 7),
    ]
    events = sequence(cut, OutputOptions(), background=False)
    response = events[-1]["response"]
    assert response["status"] == "incomplete"
    assert response["incomplete_details"] == {"reason": "max_output_tokens"}
    assert [item["status"] for item in response["output"]] == ["completed"]
