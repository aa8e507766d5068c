"""How an asker and a host talk: frames over a stream, each a line of JSON with its length before it.

A connection is one question. It begins with the secret; then the asker sends one frame, and the host one for
each event and a last one. Whoever leaves closes the connection: an asker so cancels its question.
"""

import asyncio
import hmac
import json
import struct
from typing import Any

from fake_llm_server._seam.codec import dump

HOST = "127.0.0.1"
SECRET_LENGTH = 64
_LENGTH = struct.Struct(">I")


async def send(writer: asyncio.StreamWriter, message: dict[str, Any]) -> None:
    """Send a frame, and wait while the other side is behind."""
    line = dump(message)
    writer.write(_LENGTH.pack(len(line)) + line)
    await writer.drain()


async def receive(reader: asyncio.StreamReader) -> dict[str, Any]:
    """The next frame.

    Raises:
        EOFError: the other side has closed the connection.
    """
    [length] = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
    message: dict[str, Any] = json.loads(await reader.readexactly(length))
    return message


def send_secret(writer: asyncio.StreamWriter, secret: str) -> None:
    """Begin a connection, as an asker."""
    writer.write(secret.encode())


async def has_secret(reader: asyncio.StreamReader, secret: str) -> bool:
    """Whether a connection begins with the secret; no more is read of one that doesn't."""
    given = await reader.readexactly(SECRET_LENGTH)
    return hmac.compare_digest(given, secret.encode())
