"""Holds a reply to the request that it answers: what no model could have answered is refused."""

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from fake_llm_server._controls.reply import Reply, ScriptedCall
from fake_llm_server._seam import GenerationRequest, JsonObject, JsonSchema, JsonSchemaFormat, Tool

_CUT = ("length", "content_filter")
_MAX_FAULTS = 5
_MAX_SHOWN = 300


def list_contradictions(reply: Reply, request: GenerationRequest) -> list[str]:
    """What of a reply contradicts a request, in words; a part that the model writes never does."""
    if reply.choices and len(reply.choices) != request.num_choices:
        return [
            f"the reply has {len(reply.choices)} choices, but the request asks for {request.num_choices}."
        ]
    parts = reply.choices or (reply,)
    return [fault for part in parts for fault in _check_choice(part, request)]


def _check_choice(reply: Reply, request: GenerationRequest) -> Iterator[str]:
    if reply.is_open:
        return
    is_cut = reply.finish_reason in _CUT
    yield from _check_calls(reply, request, is_cut=is_cut)
    if reply.text is not None:
        yield from _check_stop(reply.text, request)
        if not is_cut and not reply.tool_calls:
            yield from _check_format(reply.text, request)


def _check_stop(text: str, request: GenerationRequest) -> Iterator[str]:
    for stop in request.stop:
        if stop and stop in text:
            yield f"the text goes on past the stop string {stop!r}: end it before, as the API does."


def _check_format(text: str, request: GenerationRequest) -> Iterator[str]:
    wanted = request.answer_format
    if wanted is None:
        return
    name = "a JSON object" if isinstance(wanted, JsonObject) else f"the response format {wanted.name!r}"
    schema = wanted.schema if isinstance(wanted, JsonSchemaFormat) else None
    for fault in _list_json_faults(text, schema if schema is not None else {"type": "object"}):
        yield f"the text isn't {name}: {fault}"


def _check_calls(reply: Reply, request: GenerationRequest, *, is_cut: bool) -> Iterator[str]:
    use, calls = request.tool_use, reply.tool_calls
    if use.mode == "required" and not calls and reply.refusal is None and not is_cut:
        wanted = f"the tool {use.named!r}" if use.named else "a tool"
        yield f"the request's tool_choice demands a call of {wanted}, but the reply has none."
    if calls and use.mode == "none" and request.tools:
        yield "the request's tool_choice is 'none', but the reply calls a tool."
    if len(calls) > 1 and not use.is_parallel:
        yield f"the request allows no parallel calls, but the reply has {len(calls)}."
    tools = {tool.name: tool for tool in request.tools}
    for call in calls:
        tool = tools.get(call.name)
        if tool is None:
            offered = ", ".join(tools) or "none"
            yield f"the reply calls {call.name!r}, which isn't offered; the request's tools: {offered}."
        elif use.named not in (None, call.name):
            yield f"the request's tool_choice names {use.named!r}, but the reply calls {call.name!r}."
        elif use.allowed is not None and call.name not in use.allowed:
            yield f"the reply calls {call.name!r}, which the request's tool_choice doesn't allow."
        else:
            yield from _check_arguments(call, tool, is_cut=is_cut)


def _check_arguments(call: ScriptedCall, tool: Tool, *, is_cut: bool) -> Iterator[str]:
    if call.arguments is None or tool.kind == "custom" or is_cut:
        return
    schema = tool.parameters if tool.parameters is not None else {"type": "object"}
    for fault in _list_json_faults(call.arguments, schema):
        yield f"the arguments of {call.name!r} don't suit its parameters: {fault}"


def _list_json_faults(text: str, schema: JsonSchema) -> Iterator[str]:
    """What keeps a text from being JSON that satisfies a schema."""
    shown = text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…"
    try:
        value = json.loads(text)
    except ValueError as error:
        yield f"it is no JSON ({error}): {shown}"
        return
    for _, (path, message) in zip(range(_MAX_FAULTS), _validate(value, json.dumps(schema)), strict=False):
        yield f"{message} at {path}: {shown}"


def _validate(value: Any, schema: str) -> Iterator[tuple[str, str]]:
    validator = _compile(schema)
    for error in validator.iter_errors(value) if validator is not None else ():
        path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.instance_path)
        yield f"${path}", error.message


@lru_cache(maxsize=256)
def _compile(schema: str) -> Any:
    """A validator, or None for a schema that can't be validated by: the API takes some of those."""
    import jsonschema_rs  # noqa: PLC0415 - only replies with JSON pay for it

    try:
        return jsonschema_rs.Draft202012Validator(json.loads(schema), retriever=_refuse_to_fetch)
    except (ValueError, jsonschema_rs.ValidationError):
        return None


def _refuse_to_fetch(address: str) -> Any:
    raise ValueError(f"{address} isn't fetched")
