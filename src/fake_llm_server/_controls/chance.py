"""Draws of chance that are the same in every run."""

import hashlib

_BYTES = 8


def draw(seed: int, *key: int) -> float:
    """A number from 0 up to 1, without it, that depends on nothing but the arguments.

    Args:
        seed: of a series of draws.
        *key: which draw of the series: the ordinal of a call in its scope, the number of a piece.
    """
    text = ":".join(map(str, (seed, *key)))
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:_BYTES])
    return number / float(1 << 8 * _BYTES)
