"""Writes the calls of tools that the client runs while they come; see `client_tools`.

What a model writes is the JSON of the call's action. Events of their own have the commands of a shell and the
diff of a patch; the others come whole. A patch is added to the response once its kind and its path are known.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from fake_llm_server._api.responses.client_tools import CLIENT_CALLS
from fake_llm_server._api.responses.input_items import ID_PREFIXES
from fake_llm_server._api.responses.output_items import Event, ItemPlace, ItemStatus
from fake_llm_server._errors import EngineFailureError
from fake_llm_server._generated.responses.wire import (
    ApplyPatchToolCall,
    ComputerToolCall,
    FunctionShellCall,
    LocalShellToolCall,
    ResponseApplyPatchCallOperationDiffDeltaEvent,
    ResponseApplyPatchCallOperationDiffDoneEvent,
    ResponseShellCallCommandAddedStreamingEvent,
    ResponseShellCallCommandDeltaStreamingEvent,
    ResponseShellCallCommandDoneStreamingEvent,
    ToolSearchCall,
)
from fake_llm_server._seam import CallDelta

_UNKNOWN_PATCH = {"type": "update_file", "path": "", "diff": ""}
"""What stands for a patch that was cut before it said what it does: it changes nothing."""


@dataclass(slots=True)
class OpenClientCall:
    """A call of a tool that the client runs.

    Args:
        place: where it stands.
        kind: the tool's type.
        call_id: None has one made.
    """

    place: ItemPlace
    kind: str
    call_id: str | None = None
    _arguments: str = ""
    _is_added: bool = False
    _told: list[str] = field(default_factory=list)

    def begin(self) -> Iterator[Event]:
        """Open the call, unless the item says more than that there is one."""
        if self.kind != "apply_patch":
            yield from self._add_item()

    def add(self, delta: CallDelta) -> Iterator[Event]:
        """A piece of the action's JSON."""
        self._arguments += delta.arguments
        action = _read_action(self._arguments)
        if self.kind == "shell":
            yield from self._tell_commands(action.get("commands", []))
        elif self.kind == "apply_patch" and "diff" in action.get("operation", {}):
            yield from self._tell_diff(action["operation"]["diff"])

    def end(self, status: ItemStatus) -> Iterator[Event]:
        """Close what is open of the call, and the call."""
        if self.kind == "shell" and self._told:
            yield self._end_command()
        elif self.kind == "apply_patch":
            yield from self._add_item()
            if self._told:
                yield ResponseApplyPatchCallOperationDiffDoneEvent(
                    type="response.apply_patch_call_operation_diff.done",
                    diff=self._told[0],
                    **self._place_in_item(),
                )
        yield self.place.done(self.write(status))

    def write(self, status: ItemStatus) -> Any:
        """The call as far as it has come."""
        return self._write(_read_action(self._arguments), status)

    def _add_item(self) -> Iterator[Event]:
        """Add the item, with as much as is known before its own events."""
        if not self._is_added:
            self._is_added = True
            yield self.place.added(self._write(_without_diff(_read_action(self._arguments)), "in_progress"))

    def _tell_commands(self, commands: list[str]) -> Iterator[Event]:
        for index, command in enumerate(commands):
            if index == len(self._told):
                if self._told:
                    yield self._end_command()
                self._told.append("")
                yield ResponseShellCallCommandAddedStreamingEvent(
                    type="response.shell_call_command.added",
                    command="",
                    command_index=index,
                    **self.place.number(),
                )
            delta, self._told[index] = command[len(self._told[index]) :], command
            if delta:
                yield ResponseShellCallCommandDeltaStreamingEvent(
                    type="response.shell_call_command.delta",
                    delta=delta,
                    command_index=index,
                    **self.place.number(),
                )

    def _end_command(self) -> Event:
        return ResponseShellCallCommandDoneStreamingEvent(
            type="response.shell_call_command.done",
            command=self._told[-1],
            command_index=len(self._told) - 1,
            **self.place.number(),
        )

    def _tell_diff(self, diff: str) -> Iterator[Event]:
        yield from self._add_item()
        told = self._told[0] if self._told else ""
        self._told = [diff]
        if diff != told:
            yield ResponseApplyPatchCallOperationDiffDeltaEvent(
                type="response.apply_patch_call_operation_diff.delta",
                delta=diff[len(told) :],
                **self._place_in_item(),
            )

    def _place_in_item(self) -> dict[str, Any]:
        return {"item_id": self._item_id, **self.place.number()}

    @property
    def _item_id(self) -> str:
        return self.place.create_id(ID_PREFIXES[CLIENT_CALLS[self.kind]])

    def _write(self, action: dict[str, Any], status: ItemStatus) -> Any:
        identity = {"id": self._item_id, "type": CLIENT_CALLS[self.kind]}
        identity |= {"call_id": self.call_id or self.place.create_id("call_"), "status": status}
        written = _WRITERS[self.kind](action, is_whole=status == "completed")
        try:
            return _ITEMS[CLIENT_CALLS[self.kind]].model_validate({**identity, **written})
        except ValidationError as error:
            message = f"The backend called '{self.kind}' with arguments that aren't the contract's: {action}"
            raise EngineFailureError(message) from error


def _read_action(arguments: str) -> dict[str, Any]:
    """The action as far as it has come; of a text that breaks off its beginning counts."""
    if not arguments.strip():
        return {}
    try:
        read = from_json(arguments, allow_partial="trailing-strings")
    except ValueError as error:
        raise EngineFailureError(
            f"The backend called a tool with {arguments!r}, which is no JSON."
        ) from error
    return read if isinstance(read, dict) else {}


def _without_diff(action: dict[str, Any]) -> dict[str, Any]:
    if "diff" not in action.get("operation", {}):
        return action
    return {"operation": {**action["operation"], "diff": ""}}


def _write_local_shell(action: dict[str, Any], *, is_whole: bool) -> dict[str, Any]:
    del is_whole
    return {"action": {"type": "exec", "command": [], "env": {}, **action}}


def _write_shell(action: dict[str, Any], *, is_whole: bool) -> dict[str, Any]:
    del is_whole
    action = {"commands": [], "timeout_ms": None, "max_output_length": None, **action}
    return {"action": action, "environment": {"type": "local"}}


def _write_patch(action: dict[str, Any], *, is_whole: bool) -> dict[str, Any]:
    operation = action.get("operation", {})
    if not is_whole:
        is_known = operation.get("type") in ("create_file", "update_file", "delete_file")
        operation = operation if is_known and "path" in operation else _UNKNOWN_PATCH
        operation = operation if operation["type"] == "delete_file" else {"diff": "", **operation}
    # The contract knows no incomplete one.
    return {"operation": operation, "status": "completed" if is_whole else "in_progress"}


def _write_computer(action: dict[str, Any], *, is_whole: bool) -> dict[str, Any]:
    """Of a call that was cut its last action is left out, which may lack something."""
    if not is_whole:
        action = {"actions": action["actions"][:-1]} if action.get("actions") else {}
    return {"pending_safety_checks": [], **action}


def _write_search(action: dict[str, Any], *, is_whole: bool) -> dict[str, Any]:
    del is_whole
    return {"execution": "client", "arguments": action}


class _Write(Protocol):
    def __call__(self, action: dict[str, Any], *, is_whole: bool) -> dict[str, Any]: ...


_WRITERS: dict[str, _Write] = {
    "local_shell": _write_local_shell,
    "shell": _write_shell,
    "apply_patch": _write_patch,
    "computer": _write_computer,
    "computer_use_preview": _write_computer,
    "tool_search": _write_search,
}

_ITEMS: dict[str, type[BaseModel]] = {
    "local_shell_call": LocalShellToolCall,
    "shell_call": FunctionShellCall,
    "apply_patch_call": ApplyPatchToolCall,
    "computer_call": ComputerToolCall,
    "tool_search_call": ToolSearchCall,
}
