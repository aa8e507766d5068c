"""Writes streams as OpenAI sends them: server-sent events.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from fake_llm_server._seam.started import Started

DONE = b"data: [DONE]\n\n"

_MAX_READY_BYTES = 16_384
"""Chunks that are ready go out together up to this size; then the event loop has a turn."""


def format_event(data: bytes, *, event: str | None = None) -> bytes:
    """Bytes of one event; `data` is JSON on one line."""
    head = f"event: {event}\n".encode() if event is not None else b""
    return b"%bdata: %b\n\n" % (head, data)


async def stream_response(chunks: AsyncGenerator[bytes, None]) -> StreamingResponse:
    """A reply that streams `chunks`.

    The first chunk is awaited here, so that a refused request gets an error reply and not a stream that
    breaks. When the client leaves, the request is cancelled, and `chunks` is closed, which cancels what makes
    them.
    """
    try:
        first = await anext(chunks, b"")
    except BaseException:
        await chunks.aclose()
        raise
    return _EventStream(first, chunks)


class _EventStream(StreamingResponse):
    """Sends each chunk as soon as it is there, and those together that are ready without waiting.

    What makes the chunks is closed at the end, also if that comes before the first.
    """

    def __init__(self, first: bytes, rest: AsyncGenerator[bytes, None]) -> None:
        super().__init__(
            rest,
            media_type="text/event-stream",
            headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"},
        )
        self._ready = bytearray(first)
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream."""
        del scope, receive  # that the client leaves is for the request chain to notice
        async with aclosing(self._rest):
            await send(
                {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
            )
            while await self._take_next(send):
                pass
        await self._send_ready(send, is_last=True)

    async def _take_next(self, send: Send) -> bool:
        """Put the next chunk to those that are ready, which go out first if it isn't; False at the end."""
        try:
            coming = Started(anext(self._rest))
            if not coming.is_done and self._ready:
                try:
                    await self._send_ready(send)
                except BaseException as error:  # noqa: BLE001 - what waits is what is cancelled
                    coming.throw(error)
            self._ready += coming.result if coming.is_done else await coming
        except StopAsyncIteration:
            return False
        if len(self._ready) >= _MAX_READY_BYTES:
            await self._send_ready(send)
            # Others have their turn, and the loop learns of a lost connection: asyncio logs a warning for
            # each piece that is written to one.
            await asyncio.sleep(0)
        return True

    async def _send_ready(self, send: Send, *, is_last: bool = False) -> None:
        body, self._ready = bytes(self._ready), bytearray()
        await send({"type": "http.response.body", "body": body, "more_body": not is_last})
