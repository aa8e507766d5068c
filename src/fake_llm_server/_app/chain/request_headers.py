"""Reads single headers of a request, for links that each look for one or two."""

from typing import TypeVar, overload

from starlette.types import Scope

D = TypeVar("D")


@overload
def find_header(scope: Scope, name: bytes) -> str | None: ...


@overload
def find_header(scope: Scope, name: bytes, default: D) -> str | D: ...


def find_header(scope: Scope, name: bytes, default: object = None) -> object:
    """The first value of a header, or the default.

    Args:
        scope: of the request or the WebSocket.
        name: in lower case, as ASGI has all names.
        default: for a request without this header.
    """
    for key, value in scope["headers"]:
        if key == name:
            return value.decode("latin-1")
    return default
