"""Writes a whole chat completion."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from fake_llm_server._api.chat.logprobs import write_logprobs
from fake_llm_server._api.shared.given_fields import with_fields
from fake_llm_server._api.shared.object_ids import derive_id
from fake_llm_server._generated.chat.wire import (
    ChatCompletionMessageCustomToolCall,
    ChatCompletionMessageCustomToolCallCustom,
    ChatCompletionMessageToolCall,
    ChatCompletionMessageToolCallFunction,
    ChatCompletionResponseMessage,
    ChatCompletionResponseMessageFunctionCall,
    CompletionUsage,
    CompletionUsageCompletionTokensDetails,
    CompletionUsagePromptTokensDetails,
    CreateChatCompletionRequest,
    CreateChatCompletionResponse,
    CreateChatCompletionResponseChoice,
    CreateChatCompletionResponseChoiceLogprobs,
)
from fake_llm_server._seam import Answer, AnsweredCall, Answers, FinishReason, Usage

MESSAGE: Final = "message"
"""The field of a given reply whose fields are those of each choice's message."""

SERVICE_TIER: Final = "default"
"""The tier that every request is served on."""


@dataclass(frozen=True, slots=True)
class CompletionHead:
    """What every part of one completion repeats.

    Attributes:
        created: Unix time, seconds.
        model: the name that the client asked for.
    """

    completion_id: str
    created: int
    model: str


def write_completion(
    head: CompletionHead, body: CreateChatCompletionRequest, answers: Answers
) -> CreateChatCompletionResponse:
    """Write the completion for all choices of a finished answer."""
    assert answers.usage is not None  # noqa: S101 - a finished answer has its usage
    completion = CreateChatCompletionResponse(
        id=head.completion_id,
        object="chat.completion",
        created=head.created,
        model=head.model,
        choices=[
            _write_choice(head, index, body, answer, answers.fields)
            for index, answer in sorted(answers.by_choice.items())
        ],
        usage=write_usage(answers.usage),
        service_tier=SERVICE_TIER,
        system_fingerprint=answers.fingerprint,
    )
    if body.store:
        completion.metadata = body.metadata
    return with_fields(completion, answers.fields)


def _write_choice(
    head: CompletionHead,
    index: int,
    body: CreateChatCompletionRequest,
    answer: Answer,
    fields: Mapping[str, Any],
) -> CreateChatCompletionResponseChoice:
    assert answer.finish_reason is not None  # noqa: S101 - a finished answer has its reason
    logprobs = None
    if body.logprobs:
        logprobs = CreateChatCompletionResponseChoiceLogprobs(
            content=write_logprobs(answer.logprobs), refusal=None
        )
    return CreateChatCompletionResponseChoice(
        index=index,
        message=with_fields(_write_message(head, index, body, answer), fields.get(MESSAGE, {})),
        logprobs=logprobs,
        finish_reason=wire_finish_reason(answer.finish_reason, body),
    )


def _write_message(
    head: CompletionHead, index: int, body: CreateChatCompletionRequest, answer: Answer
) -> ChatCompletionResponseMessage:
    """Write a message; what it doesn't have is left out, as OpenAI leaves it out."""
    has_text = bool(answer.text) or not (answer.calls or answer.refusal)
    message = ChatCompletionResponseMessage(
        role="assistant",
        content=answer.text if has_text else None,
        refusal=answer.refusal or None,
        annotations=[],
    )
    if answer.reasoning:
        message.reasoning_content = answer.reasoning
    if answer.calls and body.functions:
        call = answer.calls[0]
        message.function_call = ChatCompletionResponseMessageFunctionCall(
            name=call.name, arguments=call.arguments
        )
    elif answer.calls:
        message.tool_calls = [
            _write_call(call.call_id or call_id(head, index, position), call)
            for position, call in enumerate(answer.calls)
        ]
    return message


def _write_call(
    written_id: str, call: AnsweredCall
) -> ChatCompletionMessageToolCall | ChatCompletionMessageCustomToolCall:
    if call.kind == "custom":
        return ChatCompletionMessageCustomToolCall(
            id=written_id,
            type="custom",
            custom=ChatCompletionMessageCustomToolCallCustom(name=call.name, input=call.arguments),
        )
    return ChatCompletionMessageToolCall(
        id=written_id,
        type="function",
        function=ChatCompletionMessageToolCallFunction(name=call.name, arguments=call.arguments),
    )


def call_id(head: CompletionHead, choice: int, position: int) -> str:
    """The id of a choice's tool call at `position`."""
    return derive_id("call_", head.completion_id, choice, position)


def write_usage(usage: Usage) -> CompletionUsage:
    """Write token counts."""
    return CompletionUsage(
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        total_tokens=usage.prompt_tokens + usage.completion_tokens,
        prompt_tokens_details=CompletionUsagePromptTokensDetails(
            cached_tokens=usage.cached_tokens, audio_tokens=0
        ),
        completion_tokens_details=CompletionUsageCompletionTokensDetails(
            reasoning_tokens=usage.reasoning_tokens,
            audio_tokens=0,
            accepted_prediction_tokens=usage.accepted_prediction_tokens,
            rejected_prediction_tokens=usage.rejected_prediction_tokens,
        ),
    )


WireFinishReason = Literal["stop", "length", "tool_calls", "content_filter", "function_call"]


def wire_finish_reason(reason: FinishReason, body: CreateChatCompletionRequest) -> WireFinishReason:
    """OpenAI's word for why a choice ended.

    A call that the client demanded by name ends with `stop`, as OpenAI has it; one made through the
    deprecated `functions` with `function_call`.
    """
    if reason != "tool_calls":
        return reason
    if body.functions:
        return "stop" if body.function_call not in (None, "auto") else "function_call"
    is_named = not isinstance(body.tool_choice, str | None) and body.tool_choice.type != "allowed_tools"
    return "stop" if is_named else "tool_calls"
