"""Writes to a connection in one call what a turn of the event loop has for it."""

import asyncio
from typing import Any

_MAX_WAITING = 65_536
"""Bytes that may wait for the end of the turn; more go out at once, so that the reader's pace is felt."""


class JoinedWrites:
    """A transport around another one: the head of a reply and its body are one write, and one packet.

    uvicorn writes them one by one, and for a client on the same machine each write costs as much as ten
    microseconds to a hundred. What is written last in a turn goes out before the next one begins.

    Args:
        transport: of the connection; what isn't defined here is its own.
        loop: that it runs on.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self.transport = transport
        self._loop = loop
        self._waiting: list[bytes] = []
        self._num_bytes = 0

    def write(self, data: bytes) -> None:
        """Write at the end of this turn."""
        if not self._waiting:
            self._loop.call_soon(self.flush)
        self._waiting.append(data)
        self._num_bytes += len(data)
        if self._num_bytes > _MAX_WAITING:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        if self._waiting:
            data, self._waiting, self._num_bytes = b"".join(self._waiting), [], 0
            self.transport.write(data)

    def release(self) -> asyncio.Transport:
        """The transport itself, with everything written that waited."""
        self.flush()
        return self.transport

    def write_eof(self) -> None:
        """End what is written once everything is; reading goes on."""
        self.flush()
        self.transport.write_eof()

    def close(self) -> None:
        """Close the connection once everything is written."""
        self.flush()
        self.transport.close()

    def abort(self) -> None:
        """Close the connection at once; what waits has been written, as without this class."""
        self.flush()
        self.transport.abort()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.transport, name)
