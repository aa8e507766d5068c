"""Prompts that are too long are shortened until they fit, and no further than needed."""

import json
from collections.abc import Sequence
from typing import Any

from example_factor import EXAMPLE_FACTOR
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_llm_server._seam import GenerationRequest, LeftOut, Tool, ToolCall, Turn
from fake_llm_server._text.long_prompts import MIN_LAST_TEXT, MIN_TEXT, fit_request
from fake_llm_server._text.shortening import (
    NUM_TOOL_LEVELS,
    TEXT_MARK,
    cut_middle,
    shorten_call,
    shorten_tool,
)

OVERHEAD = 4


def count(request: GenerationRequest) -> int:
    """Tokens of four characters, and some for each turn."""
    texts = [f"{turn.text}{''.join(call.arguments for call in turn.calls)}" for turn in request.turns]
    shown = [
        f"{tool.name}{tool.description or ''}{json.dumps(tool.parameters or {})}" for tool in request.tools
    ]
    return sum(len(text) // 4 + OVERHEAD for text in (*texts, *shown))


lengths = st.one_of(st.integers(0, 60), st.integers(0, 6000))


@st.composite
def exchanges(draw: st.DrawFn) -> Sequence[Turn]:
    """A question, calls with their results, and perhaps an answer."""
    turns = [Turn("user", "u" * draw(lengths))]
    for number in range(draw(st.integers(0, 2))):
        ids = [f"call_{number}_{index}" for index in range(draw(st.integers(1, 2)))]
        arguments = [json.dumps({"a": "x" * draw(lengths), "n": 1}) for _ in ids]
        calls = tuple(
            ToolCall(call_id, "function", "f", given) for call_id, given in zip(ids, arguments, strict=True)
        )
        turns.append(Turn("assistant", "", calls=calls))
        turns += [Turn("tool", "r" * draw(lengths), call_id=call_id) for call_id in ids]
    if draw(st.booleans()):
        turns.append(Turn("assistant", "a" * draw(lengths)))
    return turns


@st.composite
def tools(draw: st.DrawFn) -> Tool:
    """A function with descriptions of any length."""
    words = {
        f"p{n}": {"type": "string", "description": "word " * draw(st.integers(0, 100))} for n in range(2)
    }
    parameters = {"type": "object", "properties": words, "required": ["p0"]}
    return Tool("function", draw(st.sampled_from("fgh")), "word " * draw(st.integers(0, 300)), parameters)


@st.composite
def requests(draw: st.DrawFn) -> GenerationRequest:
    """A conversation, perhaps with instructions and tools."""
    leading = draw(st.lists(st.builds(Turn, st.just("system"), lengths.map("s".__mul__)), max_size=2))
    turns = [turn for exchange in draw(st.lists(exchanges(), min_size=1, max_size=8)) for turn in exchange]
    return GenerationRequest(turns=(*leading, *turns), tools=tuple(draw(st.lists(tools(), max_size=4))))


@settings(max_examples=150 * EXAMPLE_FACTOR)
@given(requests(), st.integers(500, 8000))
def test_what_is_fitted_fits(request: GenerationRequest, max_tokens: int) -> None:
    """The result fits, keeps pairs and the last question, and fitting it again changes nothing."""
    fitted, left_out = fit_request(request, count, max_tokens)
    assert count(fitted) <= max_tokens
    assert (left_out is None) == (count(request) <= max_tokens) == (fitted == request)
    assert fit_request(fitted, count, max_tokens) == (fitted, None)
    made = [call.call_id for turn in fitted.turns for call in turn.calls]
    answered = [turn.call_id for turn in fitted.turns if turn.role == "tool"]
    assert made == answered
    for turn in fitted.turns:
        assert all(set(json.loads(call.arguments)) == {"a", "n"} for call in turn.calls)
    asked, seen = (
        [turn.text for turn in each.turns if turn.role == "user"][-1] for each in (request, fitted)
    )
    assert len(seen) >= min(len(asked), MIN_LAST_TEXT)
    assert seen[:20] == asked[:20]
    assert seen[-20:] == asked[-20:]
    assert fitted.turns[-1].role == request.turns[-1].role
    assert [tool.name for tool in fitted.tools] == [tool.name for tool in request.tools]


@settings(max_examples=50 * EXAMPLE_FACTOR)
@given(requests(), st.integers(100, 8000))
def test_tokens_are_counted_seldom(request: GenerationRequest, max_tokens: int) -> None:
    """A large prompt is counted a few dozen times, however large it is."""
    large = GenerationRequest(turns=request.turns * 40, tools=request.tools)
    num_counts = 0

    def count_calls(option: GenerationRequest) -> int:
        nonlocal num_counts
        num_counts += 1
        return count(option)

    fit_request(large, count_calls, max_tokens)
    assert num_counts <= 40


def test_the_order_of_what_is_left_out() -> None:
    """First the words of tools, then the middle of the longest texts, then the oldest turns."""
    old, answer = Turn("user", "a" * 2000), Turn("assistant", "b" * 2000)
    turns = (Turn("system", "s" * 400), old, answer, Turn("user", "c" * 4000))
    tool = Tool("function", "f", "word " * 400)
    request = GenerationRequest(turns=turns, tools=(tool,))
    whole = count(request)
    fitted, left_out = fit_request(request, count, whole - 100)
    assert (fitted.turns, left_out) == (turns, LeftOut(num_tools=1))
    fitted, left_out = fit_request(request, count, whole - 800)
    assert left_out == LeftOut(num_tools=1, num_texts=1)
    assert fitted.turns[:3] == turns[:3]
    assert TEXT_MARK in fitted.turns[3].text
    fitted, left_out = fit_request(request, count, 3 * MIN_TEXT // 4)
    assert left_out == LeftOut(num_tools=1, num_texts=1, num_turns=2)
    assert [turn.text[0] for turn in fitted.turns] == ["s", "c"]


def test_an_agents_last_call_stays() -> None:
    """Of a long task, the question and the latest steps are left, each call with its result."""
    steps: list[Turn] = []
    for number in range(60):
        call = ToolCall(f"call_{number}", "function", "shell", json.dumps({"command": f"ls {number}"}))
        steps += [Turn("assistant", "", calls=(call,)), Turn("tool", "file " * 150, call_id=call.call_id)]
    request = GenerationRequest(turns=(Turn("user", "Mend the bug."), *steps))
    fitted, left_out = fit_request(request, count, 2000)
    assert fitted.turns[0] == request.turns[0]
    assert fitted.turns[-2:] == request.turns[-2:]
    assert left_out is not None
    assert left_out.num_turns % 2 == 0
    assert left_out.num_turns == len(request.turns) - len(fitted.turns) > 0


@given(st.text(max_size=300), st.integers(len(TEXT_MARK), 200))
def test_a_cut_text_has_both_its_ends(text: str, limit: int) -> None:
    """A text is as long as allowed, and begins and ends as it did."""
    cut = cut_middle(text, limit)
    assert len(cut) == min(len(text), limit)
    start, _, end = cut.partition(TEXT_MARK)
    assert text.startswith(start)
    assert text.endswith(end)


def test_cut_arguments_are_json() -> None:
    """Arguments keep their names and small values; an input that isn't JSON is cut as a text."""
    given: dict[str, Any] = {"path": "a.py", "content": "x" * 5000, "lines": [1, 2]}
    cut = json.loads(shorten_call(ToolCall("c", "function", "f", json.dumps(given)), 400).arguments)
    assert {**cut, "content": ""} == {**given, "content": ""}
    assert len(cut["content"]) < 500
    for call in (ToolCall("c", "custom", "f", "y" * 5000), ToolCall("c", "function", "f", "{" * 5000)):
        assert len(shorten_call(call, 400).arguments) == 400


def test_a_tool_shrinks_with_each_level() -> None:
    """Words go first, then what is within the parameters; the name stays."""
    member = {"type": "array", "items": {"type": "string", "description": "long " * 90}, "title": "T"}
    parameters = {"type": "object", "properties": {"description": member}, "required": ["description"]}
    tool = Tool("function", "f", "word " * 300, parameters)
    short = [shorten_tool(tool, level) for level in range(NUM_TOOL_LEVELS + 1)]
    sizes = [len(f"{each.description}{json.dumps(each.parameters)}") for each in short]
    assert sizes == sorted(set(sizes), reverse=True)
    assert short[0] is tool
    assert short[-2].parameters == {"type": "object", "properties": {"description": {"type": "array"}}}
    assert (short[-1].name, short[-1].parameters) == ("f", None)
