"""Reads the tool calls of a reply."""

from collections.abc import Sequence
from typing import Any

from fake_llm_server._controls.json_text import check_gaps, has_gaps, write_json
from fake_llm_server._controls.reply import ScriptedCall
from fake_llm_server._errors import ConfigurationError

ToolCallSpec = str | tuple[str, Any] | tuple[str, Any, str]
"""A tool's name, whose arguments the model writes; the name and its arguments; or these and the call's id."""


def read_calls(
    tool: str | None, arguments: Any, call_id: str | None, tool_calls: Sequence[ToolCallSpec]
) -> tuple[ScriptedCall, ...]:
    """The calls of a reply, in their order.

    Raises:
        ConfigurationError: they contradict each other, or one is none.
    """
    if tool is not None and tool_calls:
        raise ConfigurationError("This reply contradicts itself: give `tool` or `tool_calls`, not both.")
    if tool is None and (arguments is not ... or call_id is not None):
        raise ConfigurationError(
            "`arguments` and `call_id` belong to a tool: name it, as in reply(tool='search', …)."
        )
    if tool is not None:
        return (_read_call((tool, arguments, call_id)),)
    return tuple(_read_call(each) for each in tool_calls)


def _read_call(given: Any) -> ScriptedCall:
    match given:
        case str():
            return ScriptedCall(given)
        case (str() as name, arguments):
            return _write_call(name, arguments, None)
        case (str() as name, arguments, str() | None as call_id):
            return _write_call(name, arguments, call_id)
        case _:
            raise ConfigurationError(
                "A tool call is a name, or a name with its arguments and perhaps the call's id; it was "
                f"{given!r}."
            )


def _write_call(name: str, arguments: Any, call_id: str | None) -> ScriptedCall:
    if call_id == "":
        raise ConfigurationError("A call's id isn't empty; leave it out to have one made.")
    if arguments is ...:
        return ScriptedCall(name, call_id=call_id)
    if has_gaps(arguments):
        check_gaps(arguments)
        return ScriptedCall(name, partial=arguments, call_id=call_id)
    text = arguments if isinstance(arguments, str) else write_json(arguments)
    return ScriptedCall(name, text, call_id=call_id)
