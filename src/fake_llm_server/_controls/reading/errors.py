"""Reads the parts of an error."""

import math
from collections.abc import Mapping

from fake_llm_server._controls.default_errors import describe_default
from fake_llm_server._controls.spelling import write_wait
from fake_llm_server._errors import ConfigurationError, ScriptedError


def read_error(
    what: object,
    parts: Mapping[str, str | None],
    retry_after: float | None,
    headers: Mapping[str, str] | None,
) -> ScriptedError | None:
    """The error that begins with a status, or None for what begins with something else.

    Args:
        what: the beginning of the reply.
        parts: `message`, `type`, `code` and `param`; OpenAI's for the status stand for those that are None.
        retry_after: seconds.
        headers: further ones.

    Raises:
        ConfigurationError: a value is out of range, or there are parts of an error without a status.
    """
    if isinstance(what, int) and not isinstance(what, bool):
        return _write_error(what, parts, retry_after, headers)
    if any(part is not None for part in (*parts.values(), retry_after, headers)):
        raise ConfigurationError(
            "message, type, code, param, retry_after and headers belong to an error: begin with its status, "
            "such as reply(429, retry_after=1)."
        )
    return None


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
