"""The tools that have a form of their own and that the client runs: what a model reads of each.

To a model such a tool is a function whose arguments are the action of the call. Whatever their schemas allow,
the contract's actions allow; `client_calls` and `client_items` turn arguments into items and back.
Source: https://platform.openai.com/docs/guides/tools-shell, …/tools-local-shell, …/tools-apply-patch,
…/tools-computer-use and …/tools-tool-search.
"""

from collections.abc import Callable, Mapping
from typing import Any

from fake_llm_server._seam import Tool

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
_COUNT_OR_NULL: Schema = {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]}
_WORDS: Schema = {"type": "array", "items": _TEXT, "minItems": 1}

_MAX_PIXEL = 4095
"""Of a screen whose size the tool doesn't say."""

CLIENT_CALLS: Mapping[str, str] = {
    "local_shell": "local_shell_call",
    "shell": "shell_call",
    "apply_patch": "apply_patch_call",
    "computer": "computer_call",
    "computer_use_preview": "computer_call",
    "tool_search": "tool_search_call",
}
"""Types of tools that a client may run itself, to the type of their calls."""


def read_client_tool(tool: Any) -> Tool | None:
    """The function that a model sees in the place of a tool; None if the client doesn't run it."""
    kind = tool.type
    if kind not in CLIENT_CALLS or not _is_run_by_client(tool):
        return None
    description, write_schema = _TOOLS[kind]
    return Tool("function", kind, getattr(tool, "description", None) or description, write_schema(tool))


def is_chosen(choice: str, kind: str) -> bool:
    """Whether the type in a `tool_choice` means a tool of this type: that of a computer has several names."""
    is_computer = choice in ("computer", "computer_use", "computer_use_preview")
    return choice == kind or (is_computer and CLIENT_CALLS[kind] == "computer_call")


def _is_run_by_client(tool: Any) -> bool:
    if tool.type == "shell":
        return tool.environment is None or bool(tool.environment.type == "local")
    return tool.type != "tool_search" or bool(tool.execution == "client")


def _object(**properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _one_of_types(**members: Schema) -> Schema:
    """Objects that their `type` tells apart."""
    return {"anyOf": [_object(type={"const": kind}, **properties) for kind, properties in members.items()]}


def _write_local_shell(_tool: Any) -> Schema:
    return _object(
        command=_WORDS,
        working_directory=_TEXT_OR_NULL,
        timeout_ms=_COUNT_OR_NULL,
        env={"type": "object", "additionalProperties": _TEXT},
        user=_TEXT_OR_NULL,
    )


def _write_shell(_tool: Any) -> Schema:
    return _object(commands=_WORDS, timeout_ms=_COUNT_OR_NULL, max_output_length=_COUNT_OR_NULL)


def _write_apply_patch(_tool: Any) -> Schema:
    path: Schema = {"type": "string", "minLength": 1}
    return _object(
        operation=_one_of_types(
            create_file={"path": path, "diff": _TEXT},
            update_file={"path": path, "diff": _TEXT},
            delete_file={"path": path},
        )
    )


def _write_computer(tool: Any) -> Schema:
    width = getattr(tool, "display_width", _MAX_PIXEL + 1)
    height = getattr(tool, "display_height", _MAX_PIXEL + 1)
    place = {"x": _pixel(width), "y": _pixel(height)}
    step: Schema = {"type": "integer", "minimum": -_MAX_PIXEL, "maximum": _MAX_PIXEL}
    button: Schema = {"enum": ["left", "right", "wheel", "back", "forward"]}
    action = _one_of_types(
        click={"button": button, **place},
        double_click={**place, "keys": {"type": "null"}},
        drag={"path": {"type": "array", "items": _object(**place), "minItems": 2}},
        keypress={"keys": _WORDS},
        move=place,
        screenshot={},
        scroll={**place, "scroll_x": step, "scroll_y": step},
        type={"text": _TEXT},
        wait={},
    )
    if tool.type == "computer":
        return _object(actions={"type": "array", "items": action, "minItems": 1})
    return _object(action=action)


def _pixel(size: int) -> Schema:
    return {"type": "integer", "minimum": 0, "maximum": max(size - 1, 0)}


def _write_tool_search(tool: Any) -> Schema:
    return dict(tool.parameters) if tool.parameters is not None else _object(query=_TEXT)


_TOOLS: dict[str, tuple[str, Callable[[Any], Schema]]] = {
    "local_shell": ("Run a command in the user's shell.", _write_local_shell),
    "shell": ("Run commands in the user's shell.", _write_shell),
    "apply_patch": ("Create, update or delete a file; `diff` is in the V4A format.", _write_apply_patch),
    "computer": ("Use the mouse, the keyboard and the screen of a computer.", _write_computer),
    "computer_use_preview": ("Use the mouse, the keyboard or the screen of a computer.", _write_computer),
    "tool_search": ("Search for tools that aren't loaded yet.", _write_tool_search),
}
"""Types of tools, each with what a model reads of it and the schema of its calls."""
