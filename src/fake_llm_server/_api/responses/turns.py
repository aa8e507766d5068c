"""Reads the items of a conversation as turns, and refuses conversations that OpenAI refuses.

An assistant's thoughts, text and calls are items of their own, but one message to a model: they are
gathered into one turn as far as they follow each other in this order.
"""

from collections.abc import Sequence
from typing import Any

from fake_llm_server._api.responses.client_items import (
    CALL_TYPES,
    OUTPUT_TYPES,
    answered_call,
    output_type,
    read_client_call,
    read_client_output,
)
from fake_llm_server._api.responses.input_items import HOSTED_PREFIXES, Item, item_type
from fake_llm_server._api.responses.sealed_content import unseal
from fake_llm_server._errors import InvalidRequestError, NotFoundError
from fake_llm_server._seam import Role, ToolCall, Turn


def read_turns(items: Sequence[Item], *, keeps_all_thoughts: bool = True) -> tuple[Turn, ...]:
    """Read a conversation as turns.

    Args:
        items: with ids, and without references; see `input_items`.
        keeps_all_thoughts: whether thoughts before the last user message count; else they are dropped.

    Raises:
        InvalidRequestError: a call and its output don't match, or sealed content isn't ours.
        NotFoundError: a reasoning item says nothing, and isn't stored.
    """
    items = _start_at_compaction(items)
    _check_calls_are_answered(items)
    first_thought = 0 if keeps_all_thoughts else _last_user_position(items)
    reader = _TurnReader()
    for position, item in enumerate(items):
        if item_type(item) != "reasoning" or position >= first_thought:
            reader.read(item)
    return reader.finish()


def function_name(name: str, namespace: str | None) -> str:
    """The name under which a model knows a tool."""
    return f"{namespace}.{name}" if namespace else name


def summary_turn(summary: str) -> Turn:
    """The turn in which a model reads what was condensed."""
    return Turn("developer", f"Summary of the conversation so far:\n{summary}")


def read_text(content: Any) -> str:
    """The text of a message or a call's output: a string, or text parts, which follow each other."""
    if isinstance(content, str):
        return content
    return "".join(part.refusal if part.type == "refusal" else part.text for part in content)


def _start_at_compaction(items: Sequence[Item]) -> Sequence[Item]:
    """Leave out what the last compaction stands for."""
    for position in reversed(range(len(items))):
        item = items[position]
        if item_type(item) == "compaction" and _open(item).get("replaces_history"):
            return items[position:]
    return items


def _open(item: Item) -> dict[str, Any]:
    return unseal(item.encrypted_content, param="input")


class _TurnReader:
    """Gathers items into turns."""

    def __init__(self) -> None:
        self._turns: list[Turn] = []
        self._thoughts: str | None = None
        self._text: str | None = None
        self._calls: list[ToolCall] = []
        self._call_names: dict[str, str] = {}

    def read(self, item: Item) -> None:
        """Take the next item in."""
        match item_type(item):
            case "message" if item.role == "assistant":
                self._close_turn(if_has_text=True)
                self._text = read_text(item.content)
            case "reasoning":
                self._close_turn(if_has_text=True)
                self._thoughts = f"{self._thoughts or ''}{read_thoughts(item)}"
            case "function_call":
                self._add_call(item, "function", function_name(item.name, item.namespace), item.arguments)
            case "custom_tool_call":
                self._add_call(item, "custom", function_name(item.name, item.namespace), item.input)
            case kind if kind in CALL_TYPES:
                self._add_call(item, "function", *read_client_call(item))
            case kind if kind in HOSTED_PREFIXES:
                pass  # the model sees nothing of it
            case _:
                self._close_turn()
                self._turns.extend(self._read_other(item))

    def finish(self) -> tuple[Turn, ...]:
        """The turns of all items."""
        self._close_turn()
        return tuple(self._turns)

    def _read_other(self, item: Item) -> list[Turn]:
        match item_type(item):
            case "message":
                role: Role = item.role
                return [Turn(role, read_text(item.content))]
            case "function_call_output" | "custom_tool_call_output":
                name = self._call_names.get(item.call_id)
                return [Turn("tool", read_text(item.output), name=name, call_id=item.call_id)]
            case kind if kind in OUTPUT_TYPES:
                return [read_client_output(item, self._call_names.get(answered_call(item) or ""))]
            case "compaction":
                return [summary_turn(str(_open(item).get("summary", "")))]
        return []  # tools and triggers are no turns

    def _add_call(self, item: Item, kind: Any, name: str, arguments: str) -> None:
        call_id = item.call_id or item.id
        self._calls.append(ToolCall(call_id, kind, name, arguments))
        self._call_names[call_id] = self._call_names[item.id] = name

    def _close_turn(self, *, if_has_text: bool = False) -> None:
        """End the assistant's turn, if there is one; `if_has_text` only where it is past its thoughts."""
        has_text = self._text is not None or bool(self._calls)
        if has_text or (self._thoughts is not None and not if_has_text):
            self._turns.append(
                Turn("assistant", self._text or "", calls=tuple(self._calls), reasoning=self._thoughts)
            )
            self._thoughts, self._text, self._calls = None, None, []


def read_thoughts(item: Item) -> str:
    """The thoughts of a reasoning item: sealed, in the open, or summarized.

    Raises:
        InvalidRequestError: they were sealed by another server.
        NotFoundError: there are none; OpenAI looks such an item up, and doesn't find it.
    """
    if item.encrypted_content:
        return str(_open(item).get("thoughts", ""))
    texts = [part.text for part in item.content or item.summary]
    if not texts:
        message = (
            f"Item with id '{item.id}' not found. Items are not persisted when `store` is set to false. "
            "Try again with `store` set to true, or remove this item from your input."
        )
        raise NotFoundError(message, param="input")
    return "".join(texts)


def _last_user_position(items: Sequence[Item]) -> int:
    positions = [
        position
        for position, item in enumerate(items)
        if item_type(item) == "message" and item.role == "user"
    ]
    return positions[-1] if positions else 0


_LABELS = {"function_call": "function call", "custom_tool_call": "custom tool call"} | {
    kind: kind.replace("_", " ") for kind in sorted(CALL_TYPES)
}
"""Types of calls, with the words for them in errors."""


def _check_calls_are_answered(items: Sequence[Item]) -> None:
    """Hold calls and outputs to each other, as OpenAI does."""
    for call_type, label in _LABELS.items():
        calls = [item for item in items if item_type(item) == call_type]
        for call_id in _list_answered(items, output_type(call_type)):
            if not any(call_id in _call_ids(call) for call in (*calls, *_shell_calls(items, call_type))):
                message = f"No tool call found for {label} output with call_id {call_id or 'null'}."
                raise InvalidRequestError(message, param="input")
        answered = set(_list_answered(items, output_type(call_type)))
        if call_type == "local_shell_call":
            answered |= set(_list_answered(items, "function_call_output"))
        for call in calls:
            if not answered.intersection(_call_ids(call)):
                raise InvalidRequestError(f"No tool output found for {label} {call.call_id}.", param="input")


def _list_answered(items: Sequence[Item], kind: str) -> list[str | None]:
    """The calls that outputs of a type answer."""
    return [answered_call(item) for item in items if item_type(item) == kind]


def _call_ids(call: Item) -> tuple[str | None, ...]:
    """By what an output may name a call: a local shell's and a search's also by the item's id."""
    is_named_by_item = item_type(call) in ("local_shell_call", "tool_search_call")
    return (call.call_id, call.id) if is_named_by_item else (call.call_id,)


def _shell_calls(items: Sequence[Item], call_type: str) -> list[Item]:
    """Calls of a local shell, which Codex CLI answers as if they were a function's."""
    return [item for item in items if call_type == "function_call" and item_type(item) == "local_shell_call"]
