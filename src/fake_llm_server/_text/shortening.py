"""Shortens parts of a request: the middle of texts and of strings in arguments, the descriptions of tools."""

import json
from dataclasses import replace
from typing import Any

from fake_llm_server._seam import JsonSchema, Tool, ToolCall, Turn

TEXT_MARK = "\n[... left out ...]\n"
"""Stands where a text's middle was."""

_DESCRIPTION_LIMITS = ((512, 256), (256, 128), (128, 64), (64, 0))
_OUTLINED = len(_DESCRIPTION_LIMITS) + 1
_NAMED = _OUTLINED + 1

NUM_DESCRIPTION_LEVELS = len(_DESCRIPTION_LIMITS)
"""Levels of `shorten_tool` that touch descriptions only."""

NUM_TOOL_LEVELS = _NAMED
"""Levels of `shorten_tool`; at the last one only a tool's name and the start of its description are left."""

_WORDS = frozenset({"description", "title", "examples", "$comment"})
"""What a schema says to readers, where it is no schema itself."""


def cut_middle(text: str, limit: int) -> str:
    """A text of at most `limit` characters: its beginning and its end, with `TEXT_MARK` between them.

    Args:
        text: any text; one that is short enough is returned as it is.
        limit: in characters, at least `len(TEXT_MARK)`.
    """
    if len(text) <= limit:
        return text
    kept = limit - len(TEXT_MARK)
    return f"{text[: kept - kept // 2]}{TEXT_MARK}{text[len(text) - kept // 2 :]}"


def shorten_turn(turn: Turn, limit: int) -> Turn:
    """A turn whose text, thoughts and calls' arguments have about `limit` characters each, or fewer."""
    calls = tuple(shorten_call(call, limit) for call in turn.calls)
    reasoning = None if turn.reasoning is None else cut_middle(turn.reasoning, limit)
    short = replace(turn, text=cut_middle(turn.text, limit), calls=calls, reasoning=reasoning)
    return turn if short == turn else short


def shorten_call(call: ToolCall, limit: int) -> ToolCall:
    """A call whose input is cut, or whose arguments are JSON still, with the middle of their strings cut."""
    if len(call.arguments) <= limit:
        return call
    if call.kind == "custom":
        return replace(call, arguments=cut_middle(call.arguments, limit))
    try:
        arguments = _cut_strings(json.loads(call.arguments), limit / len(call.arguments))
        return replace(call, arguments=json.dumps(arguments, ensure_ascii=False))
    except (ValueError, RecursionError):
        return replace(call, arguments=cut_middle(call.arguments, limit))


def _cut_strings(value: Any, share: float) -> Any:
    match value:
        case str():
            return cut_middle(value, max(2 * len(TEXT_MARK), int(len(value) * share)))
        case list():
            return [_cut_strings(member, share) for member in value]
        case dict():
            return {name: _cut_strings(member, share) for name, member in value.items()}
    return value


def shorten_tool(tool: Tool, level: int) -> Tool:
    """A tool that takes less of a prompt; its name stays.

    Args:
        tool: as the client sent it.
        level: 0 changes nothing; up to `NUM_DESCRIPTION_LEVELS` descriptions are cut after fewer and fewer
            characters, and then the parameters to their names and types, and to nothing.
    """
    if level == 0:
        return tool
    own, inner = _DESCRIPTION_LIMITS[min(level, NUM_DESCRIPTION_LEVELS) - 1]
    description = None if tool.description is None else _cut_end(tool.description, own)
    grammar = tool.grammar and replace(tool.grammar, definition=_cut_end(tool.grammar.definition, own))
    short = replace(
        tool, description=description, grammar=grammar, parameters=_shorten_schema(tool, level, inner)
    )
    return tool if short == tool else short


def _shorten_schema(tool: Tool, level: int, inner: int) -> JsonSchema | None:
    if level == _NAMED or tool.parameters is None:
        return None
    try:
        shortened = _shorten_words(tool.parameters, inner)
    except RecursionError:
        return None
    return _outline(shortened) if level == _OUTLINED else shortened


def _shorten_words(schema: Any, limit: int) -> Any:
    """A schema whose words are cut; they go where the limit is 0."""
    if isinstance(schema, list):
        return [_shorten_words(member, limit) for member in schema]
    if not isinstance(schema, dict):
        return schema
    shortened = {}
    for name, member in schema.items():
        is_word = name in _WORDS and isinstance(member, str | list)
        if is_word and (limit == 0 or name == "examples"):
            continue
        shortened[name] = (
            _cut_end(member, limit) if is_word and isinstance(member, str) else _shorten_words(member, limit)
        )
    return shortened


def _outline(schema: Any) -> JsonSchema:
    """The names and types of an object's properties, and nothing within them."""
    properties = schema.get("properties") if isinstance(schema, dict) else None
    members = properties.items() if isinstance(properties, dict) else ()
    outlined = {
        name: {"type": member["type"]} if isinstance(member, dict) and "type" in member else {}
        for name, member in members
    }
    return {"type": "object", "properties": outlined}


def _cut_end(text: str, limit: int) -> str:
    """The beginning of a text, up to a word's end."""
    if len(text) <= limit:
        return text
    start = text[: limit - 1]
    return f"{start.rpartition(' ')[0] or start}…"
