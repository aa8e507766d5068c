"""Lists of values in a text, each of which needs a call of its own: `Paris and London`, `a.txt, b.txt`."""

import re
from collections.abc import Mapping
from typing import Any

from fake_llm_server._seam import Tool
from fake_llm_server._text.tool_choice.tool_words import parameters, required_parameters
from fake_llm_server._text.tool_choice.value_kinds import asked_kind
from fake_llm_server._text.tool_choice.words import WORDS, any_of, plain_words
from fake_llm_server._text.values.narrowing import satisfies

MAX_VALUES = 8
"""Of a list that gets calls of their own; a longer one is no list of things to look up."""

_NAME = r"[A-ZÀ-ÖØ-Þ][\w'\u2019-]*"
_ITEMS = {
    "quoted": r"\"[^\"\n]{1,80}\"|'[^'\n]{1,80}'|“[^”\n]{1,80}”|„[^“\n]{1,80}“|«[^»\n]{1,80}»|`[^`\n]{1,80}`",
    "email": r"[\w.+%-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+",
    "url": r"https?://[^\s,]+[^\s,.;!?]",
    "path": r"(?:[~.\w-]{0,64}/)+[\w.-]{0,64}\w|[\w-]{1,64}\.[a-z]{1,4}[0-9]?",
    "id": r"#?[A-Za-z]{1,16}[-_]?\d[\w-]{0,64}",
    "number": r"-?\d+(?:\.\d+)?(?![\w%])",
    "name": rf"{_NAME}(?: (?:de |del |of |am |the |la )?{_NAME}){{0,3}}(?:, [A-Z]{{2}}\b)?",
    "ideographs": r"[\u30a0-\u30ff\u4e00-\u9fff]{2,8}",
}
_JOIN = (
    rf"\s*(?:(?:,\s*)?(?:\b(?:{any_of('between_values')})\b|&)\s*(?:(?:in|for|of|at|für|à|en|from)\s+)?|,\s*)"
)
_JAPANESE_JOIN = r"(?:と|、|和|及び)"
_LISTS = {
    kind: re.compile(
        rf"(?<![\w@./-])(?:{item})(?:{_JAPANESE_JOIN if kind == 'ideographs' else _JOIN}(?:{item}))+(?![\w@])"
    )
    for kind, item in _ITEMS.items()
}
_ITEM = {kind: re.compile(item) for kind, item in _ITEMS.items()}
_TAKES: dict[str, set[str | None]] = {
    "email": {"email"},
    "url": {"url"},
    "path": {"path"},
    "id": {"id", None},
    "number": {"number", "id"},
    "name": {None, "id"},
    "ideographs": {None},
    "quoted": {None, "id", "path"},
}
_FREE_TEXT = frozenset(WORDS["free_text"].split())
_NO_NAMES = frozenset(WORDS["no_names"].split())


def find_list(text: str, tool: Tool) -> tuple[str, tuple[Any, ...]] | None:
    """The values of a list for one parameter of a tool, at least two.

    The tool must have just one parameter that may take such a value, a required one: two cities are one
    flight, and several addresses one e-mail to all of them. Each value must satisfy the parameter's schema.

    Returns:
        The parameter's name and the values, or None.
    """
    found = _search(text, tool)
    return None if found is None else found[:2]


def find_list_span(text: str, tool: Tool) -> tuple[int, int]:
    """Where in a text the list of `find_list` stands; (0, 0) if there is none."""
    found = _search(text, tool)
    return (0, 0) if found is None else found[2]


def _search(text: str, tool: Tool) -> tuple[str, tuple[Any, ...], tuple[int, int]] | None:
    """The list for a parameter of a tool: the parameter's name, the values, and where they stand."""
    for kind, pattern in _LISTS.items():
        name = _find_parameter(tool, kind)
        if name is None:
            continue
        for match in pattern.finditer(text):
            items = tuple(dict.fromkeys(_read_items(match.group(), kind)))
            values = _read_numbers(items, tool, name) if kind == "number" else items
            if 1 < len(values) <= MAX_VALUES and all(_takes(tool, name, value) for value in values):
                return name, values, match.span()
    return None


def _takes(tool: Tool, name: str, value: Any) -> bool:
    schema = tool.parameters
    return isinstance(schema, Mapping) and satisfies(schema, schema["properties"][name], value)


def _read_items(text: str, kind: str) -> list[str]:
    found = [match.group() for match in _ITEM[kind].finditer(text)]
    if kind == "quoted":
        return [item[1:-1] for item in found]
    if kind != "name":
        return found
    words = (item.split(" ") for item in found)
    named = [" ".join(part[1:] if part[0].lower() in _NO_NAMES else part) for part in words]
    return [re.sub(r"['\u2019]s$", "", item) for item in named if item]


def _read_numbers(values: tuple[str, ...], tool: Tool, name: str) -> tuple[Any, ...]:
    if dict(parameters(tool))[name].get("type") == "string":
        return values
    return tuple(float(value) if "." in value else int(value) for value in values)


def _find_parameter(tool: Tool, kind: str) -> str | None:
    """The one parameter that takes a value of a kind."""
    required = required_parameters(tool)
    found = [name for name, schema in parameters(tool) if _may_take(name, schema, kind)]
    if len(found) != 1 or found[0] not in required:
        return None
    return found[0] if dict(parameters(tool))[found[0]].get("type") != "array" else None


def _may_take(name: str, schema: Mapping[str, Any], kind: str) -> bool:
    if schema.get("type") == "array":
        return kind != "number" or _is_number(schema.get("items"))
    if kind == "number" and _is_number(schema):
        return True
    if schema.get("type") != "string" or "enum" in schema:
        return False
    is_free_text = not _FREE_TEXT.isdisjoint(plain_words(name))
    return not is_free_text and asked_kind(name, schema) in _TAKES[kind]


def _is_number(schema: Any) -> bool:
    return isinstance(schema, Mapping) and schema.get("type") in ("integer", "number")
