"""Makes a reply of what was drawn, when the request has come: one that this request can have."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fake_llm_server._controls.adversarial.picks import Picks
from fake_llm_server._controls.adversarial.texts import ODD_TEXTS
from fake_llm_server._controls.adversarial.values import UndrawnError, draw_json
from fake_llm_server._controls.request_check import list_contradictions
from fake_llm_server._controls.schemas import find_answer_schema, find_parameters
from fake_llm_server._controls.writing import reply
from fake_llm_server._seam import GenerationRequest, Tool

if TYPE_CHECKING:
    from fake_llm_server._controls.adversarial.moves import Move
    from fake_llm_server._controls.reply import Reply

_NUM_CALLS = (1, 2, 3)
_RETRY_AFTER_S = 0.001
"""Clients that try again by themselves needn't wait."""


def decide(move: "Move", request: GenerationRequest) -> "Reply":
    """The reply to a request by what was drawn; simpler where the request can't have that.

    What can't be drawn, such as a string with a pattern that no text at hand matches, the model writes.
    """
    for each in (move, replace(move, picks=()), replace(move, kind="text", text="Yes.", pieces=(), picks=())):
        try:
            made = _limit(_make(each, request), request)
        except UndrawnError:
            continue
        if not list_contradictions(made, request):
            return _add_fault(made, move)
    return _add_fault(reply(), move)


def _add_fault(made: "Reply", move: "Move") -> "Reply":
    if move.fault is None or made.error is not None:
        return made
    name, arguments = move.fault
    broken: Reply = getattr(made, name)(**arguments)
    return broken


def _limit(made: "Reply", request: GenerationRequest) -> "Reply":
    """The reply as one that came to the request's limit, if it may be longer; a token has a byte at least."""
    arguments = [call.arguments for call in made.tool_calls]
    if request.max_tokens is None or made.finish_reason == "length" or None in arguments:
        return made
    spoken = [made.text, made.refusal, *arguments, *(call.name for call in made.tool_calls)]
    num_bytes = sum(len(text.encode()) for text in spoken if text)
    return replace(made, finish_reason="length") if num_bytes > request.max_tokens else made


def _make(move: "Move", request: GenerationRequest) -> "Reply":
    picks = Picks(move.picks)
    if move.kind == "error":
        return reply(move.status, retry_after=_RETRY_AFTER_S)
    if move.kind == "refusal":
        return reply(refusal=move.text or "No.", reasoning=move.reasoning)
    tools = _list_tools(request)
    must_call = request.tool_use.mode == "required"
    if tools and (must_call or move.kind == "call" or (move.kind == "cut_off" and picks.is_chosen())):
        return _make_calls(move, request, tools, picks)
    return _make_text(move, request, picks)


def _list_tools(request: GenerationRequest) -> list[Tool]:
    """The tools that may be called, those without a grammar first."""
    use = request.tool_use
    if use.mode == "none":
        return []
    allowed = [
        tool
        for tool in request.tools
        if use.named in (None, tool.name) and (use.allowed is None or tool.name in use.allowed)
    ]
    return [tool for tool in allowed if tool.grammar is None] or allowed


def _make_calls(move: "Move", request: GenerationRequest, tools: Sequence[Tool], picks: Picks) -> "Reply":
    num_calls = picks.choose(_NUM_CALLS) if request.tool_use.is_parallel else 1
    calls = [(tool.name, _write_arguments(tool, picks)) for tool in _choose_tools(tools, num_calls, picks)]
    is_open = any(arguments is ... for _, arguments in calls)
    reason = None
    if move.kind == "cut_off" and not is_open:
        reason = move.finish_reason
        name, arguments = calls[-1]
        calls[-1] = (name, arguments[: len(arguments) // 2])
    text = _end_before_stops(move.text, request) if move.kind == "call" and picks.is_chosen() else ...
    return reply(text, tool_calls=calls, reasoning=move.reasoning, finish_reason=reason)


def _choose_tools(tools: Sequence[Tool], num_calls: int, picks: Picks) -> Iterator[Tool]:
    """Any of the tools, the same one several times as well."""
    return (picks.choose(tools) for _ in range(num_calls))


def _write_arguments(tool: Tool, picks: Picks) -> Any:
    if tool.grammar is not None:
        return ...
    if tool.kind == "custom":
        return picks.choose(ODD_TEXTS)
    return draw_json(find_parameters(tool), picks)


def _make_text(move: "Move", request: GenerationRequest, picks: Picks) -> "Reply":
    wanted = request.answer_format
    text = move.text
    if wanted is not None:
        text = draw_json(find_answer_schema(wanted), picks)
    text = _end_before_stops(text, request)
    reason = None
    if move.kind == "cut_off":
        reason, text = move.finish_reason, text[: (len(text) + 1) // 2]
    chunks = list(_split(text, move.pieces)) if move.pieces else None
    return reply(
        ... if chunks else text, chunks=chunks or None, reasoning=move.reasoning, finish_reason=reason
    )


def _end_before_stops(text: str, request: GenerationRequest) -> str:
    places = [text.find(stop) for stop in request.stop if stop and stop in text]
    return text[: min(places)] if places else text


def _split(text: str, lengths: Sequence[int]) -> Iterator[str]:
    """Pieces of these lengths, and the rest."""
    start = 0
    for length in lengths:
        yield text[start : start + length]
        start += length
    if text[start:]:
        yield text[start:]
