"""Decodes a body that was compressed, in steps of bounded size, and counts what comes out.

Each of a body's encodings is bounded by itself, so that no step of a chain can grow without limit.
"""

import zlib
from collections.abc import Iterator, Sequence
from typing import Protocol

from fake_llm_server._errors import InvalidRequestError, RequestTooLargeError

ENCODINGS = ("gzip", "deflate")
"""What can be decoded, by its name in `Content-Encoding`."""

_STEP = 2**16
"""Most bytes that one step decodes."""

_GZIP, _ZLIB, _RAW = 31, 15, -15
"""What zlib expects, by its argument `wbits`."""


class BodyDecoder:
    """Undoes the encodings of one body.

    Args:
        encodings: of `ENCODINGS`, also with `x-`, in the order in which they were applied.
        max_bytes: that any of them may give.
    """

    def __init__(self, encodings: Sequence[str], max_bytes: int) -> None:
        names = [name.removeprefix("x-") for name in reversed(encodings)]
        self._layers = [_Inflation(name, max_bytes) for name in names]

    def feed(self, data: bytes, *, is_last: bool) -> Iterator[bytes]:
        """What the next piece of the body gives, in pieces of at most 64 KiB.

        Raises:
            InvalidRequestError: the body isn't in its encoding, or ends too early.
            RequestTooLargeError: more comes out than is allowed.
        """
        yield from self._decode(0, data, is_last=is_last)

    def _decode(self, number: int, data: bytes, *, is_last: bool) -> Iterator[bytes]:
        if number == len(self._layers):
            if data:
                yield data
            return
        layer = self._layers[number]
        for piece in layer.feed(data):
            yield from self._decode(number + 1, piece, is_last=False)
        if is_last:
            layer.finish()
            yield from self._decode(number + 1, b"", is_last=True)


class _Decompressor(Protocol):
    """What `zlib.decompressobj` gives."""

    @property
    def unconsumed_tail(self) -> bytes: ...

    @property
    def unused_data(self) -> bytes: ...

    @property
    def eof(self) -> bool: ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class _Inflation:
    """One encoding of a body. A gzip body may have several members; an empty body is taken as it is."""

    def __init__(self, name: str, max_bytes: int) -> None:
        self._name = name
        self._max_bytes = max_bytes
        self._num_bytes = 0
        self._stream: _Decompressor | None = None
        self._is_over = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        is_full = False
        while data or is_full:
            stream = self._stream or self._begin(data)
            piece = self._inflate(stream, data)
            is_full = len(piece) == _STEP
            data = stream.unconsumed_tail
            if stream.eof:
                data, is_full, self._stream = stream.unused_data, False, None
                self._is_over = self._name != "gzip"
            if piece:
                yield piece

    def finish(self) -> None:
        if self._stream is not None:
            raise self._fault("it ends too early")

    def _begin(self, data: bytes) -> _Decompressor:
        if self._is_over:
            raise self._fault("something follows its end")
        wbits = _GZIP
        if self._name == "deflate":  # some clients send it without the head that it should have
            wbits = _ZLIB if data[0] & 0x0F == zlib.DEFLATED else _RAW
        self._stream = zlib.decompressobj(wbits)
        return self._stream

    def _inflate(self, stream: _Decompressor, data: bytes) -> bytes:
        try:
            piece = stream.decompress(data, _STEP)
        except zlib.error:
            raise self._fault("it isn't in this format") from None
        self._num_bytes += len(piece)
        if self._num_bytes > self._max_bytes:
            raise RequestTooLargeError(self._max_bytes, self._num_bytes)
        return piece

    def _fault(self, reason: str) -> InvalidRequestError:
        return InvalidRequestError(
            f"We could not decode the body of your request as its Content-Encoding, '{self._name}': {reason}."
        )
