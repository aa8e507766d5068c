"""The link that undoes the `Content-Encoding` of a request's body.

It decodes what Python's standard library can: gzip and deflate. Others, such as br and zstd, are refused by
name: they need a compiled package each, and no client is known to send them to an API that takes a key.

Source: https://www.rfc-editor.org/rfc/rfc9110#section-8.4
"""

import asyncio
from collections.abc import Iterator

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fake_llm_server._api.shared.wire_errors import WireError
from fake_llm_server._app.chain.body_decoding import ENCODINGS, BodyDecoder
from fake_llm_server._app.chain.client_watch import has_body

_MAX_ENCODINGS = 4
"""How often a body may be encoded; more serves no client."""


class ContentEncodings:
    """Passes a request on as if it hadn't been encoded.

    Args:
        app: the next link.
        max_bytes: of a body, decoded.
    """

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        encodings = read_encodings(scope) if scope["type"] == "http" else []
        if not encodings:
            await self._app(scope, receive, send)
            return
        refusal = _find_refusal(encodings)
        if refusal is not None:
            response = refusal.to_response()
            response.headers["accept-encoding"] = ", ".join(ENCODINGS)
            await response(scope, receive, send)
            return
        decoder = BodyDecoder(encodings, self._max_bytes)
        await self._app(_without_encoding(scope), _DecodingReader(receive, decoder).receive, send)


def read_encodings(scope: Scope) -> list[str]:
    """The encodings of a body in the order in which they were applied; none for a request without a body."""
    given = [value for name, value in scope["headers"] if name == b"content-encoding"]
    if not given or not has_body(scope):
        return []
    names = b",".join(given).decode("latin-1").lower().split(",")
    return [name for name in map(str.strip, names) if name not in ("", "identity")]


def _find_refusal(encodings: list[str]) -> WireError | None:
    known = " and ".join(f"'{name}'" for name in ENCODINGS)
    for name in encodings:
        if name.removeprefix("x-") not in ENCODINGS:
            message = (
                f"Unsupported content encoding: '{name}'. This server decodes {known}. Send the body in one "
                "of them, or as it is."
            )
            return WireError(415, message, code="unsupported_content_encoding")
    if len(encodings) > _MAX_ENCODINGS:
        message = f"The body is encoded {len(encodings)} times, but at most {_MAX_ENCODINGS} are decoded."
        return WireError(415, message, code="unsupported_content_encoding")
    return None


def _without_encoding(scope: Scope) -> Scope:
    """The request with headers that fit the decoded body, whose length isn't known yet."""
    headers = MutableHeaders(raw=list(scope["headers"]))
    del headers["content-encoding"]
    del headers["content-length"]
    headers["transfer-encoding"] = "chunked"
    return {**scope, "headers": headers.raw}


class _DecodingReader:
    """Receives the messages of one request, and gives out its body decoded."""

    def __init__(self, receive: Receive, decoder: BodyDecoder) -> None:
        self._receive = receive
        self._decoder = decoder
        self._pieces: Iterator[bytes] = iter(())
        self._is_read = False
        self._is_complete = False

    async def receive(self) -> Message:
        """The next message.

        Raises:
            InvalidRequestError: the body isn't in its encoding.
            RequestTooLargeError: more comes out than is allowed.
        """
        if self._is_complete:
            return await self._receive()
        while True:
            for piece in self._pieces:
                await asyncio.sleep(0)  # a small body may become a large one: others have their turn
                return {"type": "http.request", "body": piece, "more_body": True}
            if self._is_read:
                self._is_complete = True
                return {"type": "http.request", "body": b"", "more_body": False}
            message = await self._receive()
            if message["type"] != "http.request":
                return message
            self._is_read = not message.get("more_body", False)
            self._pieces = self._decoder.feed(message.get("body", b""), is_last=self._is_read)
