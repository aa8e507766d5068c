"""Holds the tool messages of a conversation to the calls before them, as OpenAI does.

The words: https://github.com/simonw/llm/issues/937, https://github.com/agno-agi/agno/issues/4345, and
https://github.com/dapr/dapr-agents/issues/145 for an id that no call has.
"""

from collections.abc import Sequence

from fake_llm_server._errors import InvalidRequestError
from fake_llm_server._generated.chat.wire import ChatCompletionRequestMessage


def check_calls_are_answered(messages: Sequence[ChatCompletionRequestMessage]) -> None:
    """Refuse a conversation in which calls and tool messages don't match one to one.

    Raises:
        InvalidRequestError: a tool message answers no call or one that is answered, or a call has no answer.
    """
    answered_at: dict[str, int | None] = {}
    for index, message in enumerate(messages):
        if message.role == "tool":
            _answer(answered_at, message.tool_call_id, index)
            continue
        _check_all_answered(answered_at, f"messages.[{index}].role")
        calls = message.tool_calls if message.role == "assistant" else None
        answered_at = {call.id: None for call in calls or ()}
    _check_all_answered(answered_at, "messages")


def _answer(answered_at: dict[str, int | None], call_id: str, index: int) -> None:
    """Note the place of an answer in `answered_at`, which has the place or None for each call's id."""
    param = f"messages.[{index}].tool_call_id"
    if not answered_at:
        raise InvalidRequestError(
            "Invalid parameter: messages with role 'tool' must be a response to a preceeding message "
            "with 'tool_calls'.",
            param=f"messages.[{index}].role",
        )
    if call_id not in answered_at:
        raise InvalidRequestError(
            f"Invalid parameter: 'tool_call_id' of '{call_id}' not found in 'tool_calls' of previous "
            "message.",
            param=param,
        )
    first = answered_at[call_id]
    if first is not None:
        raise InvalidRequestError(
            f"Invalid parameter: Duplicate value for 'tool_call_id' of '{call_id}', in messages[{first}] and "
            f"messages[{index}].",
            param=param,
        )
    answered_at[call_id] = index


def _check_all_answered(answered_at: dict[str, int | None], param: str) -> None:
    open_ids = [call_id for call_id, place in answered_at.items() if place is None]
    if open_ids:
        raise InvalidRequestError(
            "An assistant message with 'tool_calls' must be followed by tool messages responding to each "
            "'tool_call_id'. The following tool_call_ids did not have response messages: "
            + ", ".join(open_ids),
            param=param,
        )
