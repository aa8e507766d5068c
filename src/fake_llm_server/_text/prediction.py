"""Counts how much of a predicted answer came true.

OpenAI bills predicted tokens by whether they appear in the answer. Here the answer and the prediction are
aligned as sequences of tokens; what both have in common, in order, was accepted, and the rest of the
prediction was rejected. So the number of accepted tokens is the length of their longest common subsequence.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

_MAX_KEPT_PLACES = 64
"""Of distinct tokens; those of one token take an eighth of a byte for each predicted token."""


def count_accepted(answer: Sequence[int], prediction: Sequence[int]) -> int:
    """Number of the prediction's tokens that the answer repeats, in order.

    It takes one addition of integers of `len(prediction)` bits for each token of the answer. Source:
    Hyyrö, "Bit-parallel LCS-length computation revisited", 2004.
    """
    num_leading = _count_leading(answer, prediction)
    middle = np.asarray(prediction[num_leading:], dtype=np.int32)
    return num_leading + _measure_common(answer[num_leading:], middle)


def _measure_common(answer: Sequence[int], prediction: NDArray[np.int32]) -> int:
    """Length of the longest common subsequence."""

    @lru_cache(_MAX_KEPT_PLACES)
    def find_places(token: int) -> int:
        """A number whose n-th bit says whether the prediction's n-th token is `token`."""
        return int.from_bytes(np.packbits(prediction == token, bitorder="little").tobytes(), "little")

    every_place = (1 << len(prediction)) - 1
    unmatched = every_place
    for token in answer:
        matched = unmatched & find_places(token)
        if matched:
            unmatched = (unmatched + matched | unmatched - matched) & every_place
    return len(prediction) - unmatched.bit_count()


def _count_leading(answer: Sequence[int], prediction: Sequence[int]) -> int:
    """How many tokens both begin with. A longest common subsequence may always begin with those."""
    pairs = enumerate(zip(answer, prediction, strict=False))
    differing = (number for number, (one, other) in pairs if one != other)
    return next(differing, min(len(answer), len(prediction)))
