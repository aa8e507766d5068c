"""Counts how much of a predicted answer came true.

OpenAI bills predicted tokens by whether they appear in the answer. Here the answer and the prediction are
aligned as sequences of tokens; what both have in common, in order, was accepted, and the rest of the
prediction was rejected.
"""

from collections.abc import Hashable, Sequence
from difflib import SequenceMatcher


def count_accepted(answer: Sequence[Hashable], prediction: Sequence[Hashable]) -> int:
    """Number of the prediction's tokens that the answer repeats, in order."""
    matcher = SequenceMatcher(None, answer, prediction, autojunk=False)
    return sum(block.size for block in matcher.get_matching_blocks())
