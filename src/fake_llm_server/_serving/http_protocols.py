"""How HTTP is read: ordinary requests by httptools, where it is installed, and all others by h11.

httptools is several times faster. But it reads odd requests in another way: of a target it gives the path
alone, and it drops the body of a request that offers to upgrade, as Java's client does each time. So a
connection goes over to h11, for good, with the first request that isn't ordinary, and what is installed
changes nothing.
"""

import asyncio
import re
from importlib.util import find_spec
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from fake_llm_server._serving.joined_writes import JoinedWrites

_HEAD = re.compile(
    rb"(?:GET|POST|DELETE) /[\w./~%?=&+,:;@!$'()*\-\[\]]* HTTP/1\.1\r\n(?:[\w\-]+:[\t -~]*\r\n)+\r\n",
    re.ASCII,
)
_LENGTH = re.compile(rb"\ncontent-length:[\t ]*(\d{1,15})[\t ]*\r")


def choose_http_protocol() -> type[asyncio.Protocol]:
    """The protocol of a server that starts now."""
    if find_spec("httptools") is None:
        return AnyRequests
    from fake_llm_server._serving.ordinary_requests import OrdinaryRequests  # noqa: PLC0415 - it needs httptools

    return OrdinaryRequests


def measure_ordinary(data: bytes) -> tuple[int, int] | None:
    """The bytes of the head and of the body of an ordinary request that data begins with; None for any other.

    Ordinary is what every reader understands alike: the head is whole, in visible ASCII, with one host and at
    most one length; the body has no encoding of the transfer, and nothing is to be upgraded.
    """
    found = _HEAD.match(data)
    if found is None:
        return None
    head = found[0].lower()
    if b"\nupgrade:" in head or b"\ntransfer-encoding:" in head or head.count(b"\nhost:") != 1:
        return None
    num_lengths = head.count(b"\ncontent-length:")
    length = _LENGTH.search(head)
    if num_lengths > 1 or (length is None and num_lengths):
        return None
    return len(head), int(length[1]) if length else 0


class AnyRequests(H11Protocol):
    """Reads by h11, and joins writes, but for a WebSocket, whose messages are whole."""

    transport: Any

    def connection_made(self, transport: Any) -> None:
        """Begin with a connection."""
        super().connection_made(JoinedWrites(transport, self.loop))  # type: ignore[arg-type] # it is like one

    def handle_websocket_upgrade(self, event: Any) -> None:
        """Hand the connection over."""
        self.transport = self.transport.release()
        super().handle_websocket_upgrade(event)
