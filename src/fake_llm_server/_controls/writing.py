"""`reply`: the one word in which tests write answers."""

import json as json_module
import math
from collections.abc import Mapping, Sequence
from dataclasses import fields
from types import EllipsisType
from typing import Any

from fake_llm_server._controls.default_errors import describe_default
from fake_llm_server._controls.reply import Reply, Scriptable, ScriptedCall, check_reply
from fake_llm_server._controls.spelling import write_wait
from fake_llm_server._errors import ConfigurationError, ScriptedError
from fake_llm_server._seam import FinishReason, Usage
from fake_llm_server._settings import AnswerRules

_FINISH_REASONS = ("stop", "length", "tool_calls", "content_filter")

ToolCallSpec = str | tuple[str, Any]
"""A tool's name, whose arguments the model writes, or the name and its arguments."""


def reply(
    what: Scriptable = ...,
    *,
    chunks: Sequence[str] | None = None,
    json: Any = ...,
    tool: str | None = None,
    arguments: Any = ...,
    tool_calls: Sequence[ToolCallSpec] = (),
    reasoning: str | None = None,
    refusal: str | None = None,
    finish_reason: FinishReason | None = None,
    usage: Mapping[str, int] | None = None,
    choices: Sequence[Scriptable] = (),
    rules: AnswerRules | None = None,
    message: str | None = None,
    type: str | None = None,  # noqa: A002 - OpenAI's name
    code: str | None = None,
    param: str | None = None,
    retry_after: float | None = None,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """Write an answer, or some of it: the model fills in what is left out.

    Args:
        what: the text; or the status of an error, such as 429; or a function that makes the reply of the
            call, and may be asynchronous; `...` leaves it out.
        chunks: the text as a stream is to split it.
        json: a value, or an instance of a Pydantic model, whose JSON is the text.
        tool: the name of a tool that the answer calls.
        arguments: of that call: a value for JSON, or text as it stands (JSON, or a custom tool's input);
            `...` has the model write arguments that satisfy the request's own schema.
        tool_calls: several calls, each a name or a name with its arguments.
        reasoning: what the answer thinks first.
        refusal: the words in which the answer declines.
        finish_reason: `length` and `content_filter` are cut answers.
        usage: `prompt_tokens`, `completion_tokens`, and the other names of `Usage`.
        choices: one for each answer of a request with `n`; without it all are the same.
        rules: for what the model writes of this reply; `AnswerRules.none()` is the raw model.
        message: of an error; so are `type`, `code` and `param`. OpenAI's, by its status, where left out.
        type: see `message`.
        code: see `message`.
        param: see `message`.
        retry_after: seconds, for the error's `retry-after` and `retry-after-ms`.
        headers: of the error.

    Raises:
        ConfigurationError: the reply contradicts itself.
    """
    error_parts = {"message": message, "type": type, "code": code, "param": param}
    error = None
    if isinstance(what, int) and not isinstance(what, bool):
        error = _write_error(what, error_parts, retry_after, headers)
    elif any(part is not None for part in (*error_parts.values(), retry_after, headers)):
        raise ConfigurationError(
            "message, type, code, param, retry_after and headers belong to an error: begin with its status, "
            "such as reply(429, retry_after=1)."
        )
    if isinstance(what, Reply):
        raise ConfigurationError("This is a reply already: use it as it is, or dataclasses.replace().")
    written = Reply(
        text=_read_text(what, chunks, json),
        chunks=None if chunks is None else tuple(chunks),
        tool_calls=_read_calls(tool, arguments, tool_calls),
        reasoning=reasoning,
        refusal=refusal,
        finish_reason=_read_reason(finish_reason),
        usage=None if usage is None else _read_usage(usage),
        error=error,
        choices=tuple(as_reply(choice) for choice in choices),
        function=what if callable(what) else None,
        rules=rules,
    )
    check_reply(written)
    return written


def as_reply(what: Scriptable) -> Reply:
    """The reply that a member of a script stands for.

    Raises:
        ConfigurationError: it stands for none.
    """
    return what if isinstance(what, Reply) else reply(what)


def _read_text(what: Any, chunks: Sequence[str] | None, json: Any) -> str | None:
    _check_beginning(what)
    if json is not ... and (isinstance(what, str) or chunks is not None):
        raise ConfigurationError("This reply contradicts itself: it has both a text and `json`.")
    if json is not ...:
        return _write_json(json)
    if isinstance(what, str):
        return what
    return None if chunks is None else "".join(chunks)


def _check_beginning(what: object) -> None:
    is_known = isinstance(what, str | int | EllipsisType) and not isinstance(what, bool)
    if not is_known and not callable(what):
        raise ConfigurationError(
            "A reply begins with a text, the status of an error, a function or `...`; "
            f"it was {what!r}. A value for JSON is given as reply(json=…), several replies one by one: "
            "script(first, second)."
        )


def _write_json(value: Any) -> str:
    dump = getattr(value, "model_dump_json", None)
    if callable(dump):
        return str(dump())
    try:
        return json_module.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ConfigurationError(f"A reply's JSON can't be written: {error}.") from error


def _read_calls(
    tool: str | None, arguments: Any, tool_calls: Sequence[ToolCallSpec]
) -> tuple[ScriptedCall, ...]:
    if tool is not None and tool_calls:
        raise ConfigurationError("This reply contradicts itself: give `tool` or `tool_calls`, not both.")
    if tool is None and arguments is not ...:
        raise ConfigurationError("`arguments` belong to a tool: name it, as in reply(tool='search', …).")
    if tool is not None:
        return (_read_call((tool, arguments)),)
    return tuple(_read_call(each) for each in tool_calls)


def _read_call(given: Any) -> ScriptedCall:
    match given:
        case str():
            return ScriptedCall(given)
        case (str() as name, arguments):
            if arguments is ...:
                return ScriptedCall(name)
            return ScriptedCall(name, arguments if isinstance(arguments, str) else _write_json(arguments))
        case _:
            raise ConfigurationError(
                f"A tool call is a name, or a name with its arguments; it was {given!r}."
            )


def _read_reason(reason: Any) -> FinishReason | None:
    if reason is not None and reason not in _FINISH_REASONS:
        raise ConfigurationError(f"finish_reason is one of {', '.join(_FINISH_REASONS)}; it was {reason!r}.")
    found: FinishReason | None = reason
    return found


def _read_usage(usage: Mapping[str, Any]) -> Usage:
    known = [field.name for field in fields(Usage)]
    for name, value in usage.items():
        if name not in known or isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise ConfigurationError(
                f"usage has whole numbers under the names {', '.join(known)}; it had {name!r}: {value!r}."
            )
    return Usage(**{"prompt_tokens": 0, "completion_tokens": 0, **usage})


def _write_error(
    status: int,
    parts: Mapping[str, str | None],
    retry_after: float | None,
    headers: Mapping[str, str] | None,
) -> ScriptedError:
    if not 400 <= status <= 599:  # noqa: PLR2004 - the statuses of errors
        raise ConfigurationError(f"The status of an error is from 400 to 599; it was {status}.")
    if retry_after is not None and not (math.isfinite(retry_after) and retry_after >= 0):
        raise ConfigurationError(f"retry_after is in seconds, from 0 on; it was {retry_after!r}.")
    default = describe_default(status, parts["code"])
    given = {name: value for name, value in parts.items() if value is not None}
    waits = {} if retry_after is None else write_wait(retry_after)
    return ScriptedError(**{**default, **given}, status=status, headers={**waits, **(headers or {})})
