"""Holds a reply to the request that it answers: what no model could have answered is refused."""

import difflib
from collections.abc import Iterator, Sequence

from fake_llm_server._controls.grammar_check import find_grammar_fault
from fake_llm_server._controls.item_parts import read_item_calls, read_item_texts
from fake_llm_server._controls.json_check import list_gap_faults, list_text_faults
from fake_llm_server._controls.reply import Reply, ScriptedCall
from fake_llm_server._controls.schemas import ANY_OBJECT, find_answer_schema, find_parameters
from fake_llm_server._controls.wanted_text import PartialText
from fake_llm_server._seam import (
    AnswerFormat,
    GenerationRequest,
    Grammar,
    JsonObject,
    JsonSchemaFormat,
    TextPattern,
    Tool,
)

_CUT = ("length", "content_filter")
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
    is_cut = reply.finish_reason in _CUT
    if not reply.is_open or reply.wanted is not None:
        yield from _check_calls(reply, request, is_cut=is_cut)
    if reply.logprobs is not None and request.num_top_logprobs is None:
        yield "the reply has logprobs, but the request asks for none: leave them out, or ask for them."
    for text in (*read_item_texts(reply.items), *([] if reply.text is None else [reply.text])):
        yield from _check_stop(text, request)
        if not is_cut and not reply.tool_calls:
            yield from list_format_faults(text, request.answer_format)
    asked = request.answer_format
    if (
        isinstance(reply.wanted, PartialText)
        and isinstance(asked, JsonSchemaFormat)
        and asked.schema is not None
    ):
        faults = list_gap_faults(reply.wanted.value, asked.schema)
        yield from _word(f"the JSON isn't the response format {asked.name!r}", faults)


def _check_stop(text: str, request: GenerationRequest) -> Iterator[str]:
    for stop in request.stop:
        if stop and stop in text:
            yield f"the text goes on past the stop string {stop!r}: end it before, as the API does."


def list_format_faults(text: str, asked: AnswerFormat | None) -> list[str]:
    """What keeps a whole text from being in the form that is asked for."""
    match asked:
        case None:
            return []
        case TextPattern():
            fault = find_grammar_fault(Grammar("regex", asked.pattern), text)
            return _word(f"the text isn't like {asked.pattern!r}", [fault] if fault else [], text)
        case JsonObject():
            return _word("the text isn't a JSON object", list_text_faults(text, ANY_OBJECT), text)
        case JsonSchemaFormat():
            faults = list_text_faults(text, find_answer_schema(asked))
            return _word(f"the text isn't the response format {asked.name!r}", faults, text)


def _check_calls(reply: Reply, request: GenerationRequest, *, is_cut: bool) -> Iterator[str]:
    made = [ScriptedCall(call.name, call.arguments) for call in read_item_calls(reply.items)]
    use, calls = request.tool_use, (*made, *reply.tool_calls)
    has_hosted = bool(use.hosted) or any(str(item["type"]).endswith("_call") for item in reply.items)
    if use.mode == "required" and not has_hosted and not calls and reply.refusal is None and not is_cut:
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
            yield _word_unknown(call.name, list(tools))
        elif use.named not in (None, call.name):
            yield f"the request's tool_choice names {use.named!r}, but the reply calls {call.name!r}."
        elif use.allowed is not None and call.name not in use.allowed:
            allowed = ", ".join(sorted(use.allowed))
            yield f"the request's tool_choice allows only {allowed}, but the reply calls {call.name!r}."
        elif not is_cut:
            yield from list_argument_faults(call, tool)


def _word_unknown(name: str, offered: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, offered, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    tools = ", ".join(offered) or "none"
    return f"the reply calls {name!r}, which isn't offered; the request's tools: {tools}.{hint}"


def list_argument_faults(call: ScriptedCall, tool: Tool) -> list[str]:
    """What keeps the arguments of a call, as far as they are written, from being what its tool takes."""
    if tool.kind == "custom":
        return _check_input(call, tool)
    schema = find_parameters(tool)
    faults: list[str] = []
    if call.arguments is not None:
        faults = list_text_faults(call.arguments, schema)
    elif call.partial is not None:
        faults = list_gap_faults(call.partial, schema)
    return _word(f"the arguments of {call.name!r} don't suit its parameters", faults, call.arguments)


def _check_input(call: ScriptedCall, tool: Tool) -> list[str]:
    if call.partial is not None:
        return [f"{call.name!r} is a custom tool, whose input is text: `...` can stand for all of it alone."]
    if call.arguments is None or tool.grammar is None:
        return []
    fault = find_grammar_fault(tool.grammar, call.arguments)
    return _word(
        f"the input of {call.name!r} isn't in its language", [fault] if fault else [], call.arguments
    )


def _word(what: str, faults: Sequence[str], written: str | None = None) -> list[str]:
    """One fault of all that is wrong with a part of the reply, a line for each; none if nothing is."""
    if not faults:
        return []
    shown = [] if written is None else [f"in  {written[:_MAX_SHOWN]}{'…' * (len(written) > _MAX_SHOWN)}"]
    return ["\n    ".join([f"{what}:", *faults, *shown])]
