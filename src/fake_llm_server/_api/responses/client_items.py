"""Reads the items of tools that the client runs as calls and their outputs; see `client_tools`."""

import json
from collections.abc import Callable
from typing import Any

from fake_llm_server._api.responses.client_tools import CLIENT_CALLS
from fake_llm_server._api.responses.input_items import Item, dump_item, item_type
from fake_llm_server._seam import Turn


def output_type(call_type: str) -> str:
    """The type of the items that answer calls of a type."""
    return "tool_search_output" if call_type == "tool_search_call" else f"{call_type}_output"


CALL_TYPES = frozenset(CLIENT_CALLS.values())

OUTPUT_TYPES = frozenset(output_type(kind) for kind in CALL_TYPES)


def read_client_call(item: Item) -> tuple[str, str]:
    """The name of the tool that was called, and the call's arguments, as JSON."""
    kind, dumped = item_type(item), dump_item(item)
    match kind:
        case "local_shell_call":
            arguments = {name: value for name, value in dumped["action"].items() if name != "type"}
        case "shell_call":
            arguments = dumped["action"]
        case "apply_patch_call":
            arguments = {"operation": dumped["operation"]}
        case "tool_search_call":
            arguments = dumped["arguments"] or {}
        case _:
            arguments = {name: dumped[name] for name in ("action", "actions") if name in dumped}
    name = "computer_use_preview" if "action" in arguments else kind.removesuffix("_call")
    return name, json.dumps(arguments, ensure_ascii=False)


def answered_call(item: Item) -> str | None:
    """The id of the call that an output answers.

    A local shell's output may have it as its `id`: so the contract has it.
    """
    call_id: str | None = item.call_id
    return item.id if call_id is None and item_type(item) == "local_shell_call_output" else call_id


def read_client_output(item: Item, name: str | None) -> Turn:
    """The turn in which a model reads an output; `name` is that of the tool."""
    text = _READERS[item_type(item)](item)
    return Turn("tool", text, name=name, call_id=answered_call(item))


def _read_shell(item: Item) -> str:
    return "\n".join(_read_command(output) for output in item.output)


def _read_command(output: Any) -> str:
    end = "timed out" if output.outcome.type == "timeout" else f"exit code {output.outcome.exit_code}"
    return "\n".join(text.rstrip("\n") for text in (output.stdout, output.stderr, f"[{end}]") if text)


def _read_patch(item: Item) -> str:
    return item.output or str(item.status)


def _read_screenshot(_item: Item) -> str:
    """A text model can't see it."""
    return "[screenshot]"


def _read_search(item: Item) -> str:
    names = ", ".join(getattr(tool, "name", None) or tool.type for tool in item.tools)
    return f"Tools that can be called now: {names or 'none'}."


def _read_text(item: Item) -> str:
    return str(item.output)


_READERS: dict[str, Callable[[Item], str]] = {
    "local_shell_call_output": _read_text,
    "shell_call_output": _read_shell,
    "apply_patch_call_output": _read_patch,
    "computer_call_output": _read_screenshot,
    "tool_search_output": _read_search,
}
