"""The id of the request that is being answered, for whoever writes a header, a log line or an error.

A client's own id is taken where it is one line of visible ASCII, so that a test can find its request again.
"""

import os
import re
from collections.abc import Mapping
from contextvars import ContextVar

HEADERS = ("x-request-id", "x-client-request-id")
"""Where a client may name its request; the first that is there counts."""

_TAKEN = re.compile(r"[\x21-\x7e]{1,512}")
"""OpenAI's bound for `X-Client-Request-Id`: https://platform.openai.com/docs/api-reference/debugging-requests"""

_CURRENT: ContextVar[str] = ContextVar("request_id", default="")


def begin_request(headers: Mapping[str, str]) -> str:
    """Choose the id of a request and make it the current one of this task.

    Args:
        headers: of the request.
    """
    offered = next((headers[name] for name in HEADERS if name in headers), "")
    request_id = offered if _TAKEN.fullmatch(offered) else f"req_{os.urandom(16).hex()}"
    _CURRENT.set(request_id)
    return request_id


def current_request_id() -> str:
    """The id of the request that this task answers; empty outside of one."""
    return _CURRENT.get()
