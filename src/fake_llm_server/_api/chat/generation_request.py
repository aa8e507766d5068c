"""Reads a chat request as a `GenerationRequest`."""

from typing import Any

from fake_llm_server._api.chat.conversation import read_turns
from fake_llm_server._api.chat.tools import read_tool_use, read_tools
from fake_llm_server._api.shared.structured_output import FormatPlace, read_schema_format
from fake_llm_server._errors import InvalidRequestError
from fake_llm_server._generated.chat.wire import CreateChatCompletionRequest
from fake_llm_server._seam import DEFAULT_TEMPERATURE, AnswerFormat, GenerationRequest, JsonObject, Sampling


def read_generation_request(body: CreateChatCompletionRequest) -> GenerationRequest:
    """Read a request's body.

    Raises:
        InvalidRequestError: fields contradict each other, or ask for what a text model can't do.
    """
    _check_dependent_fields(body)
    tools = read_tools(body)
    return GenerationRequest(
        turns=read_turns(body.messages),
        tools=tools,
        tool_use=read_tool_use(body, tools),
        sampling=_read_sampling(body),
        max_tokens=body.max_completion_tokens or body.max_tokens,
        stop=_read_stop(body.stop),
        num_choices=body.n or 1,
        num_top_logprobs=(body.top_logprobs or 0) if body.logprobs else None,
        answer_format=_read_response_format(body),
        reasoning_effort=body.reasoning_effort,
        prediction=_read_prediction(body.prediction),
    )


def _read_sampling(body: CreateChatCompletionRequest) -> Sampling:
    return Sampling(
        temperature=DEFAULT_TEMPERATURE if body.temperature is None else body.temperature,
        top_p=1.0 if body.top_p is None else body.top_p,
        seed=body.seed,
        frequency_penalty=body.frequency_penalty or 0.0,
        presence_penalty=body.presence_penalty or 0.0,
        logit_bias={_read_token_id(token): float(bias) for token, bias in (body.logit_bias or {}).items()},
    )


_MAX_DIGITS = 100
"""Of a number that is read at all: Python refuses those of thousands of digits."""


def _read_token_id(token: str) -> int:
    """In OpenAI's words: https://github.com/OkGoDoIt/OpenAI-API-dotnet/issues/163."""
    if not token.isascii() or not token.isdigit() or len(token) > _MAX_DIGITS:
        raise InvalidRequestError(
            f"Invalid key in 'logit_bias': {token}. You should only be submitting non-negative integers.",
            param="logit_bias",
        )
    return int(token)


def _read_stop(stop: Any) -> tuple[str, ...]:
    if stop is None:
        return ()
    return (stop,) if isinstance(stop, str) else tuple(stop)


def _read_response_format(body: CreateChatCompletionRequest) -> AnswerFormat | None:
    given = body.response_format
    if given is None or given.type == "text":
        return None
    if given.type == "json_object":
        texts = [message.model_dump_json(include={"content"}) for message in body.messages]
        if not any("json" in text.lower() for text in texts):
            raise InvalidRequestError(
                "'messages' must contain the word 'json' in some form, to use 'response_format' of type "
                "'json_object'.",
                param="messages",
            )
        return JsonObject()
    shape = given.json_schema
    return read_schema_format(shape, _place_of(shape.name))


def find_format_place(body: CreateChatCompletionRequest) -> FormatPlace | None:
    """Where a request names the schema of its answer, if it has one."""
    given = body.response_format
    if given is None or given.type != "json_schema":
        return None
    return _place_of(given.json_schema.name)


def _place_of(name: str) -> FormatPlace:
    return FormatPlace(name, "response_format", None)


def _read_prediction(prediction: Any) -> str | None:
    if prediction is None:
        return None
    if isinstance(prediction.content, str):
        return prediction.content
    return "".join(part.text for part in prediction.content)


def _check_dependent_fields(body: CreateChatCompletionRequest) -> None:
    """Refuse fields that need another one, or exclude one."""
    if body.max_tokens is not None and body.max_completion_tokens is not None:
        raise InvalidRequestError(
            "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
            param="max_tokens",
            code="invalid_parameter_combination",
        )
    if body.modalities is not None and "audio" in body.modalities:
        raise InvalidRequestError(
            "Unsupported value: 'modalities' does not support 'audio' with this model. Ask for ['text'].",
            param="modalities",
            code="unsupported_value",
        )
    if body.top_logprobs is not None and not body.logprobs:
        _refuse_dependent("top_logprobs", "logprobs")
    if body.stream_options is not None and not body.stream:
        _refuse_dependent("stream_options", "stream")


def _refuse_dependent(name: str, needed: str) -> None:
    """In OpenAI's words, which come without a code: https://github.com/BerriAI/litellm/issues/5803."""
    message = f"The '{name}' parameter is only allowed when '{needed}' is enabled."
    raise InvalidRequestError(message, param=name)
