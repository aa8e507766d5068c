"""Takes a reply apart into the arguments of `reply` and the fault methods that make an equal one.

One table for each: whoever adds a parameter to `reply`, or a fault method, adds its part here;
`tests/test_controls_python_form.py` fails for one that is missing. The Python form is written of these
parts, and a form in another language can be.
"""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from fake_llm_server._controls.default_errors import describe_default
from fake_llm_server._controls.json_text import write_json
from fake_llm_server._controls.wanted_text import LikeText, PartialText, SchemaText
from fake_llm_server._errors import ConfigurationError

if TYPE_CHECKING:
    from fake_llm_server._controls.faults import Faults
    from fake_llm_server._controls.reply import Reply, ScriptedCall
    from fake_llm_server._errors import ScriptedError

LEFT_OUT = ...
"""The value of a part that a reply doesn't have."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """How a reply is written.

    Attributes:
        arguments: of `reply`, by its parameters' names; `what` is the first one.
        faults: the names of fault methods, in the order of the calls, each with its arguments by name.
    """

    arguments: Mapping[str, Any]
    faults: tuple[tuple[str, Mapping[str, Any]], ...]


def spell(reply: "Reply") -> Spelling:
    """The parts of a reply, without those that it leaves out."""
    arguments = {name: read(reply) for name, read in PARTS.items()}
    return Spelling(
        {name: value for name, value in arguments.items() if value is not LEFT_OUT},
        spell_faults(reply.faults),
    )


def spell_faults(faults: "Faults") -> tuple[tuple[str, Mapping[str, Any]], ...]:
    """The names of the methods that make faults, each with its arguments by name."""
    given = {name: read(faults) for name, read in FAULTS.items()}
    return tuple((name, arguments) for name, arguments in given.items() if arguments is not None)


def abbreviate(reply: "Reply") -> Any:
    """What stands for a reply in a script: a text, a status, a function or `...`, where that says it all."""
    spelling = spell(reply)
    if not spelling.faults and spelling.arguments.keys() <= {"what"}:
        return spelling.arguments.get("what", LEFT_OUT)
    return reply


def _read_what(reply: "Reply") -> Any:
    if reply.error is not None:
        return reply.error.status
    if reply.function is not None:
        return reply.function
    is_text = reply.chunks is None and _read_json(reply) is LEFT_OUT
    return _keep(reply.text) if is_text else LEFT_OUT


def _read_json(reply: "Reply") -> Any:
    if isinstance(reply.wanted, PartialText):
        return reply.wanted.value
    return LEFT_OUT if reply.text is None or reply.chunks is not None else _parse(reply.text)


def _parse(text: str) -> Any:
    """The object or list whose JSON a text is, exactly as `reply` writes it; else it is left out."""
    if text[:1] not in ("{", "["):
        return LEFT_OUT
    try:
        value = json.loads(text)
        is_same = write_json(value) == text
    except (ValueError, RecursionError, ConfigurationError):
        return LEFT_OUT
    return value if is_same else LEFT_OUT


def _read_arguments(call: "ScriptedCall") -> Any:
    if call.arguments is None:
        return _keep(call.partial)
    value = _parse(call.arguments)
    return call.arguments if value is LEFT_OUT else value


def _read_calls(reply: "Reply") -> Any:
    if len(reply.tool_calls) < 2:  # noqa: PLR2004 - one has parameters of its own
        return LEFT_OUT
    return [_read_call(call) for call in reply.tool_calls]


def _read_call(call: "ScriptedCall") -> Any:
    arguments = _read_arguments(call)
    if call.call_id is not None:
        return (call.name, arguments, call.call_id)
    return call.name if arguments is LEFT_OUT else (call.name, arguments)


def _read_single(read: "Callable[[ScriptedCall], Any]") -> "Callable[[Reply], Any]":
    """A part of the one call of a reply that has one."""
    return lambda reply: read(reply.tool_calls[0]) if len(reply.tool_calls) == 1 else LEFT_OUT


def _read_logprobs(reply: "Reply") -> Any:
    if reply.logprobs is None:
        return LEFT_OUT
    return [
        (token.piece.decode(), token.logprob, others) if others else (token.piece.decode(), token.logprob)
        for token in reply.logprobs
        for others in [{other.piece.decode(): other.logprob for other in token.alternatives}]
    ]


def _read_usage(reply: "Reply") -> Any:
    if reply.usage is None:
        return LEFT_OUT
    return {name: count for name, count in asdict(reply.usage).items() if count}


def _read_error(name: str) -> "Callable[[Reply], Any]":
    """A part of an error, if it isn't what the error's status says anyway."""

    def read(reply: "Reply") -> Any:
        error = reply.error
        if error is None:
            return LEFT_OUT
        usual = describe_default(error.status, None if name == "code" else error.code)
        value = str(error) if name == "message" else getattr(error, name)
        return LEFT_OUT if value == usual.get(name) else value

    return read


def write_wait(seconds: float) -> dict[str, str]:
    """The headers of a wait, as OpenAI sends it: clients read the milliseconds, others whole seconds."""
    return {"retry-after": str(math.ceil(seconds)), "retry-after-ms": str(math.ceil(seconds * 1000))}


def _find_wait(error: "ScriptedError") -> float | None:
    """The seconds of which the headers of an error were made, or as good."""
    milliseconds = error.headers.get("retry-after-ms", "")
    if not milliseconds.isdecimal():
        return None
    seconds = int(milliseconds) / 1000
    seconds = int(seconds) if seconds.is_integer() else seconds
    return seconds if write_wait(seconds).items() <= error.headers.items() else None


def _read_wait(reply: "Reply") -> Any:
    return LEFT_OUT if reply.error is None else _keep(_find_wait(reply.error))


def _read_headers(reply: "Reply") -> Any:
    if reply.error is None:
        return LEFT_OUT
    wait = _find_wait(reply.error)
    made = {} if wait is None else write_wait(wait)
    return {name: text for name, text in reply.error.headers.items() if name not in made} or LEFT_OUT


def _keep(value: Any) -> Any:
    return LEFT_OUT if value is None else value


PARTS: "dict[str, Callable[[Reply], Any]]" = {
    "what": _read_what,
    "chunks": lambda reply: LEFT_OUT if reply.chunks is None else list(reply.chunks),
    "like": lambda reply: reply.wanted.pattern if isinstance(reply.wanted, LikeText) else LEFT_OUT,
    "json": _read_json,
    "schema": lambda reply: reply.wanted.schema if isinstance(reply.wanted, SchemaText) else LEFT_OUT,
    "tool": _read_single(lambda call: call.name),
    "arguments": _read_single(_read_arguments),
    "call_id": _read_single(lambda call: _keep(call.call_id)),
    "tool_calls": _read_calls,
    "items": lambda reply: [dict(item) for item in reply.items] or LEFT_OUT,
    "reasoning": lambda reply: _keep(reply.reasoning),
    "refusal": lambda reply: _keep(reply.refusal),
    "logprobs": _read_logprobs,
    "finish_reason": lambda reply: _keep(reply.finish_reason),
    "usage": _read_usage,
    "fields": lambda reply: dict(reply.fields) or LEFT_OUT,
    "choices": lambda reply: [abbreviate(choice) for choice in reply.choices] or LEFT_OUT,
    "rules": lambda reply: _keep(reply.rules),
    "message": _read_error("message"),
    "type": _read_error("type"),
    "code": _read_error("code"),
    "param": _read_error("param"),
    "retry_after": _read_wait,
    "headers": _read_headers,
}
"""What a reply has for each parameter of `reply`, in the order in which it is written."""


def _read_break(faults: "Faults", *, is_hang: bool) -> Mapping[str, Any] | None:
    breaks = faults.breaks
    if breaks is None or (breaks.how is None) != is_hang:
        return None
    given = _without_defaults(breaks) or {}
    return {name: value for name, value in given.items() if not is_hang or name != "how"}


def _without_defaults(part: Any) -> Mapping[str, Any] | None:
    """The attributes of a fault that aren't as they are by default; None if there is no such fault."""
    if part is None:
        return None
    given = {field.name: getattr(part, field.name) for field in fields(part)}
    return {field.name: given[field.name] for field in fields(part) if given[field.name] != field.default}


FAULTS: "dict[str, Callable[[Faults], Mapping[str, Any] | None]]" = {
    "slow": lambda faults: _without_defaults(faults.pace),
    "stall": lambda faults: _without_defaults(faults.stall),
    "wrong": lambda faults: None if faults.lie is None else {"what": faults.lie},
    "corrupt": lambda faults: _without_defaults(faults.garbling),
    "cut": lambda faults: _read_break(faults, is_hang=False),
    "hang": lambda faults: _read_break(faults, is_hang=True),
}
"""The arguments of each fault method, or None for a fault that a reply doesn't have."""
