"""Writes the response object as it begins: identity, and every setting of the request."""

from collections.abc import Sequence
from typing import Any, Literal

from fake_llm_server._generated.responses.wire import (
    CreateResponse,
    PromptCacheOptions,
    Reasoning,
    Response,
    ResponseTextParam,
    ResponseUsage,
    ResponseUsageInputTokensDetails,
    ResponseUsageOutputTokensDetails,
)
from fake_llm_server._generated.shared import ResponseFormatText
from fake_llm_server._seam import DEFAULT_TEMPERATURE, Usage

_SERVICE_TIER: Literal["default"] = "default"
"""The tier that every request is served on."""


def write_head(
    body: CreateResponse,
    *,
    response_id: str,
    created_at: int,
    model: str,
    tools: Sequence[Any],
    is_stored: bool,
) -> Response:
    """The response to `body` before any output: `queued` in the background, else `in_progress`.

    Args:
        body: the request.
        response_id: see `ObjectIds`.
        created_at: Unix time, seconds.
        model: the name that the client asked for.
        tools: as the response repeats them.
        is_stored: whether it can be asked for later.
    """
    head = Response(
        id=response_id,
        object="response",
        created_at=created_at,
        status="queued" if body.background else "in_progress",
        background=bool(body.background),
        completed_at=None,
        error=None,
        incomplete_details=None,
        instructions=body.instructions,
        max_output_tokens=body.max_output_tokens,
        max_tool_calls=body.max_tool_calls,
        model=model,
        output=[],
        parallel_tool_calls=body.parallel_tool_calls is not False,
        previous_response_id=body.previous_response_id,
        prompt_cache_key=body.prompt_cache_key,
        prompt_cache_retention=body.prompt_cache_retention,
        reasoning=_write_reasoning(body.reasoning),
        safety_identifier=body.safety_identifier,
        service_tier=_SERVICE_TIER,
        store=is_stored,
        temperature=DEFAULT_TEMPERATURE if body.temperature is None else body.temperature,
        text=_write_text(body.text),
        tool_choice="auto" if body.tool_choice is None else body.tool_choice,
        tools=list(tools),
        top_logprobs=body.top_logprobs or 0,
        top_p=1.0 if body.top_p is None else body.top_p,
        truncation=body.truncation or "disabled",
        usage=None,
        metadata=body.metadata or {},
    )
    if body.user is not None:
        head.user = body.user
    if body.prompt_cache_options is not None:
        options = body.prompt_cache_options
        head.prompt_cache_options = PromptCacheOptions(
            ttl=options.ttl or "30m", mode=options.mode or "implicit"
        )
    return head


def write_usage(usage: Usage, compaction: Usage | None = None) -> ResponseUsage:
    """Token counts of a response, with those of the compaction that came before the answer."""
    parts = [usage] if compaction is None else [usage, compaction]
    input_tokens = sum(part.prompt_tokens for part in parts)
    output_tokens = sum(part.completion_tokens for part in parts)
    return ResponseUsage(
        input_tokens=input_tokens,
        input_tokens_details=ResponseUsageInputTokensDetails(
            cached_tokens=sum(part.cached_tokens for part in parts), cache_write_tokens=0
        ),
        output_tokens=output_tokens,
        output_tokens_details=ResponseUsageOutputTokensDetails(
            reasoning_tokens=sum(part.reasoning_tokens for part in parts)
        ),
        total_tokens=input_tokens + output_tokens,
    )


def _write_reasoning(given: Reasoning | None) -> Reasoning:
    written = Reasoning(
        effort=given.effort if given else None,
        summary=(given.summary or given.generate_summary) if given else None,
    )
    if given and given.context is not None:
        written.context = given.context
    if given and given.mode is not None:
        written.mode = given.mode
    return written


def _write_text(given: ResponseTextParam | None) -> ResponseTextParam:
    return ResponseTextParam(
        format=(given and given.format) or ResponseFormatText(type="text"),
        verbosity=(given and given.verbosity) or "medium",
    )
