"""Writes streams as OpenAI sends them: server-sent events.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from fastapi.responses import StreamingResponse

DONE = b"data: [DONE]\n\n"


def format_event(data: bytes, *, event: str | None = None) -> bytes:
    """Bytes of one event; `data` is JSON on one line."""
    head = f"event: {event}\n".encode() if event is not None else b""
    return b"%bdata: %b\n\n" % (head, data)


async def stream_response(chunks: AsyncGenerator[bytes, None]) -> StreamingResponse:
    """A reply that streams `chunks`.

    The first chunk is awaited here, so that a request which is refused gets an error reply and not a
    stream that breaks. A client that leaves closes `chunks`, which cancels what makes them.
    """
    try:
        first = await anext(chunks, b"")
    except BaseException:
        await chunks.aclose()
        raise
    return StreamingResponse(
        _resume(first, chunks),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"},
    )


async def _resume(first: bytes, rest: AsyncGenerator[bytes, None]) -> AsyncIterator[bytes]:
    async with aclosing(rest):
        yield first
        async for chunk in rest:
            yield chunk
