"""Pads the deltas of a stream, so that the length of an event tells little of the text in it."""

import hashlib

_BLOCK = 32
"""The text of an event and its padding together are a multiple of so many characters long."""


def create_padding(length: int, *place: object) -> str:
    """Padding for an event with `length` characters of text; the same for the same place in a stream."""
    seed = "\0".join(str(part) for part in place).encode()
    return hashlib.sha256(seed).hexdigest()[: _BLOCK - length % _BLOCK]
