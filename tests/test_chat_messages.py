"""Messages in every role reach the model; conversations that OpenAI refuses are refused."""

from typing import Any

import openai
import pytest
from conftest import MODEL

CALL = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
ASKED = {"role": "assistant", "content": None, "tool_calls": [CALL]}
ANSWERED = {"role": "tool", "tool_call_id": "call_1", "content": "42"}
USER = {"role": "user", "content": "Say hi."}


def count_prompt_tokens(client: openai.OpenAI, messages: list[Any]) -> int:
    """Tokens of the prompt that messages become."""
    answer = client.chat.completions.create(model=MODEL, messages=messages, max_tokens=1)
    assert answer.usage is not None
    return answer.usage.prompt_tokens


@pytest.mark.parametrize(
    "message",
    [
        {"role": "system", "content": "You are terse."},
        {"role": "developer", "content": "You are terse."},
        {"role": "system", "content": [{"type": "text", "text": "You are terse."}]},
        {"role": "assistant", "content": "Hello."},
        {"role": "assistant", "content": [{"type": "refusal", "refusal": "I won't."}]},
        {"role": "assistant", "content": None, "refusal": "I won't."},
        {"role": "assistant", "content": "Hello.", "annotations": []},
        {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}},
        {"role": "function", "name": "f", "content": "42"},
        {"role": "user", "content": [{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo."}]},
        {"role": "user", "content": "Hello.", "name": "Ann"},
    ],
)
def test_every_role_and_form_reaches_the_model(client: openai.OpenAI, message: dict[str, Any]) -> None:
    """A further message, in whatever role and form, makes the prompt longer."""
    assert count_prompt_tokens(client, [USER, message, USER]) > count_prompt_tokens(client, [USER, USER])


def test_developer_is_system_and_parts_are_text(client: openai.OpenAI) -> None:
    """A developer's message counts as a system message, and parts count as the text they make."""
    forms: list[list[Any]] = [
        [{"role": "system", "content": "You are terse."}, USER],
        [{"role": "developer", "content": "You are terse."}, USER],
        [
            {
                "role": "system",
                "content": [{"type": "text", "text": "You are "}, {"type": "text", "text": "terse."}],
            },
            USER,
        ],
    ]
    answers = [
        client.chat.completions.create(model=MODEL, messages=form, max_tokens=6).choices[0].message.content
        for form in forms
    ]
    assert len(set(answers)) == 1


def test_calls_and_results_make_the_round_trip(client: openai.OpenAI) -> None:
    """An assistant's calls and the tools' results are shown to the model."""
    with_result = count_prompt_tokens(client, [USER, ASKED, ANSWERED])
    longer: dict[str, Any] = {**ANSWERED, "content": "42 " * 20}
    assert count_prompt_tokens(client, [USER, ASKED, longer]) > with_result


@pytest.mark.parametrize(
    ("messages", "message", "param"),
    [
        (
            [USER, ANSWERED],
            "must be a response to a preceeding message with 'tool_calls'",
            "messages.[1].role",
        ),
        (
            [ASKED, ANSWERED, ANSWERED],
            r"Duplicate value for 'tool_call_id' of 'call_1', in messages\[1\] and messages\[2\]\.$",
            "messages.[2].tool_call_id",
        ),
        (
            [ASKED, {**ANSWERED, "tool_call_id": "call_2"}],
            "'tool_call_id' of 'call_2' not found in 'tool_calls' of previous message",
            "messages.[1].tool_call_id",
        ),
        (
            [ASKED, ANSWERED, USER, ANSWERED],
            "must be a response to a preceeding message with 'tool_calls'",
            "messages.[3].role",
        ),
        ([USER, ASKED], "did not have response messages: call_1", "messages"),
        ([USER, ASKED, USER], "did not have response messages: call_1", "messages.[2].role"),
        ([{"role": "assistant"}], "expected a string, got null", "messages.[0].content"),
        (
            [
                USER,
                {**ASKED, "tool_calls": [{**CALL, "function": {"name": "f g", "arguments": "{}"}}]},
                ANSWERED,
            ],
            "does not match pattern",
            "messages[1].tool_calls[0].function.name",
        ),
        (
            [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://x/y.png"}}]}],
            "image_url is only supported by certain models",
            "messages.[0].content.[0].type",
        ),
        (
            [
                {
                    "role": "user",
                    "content": [{"type": "input_audio", "input_audio": {"data": "", "format": "mp3"}}],
                }
            ],
            "input_audio is only supported by certain models",
            "messages.[0].content.[0].type",
        ),
        (
            [USER, {"role": "user", "content": [{"type": "file", "file": {"file_id": "f"}}]}],
            "file is only supported by certain models",
            "messages.[1].content.[0].type",
        ),
        ([{"role": "robot", "content": "x"}], "Invalid value: 'robot'", "messages[0].role"),
        ([], "empty array", "messages"),
    ],
)
def test_bad_conversations_are_refused(
    client: openai.OpenAI, messages: list[Any], message: str, param: str
) -> None:
    """A conversation that OpenAI refuses is refused, naming the message."""
    with pytest.raises(openai.BadRequestError, match=message) as caught:
        client.chat.completions.create(model=MODEL, messages=messages, max_tokens=1)
    assert caught.value.param == param


def test_too_long_prompt_is_refused(client: openai.OpenAI) -> None:
    """A prompt longer than the window is refused with its numbers, and the next request is served."""
    with pytest.raises(openai.BadRequestError, match="maximum context length is 4096 tokens") as caught:
        client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "a " * 6000}])
    assert caught.value.code == "context_length_exceeded"
    assert caught.value.param == "messages"
    assert count_prompt_tokens(client, [USER]) > 0


def test_more_tokens_than_the_window_are_bounded(client: openai.OpenAI) -> None:
    """More tokens than the window has are no error: programs ask for what their model could give."""
    answer = client.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": "Say hi."}], max_tokens=100_000, stop=[" "]
    )
    assert answer.choices[0].finish_reason == "stop"
