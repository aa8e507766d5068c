"""The parser of answers: the same events however the text is cut into pieces."""

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_llm_server._seam import (
    CallDelta,
    CallEnded,
    CallStarted,
    GenerationEvent,
    ReasoningDelta,
    TextDelta,
    TokenLogprob,
    Tool,
)
from fake_llm_server._text.answer_parser import AnswerParser
from fake_llm_server._text.tool_format import HERMES, LLAMA3, ToolCallFormat

WEATHER = Tool("function", "get_weather")
SHELL = Tool("custom", "shell")
CALL = '<tool_call>\n{"name": "get_weather", "arguments": {"city": "a } \\" b"}}\n</tool_call>'
LLAMA_CALL = '{"name": "get_weather", "parameters": {"city": "Rome"}}'
CUSTOM_CALL = "<custom_call:shell>ls </dev></custom_call>"

Parsed = list[tuple[str, object]]


def parse(
    pieces: list[str],
    *,
    tools: tuple[Tool, ...] = (),
    call_format: ToolCallFormat = HERMES,
    has_thoughts: bool = False,
) -> Parsed:
    """Parse pieces, and join the deltas that follow each other."""
    parser = AnswerParser(choice=0, tools=tools, call_format=call_format, has_thoughts=has_thoughts)
    events: list[GenerationEvent] = [event for piece in pieces for event in parser.feed(piece)]
    events.extend(parser.finish())
    return join(events)


def join(events: list[GenerationEvent]) -> Parsed:
    """What the events say, with neighbouring deltas of a kind joined."""
    joined: Parsed = []
    for event in events:
        match event:
            case TextDelta(text=text):
                kind = "text"
            case ReasoningDelta(text=text):
                kind = "thought"
            case CallDelta(arguments=text, index=index):
                kind = f"arguments {index}"
            case CallStarted():
                joined.append(("call", event.name))
                continue
            case CallEnded():
                joined.append(("end", event.index))
                continue
            case _:
                pytest.fail(f"unexpected event {event}")
        if joined and joined[-1][0] == kind:
            joined[-1] = (kind, f"{joined[-1][1]}{text}")
        else:
            joined.append((kind, text))
    return joined


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        ("Hello", {}, [("text", "Hello")]),
        (CALL, {}, [("text", CALL)]),
        ("<think>hm</think>\n\nHi", {}, [("text", "<think>hm</think>\n\nHi")]),
        ("<think>hm</think>\n\nHi", {"has_thoughts": True}, [("thought", "hm"), ("text", "Hi")]),
        ("<think>cut o", {"has_thoughts": True}, [("thought", "cut o")]),
        ("a <think> b", {"has_thoughts": True}, [("text", "a <think> b")]),
        (
            CALL,
            {"tools": (WEATHER,)},
            [("call", "get_weather"), ("arguments 0", '{"city": "a } \\" b"}'), ("end", 0)],
        ),
        (
            f"Let me see. {CALL}\n{CALL}",
            {"tools": (WEATHER,)},
            [
                ("text", "Let me see. "),
                ("call", "get_weather"),
                ("arguments 0", '{"city": "a } \\" b"}'),
                ("end", 0),
                ("call", "get_weather"),
                ("arguments 1", '{"city": "a } \\" b"}'),
                ("end", 1),
            ],
        ),
        (
            LLAMA_CALL,
            {"tools": (WEATHER,), "call_format": LLAMA3},
            [("call", "get_weather"), ("arguments 0", '{"city": "Rome"}'), ("end", 0)],
        ),
        (
            f"{CUSTOM_CALL}\n{CALL}",
            {"tools": (WEATHER, SHELL)},
            [
                ("call", "shell"),
                ("arguments 0", "ls </dev>"),
                ("end", 0),
                ("call", "get_weather"),
                ("arguments 1", '{"city": "a } \\" b"}'),
                ("end", 1),
            ],
        ),
        ("see <tool_call", {"tools": (WEATHER,)}, [("text", "see <tool_call")]),
        (
            CALL[: CALL.index(' "a }')],
            {"tools": (WEATHER,)},
            [("call", "get_weather"), ("arguments 0", '{"city":')],
        ),
    ],
)
def test_answers_are_parsed_alike_whole_and_in_characters(
    text: str, options: dict[str, object], expected: Parsed
) -> None:
    """Text, thoughts and calls come out the same, in one piece or character by character."""
    assert parse([text], **options) == expected  # type: ignore[arg-type]  # a table of keyword arguments
    assert parse(list(text), **options) == expected  # type: ignore[arg-type]  # as above


@given(
    parts=st.lists(st.sampled_from([CALL, CUSTOM_CALL]), max_size=3),
    lead=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="<"), max_size=20),
    cuts=st.lists(st.integers(min_value=0, max_value=300), max_size=12),
)
def test_pieces_make_no_difference(parts: list[str], lead: str, cuts: list[int]) -> None:
    """However an answer is cut into pieces, its events say the same."""
    text = lead + "\n".join(parts)
    borders = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    pieces = [text[start:end] for start, end in itertools.pairwise(borders)]
    whole = parse([text], tools=(WEATHER, SHELL))
    assert parse(pieces, tools=(WEATHER, SHELL)) == whole
    assert sum(kind == "call" for kind, _ in whole) == len(parts)


@given(
    arguments=st.dictionaries(st.text(max_size=5), st.recursive(st.text(max_size=8), st.lists, max_leaves=4))
)
def test_arguments_end_where_their_object_ends(arguments: dict[str, object]) -> None:
    """Brackets and quotes inside of strings don't end the arguments."""
    written = json.dumps(arguments)
    text = f'<tool_call>\n{{"name": "get_weather", "arguments": {written}}}\n</tool_call>'
    assert parse(list(text), tools=(WEATHER,)) == [
        ("call", "get_weather"),
        ("arguments 0", written),
        ("end", 0),
    ]


def test_a_space_after_the_prompt_s_colon_is_no_text() -> None:
    """It is left out of the text and of its token, but only at the beginning."""
    parser = AnswerParser(0, (), HERMES, follows_colon=True)
    tokens = [TokenLogprob(number, piece, -1.0) for number, piece in enumerate([b" It", b" is"])]
    events = [event for token in tokens for event in parser.feed(token.piece.decode(), logprobs=[token])]
    deltas = [event for event in [*events, *parser.finish()] if isinstance(event, TextDelta)]
    assert "".join(delta.text for delta in deltas) == "It is"
    assert [token.piece for delta in deltas for token in delta.logprobs] == [b"It", b" is"]


def test_every_logprob_comes_out_once() -> None:
    """The logprobs of tokens whose text was held back come with the text that they complete."""
    parser = AnswerParser(choice=0, tools=(WEATHER,), call_format=HERMES)
    tokens = [TokenLogprob(number, b"x", -0.5) for number in range(len(CALL))]
    events: list[GenerationEvent] = []
    for character, token in zip(CALL, tokens, strict=True):
        events.extend(parser.feed(character, num_tokens=1, logprobs=[token]))
    events.extend(parser.finish())
    reported = [token for event in events if isinstance(event, CallDelta) for token in event.logprobs]
    assert reported == tokens[: len(reported)]
    assert len(reported) >= len('<tool_call>\n{"name": "get_weather", "arguments": {"city": "a } \\" b"}')


@pytest.mark.parametrize(
    ("text", "must_call", "is_cut", "expected"),
    [
        ('<tool_call>\n{"name": "get', False, True, ""),
        ('<tool_call>\n{"name": "get', False, False, '<tool_call>\n{"name": "get'),
        ("a <tool_call", False, True, "a <tool_call"),
        ("<tool_call", True, True, ""),
        ("<custom_call:sh", False, True, ""),
        ("1 < 2", False, True, "1 < 2"),
    ],
)
def test_head_of_a_cut_call_is_no_text(text: str, must_call: bool, is_cut: bool, expected: str) -> None:
    """A call that a limit cut before its arguments leaves nothing in the text; anything else is kept."""
    parser = AnswerParser(0, (WEATHER, SHELL), HERMES, must_call=must_call)
    events = [*parser.feed(text), *parser.finish(is_cut=is_cut)]
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == expected


@pytest.mark.parametrize(
    ("text", "has_thoughts", "expected"),
    [
        ("<custom_call:shell>ls </custom_", False, "ls "),
        ("<custom_call:shell>a <", False, "a <"),
        ("<think>hm</thi", True, "hm"),
    ],
)
def test_end_mark_that_was_cut_is_not_shown(text: str, has_thoughts: bool, expected: str) -> None:
    """An input or a thought that a limit cut inside of its end mark is shown without the mark's beginning."""
    parser = AnswerParser(0, (WEATHER, SHELL), HERMES, has_thoughts=has_thoughts)
    events = [*parser.feed(text), *parser.finish(is_cut=True)]
    shown = [getattr(event, "text", getattr(event, "arguments", "")) for event in events]
    assert "".join(shown) == expected
