"""Reads the parts of an error."""

import re
from collections.abc import Mapping

from fake_llm_server._controls.default_errors import describe_default
from fake_llm_server._controls.spelling import write_wait
from fake_llm_server._errors import ConfigurationError, ScriptedError

_MAX_WAIT_S = 366 * 24 * 3600

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_VALUE = re.compile(r"([!-~\x80-\xff]([\t -~\x80-\xff]*[!-~\x80-\xff])?)?")
"""What HTTP takes, without white space around it: https://www.rfc-editor.org/rfc/rfc9110#section-5.5"""


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


def _check_header(name: str, text: str) -> None:
    if not _NAME.fullmatch(name) or not _VALUE.fullmatch(text):
        raise ConfigurationError(
            f"A header has a name of letters, digits and '-', and a text of one line in Latin-1; it was "
            f"{name!r}: {text!r}."
        )


_OF_THE_BODY = frozenset({"content-length", "transfer-encoding", "content-encoding", "connection"})


def _write_error(
    status: int,
    parts: Mapping[str, str | None],
    retry_after: float | None,
    headers: Mapping[str, str] | None,
) -> ScriptedError:
    if not 400 <= status <= 599:  # noqa: PLR2004 - the statuses of errors
        raise ConfigurationError(f"The status of an error is from 400 to 599; it was {status}.")
    if retry_after is not None and not 0 <= retry_after <= _MAX_WAIT_S:
        raise ConfigurationError(
            f"retry_after is in seconds, from 0 to a year ({_MAX_WAIT_S}); it was {retry_after!r}."
        )
    for name, text in (headers or {}).items():
        _check_header(name, text)
        if name.lower() in _OF_THE_BODY:
            raise ConfigurationError(
                f"{name} tells of the body, and the server writes it; a reply that is broken is cut() or "
                "corrupt()."
            )
    default = describe_default(status, parts["code"])
    given = {name: value for name, value in parts.items() if value is not None}
    waits = {} if retry_after is None else write_wait(retry_after)
    return ScriptedError(**{**default, **given}, status=status, headers={**waits, **(headers or {})})
