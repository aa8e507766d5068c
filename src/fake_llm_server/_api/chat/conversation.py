"""Reads the messages of a chat request as turns, and refuses conversations that OpenAI refuses."""

from collections.abc import Sequence
from typing import Any

from fake_llm_server._api.chat.answered_calls import check_calls_are_answered
from fake_llm_server._api.shared.validation_errors import describe_missing_content
from fake_llm_server._errors import InvalidRequestError
from fake_llm_server._generated.chat.wire import (
    ChatCompletionRequestAssistantMessage,
    ChatCompletionRequestMessage,
)
from fake_llm_server._seam import Role, ToolCall, Turn

_PART_REFUSALS = {
    "image_url": "Invalid content type. image_url is only supported by certain models.",
    "input_audio": "Invalid content type. input_audio is only supported by certain models.",
    "file": "Invalid content type. file is only supported by certain models.",
}
"""Content parts that a text model doesn't take, with OpenAI's words for it.

The words: https://github.com/roboflow/awesome-openai-vision-api-experiments/issues/11. What OpenAI checks
after the types, it reports with paths such as `messages.[1].content.[0].type`, and without a code.
"""


def read_turns(messages: Sequence[ChatCompletionRequestMessage]) -> tuple[Turn, ...]:
    """Read messages as turns.

    Raises:
        InvalidRequestError: a part is no text, or tool messages don't answer the calls before them.
    """
    check_calls_are_answered(messages)
    return tuple(_read_turn(message, position) for position, message in enumerate(messages))


def _read_turn(message: ChatCompletionRequestMessage, position: int) -> Turn:
    match message.role:
        case "assistant":
            return _read_assistant_turn(message, position)
        case "tool":
            text = _read_text(message.content, position)
            return Turn("tool", text, name=message.name, call_id=message.tool_call_id)
        case "function":
            return Turn("tool", message.content or "", name=message.name, call_id=message.name)
        case _:
            role: Role = message.role
            return Turn(role, _read_text(message.content, position), name=message.name)


def _read_assistant_turn(message: ChatCompletionRequestAssistantMessage, position: int) -> Turn:
    calls = tuple(_read_call(call) for call in message.tool_calls or ())
    if message.function_call is not None:
        call = message.function_call
        calls = (ToolCall(call.name, "function", call.name, call.arguments),)
    text = message.refusal if message.content is None else _read_text(message.content, position)
    if text is None and not calls:
        issue = describe_missing_content(position)
        raise InvalidRequestError(issue.message, param=issue.param, code=issue.code)
    return Turn("assistant", text or "", name=message.name, calls=calls, reasoning=message.reasoning_content)


def _read_call(call: Any) -> ToolCall:
    if call.type == "custom":
        return ToolCall(call.id, "custom", call.custom.name, call.custom.input)
    return ToolCall(call.id, "function", call.function.name, call.function.arguments)


def _read_text(content: Any, position: int) -> str:
    """The text of a message's content: a string, or text parts, which follow each other as they stand."""
    if isinstance(content, str):
        return content
    texts = []
    for index, part in enumerate(content):
        if part.type in _PART_REFUSALS:
            param = f"messages.[{position}].content.[{index}].type"
            raise InvalidRequestError(_PART_REFUSALS[part.type], param=param)
        texts.append(part.refusal if part.type == "refusal" else part.text)
    return "".join(texts)
