"""Writes streams as OpenAI sends them: server-sent events.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

DONE = b"data: [DONE]\n\n"


def format_event(data: bytes, *, event: str | None = None) -> bytes:
    """Bytes of one event; `data` is JSON on one line."""
    head = f"event: {event}\n".encode() if event is not None else b""
    return b"%bdata: %b\n\n" % (head, data)


async def stream_response(chunks: AsyncGenerator[bytes, None]) -> StreamingResponse:
    """A reply that streams `chunks`.

    The first chunk is awaited here, so that a refused request gets an error reply and not a stream that
    breaks. When the client leaves, `chunks` is closed, which cancels what makes them.
    """
    try:
        first = await anext(chunks, b"")
    except BaseException:
        await chunks.aclose()
        raise
    return _EventStream(first, chunks)


class _EventStream(StreamingResponse):
    """Streams chunks, and closes what makes them at the end, also if that comes before the first."""

    def __init__(self, first: bytes, rest: AsyncGenerator[bytes, None]) -> None:
        super().__init__(
            _pace(first, rest),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"},
        )
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream."""
        async with aclosing(self._rest):
            await super().__call__(scope, receive, send)


async def _pace(first: bytes, rest: AsyncGenerator[bytes, None]) -> AsyncIterator[bytes]:
    """Let the event loop turn between two chunks.

    It learns of a lost connection only when it turns. Chunks that are ready would all be written until then,
    and asyncio logs a warning for each that it can't send.
    """
    yield first
    async for chunk in rest:
        await asyncio.sleep(0)
        yield chunk
