"""Draws the next token of one sequence from its logits.

The draw is a function of (logits, settings, seed, choice, tokens so far): no state is shared. Arithmetic
is in 64 bits and the same on every machine (`fixed_arithmetic.py`; sorting, cumulating and partitioning have
one result by definition), and random numbers come from PCG64's raw stream, which NumPy keeps stable.
"""

import numpy as np
from numpy.typing import NDArray

from fake_llm_server._engine.fixed_arithmetic import exp_of_differences, sum_in_halves
from fake_llm_server._seam import Sampling

Logits = NDArray[np.float32]
"""One row: a logit for each token of the vocabulary."""
Mask = NDArray[np.bool_]
"""For each token of the vocabulary, whether the constraint allows it."""

_NUM_FIRST_CANDIDATES = 128
_MASK_64 = 2**64 - 1
_UNIT = 2.0**-53


class Sampler:
    """The sampler of one sequence.

    Args:
        settings: the request's.
        choice: which of the request's choices this is; each draws from its own stream.
    """

    def __init__(self, settings: Sampling, choice: int) -> None:
        self._settings = settings
        self._counts: dict[int, int] = {}
        self._has_penalties = settings.frequency_penalty != 0 or settings.presence_penalty != 0
        self._is_greedy = settings.temperature == 0 or settings.top_p == 0
        self._random = None if self._is_greedy else np.random.PCG64(_seed(settings.seed, choice))

    def draw(self, logits: Logits, allowed: Mask | None = None) -> int:
        """Draw a token; the lowest id wins among equals."""
        if self._settings.logit_bias or self._counts:
            logits = self._adjust(logits)
        if allowed is not None:
            logits = np.where(allowed, logits, -np.inf)
        if self._random is None:
            return int(logits.argmax())
        uniform = (int(self._random.random_raw()) >> 11) * _UNIT
        return _pick(logits, self._settings, uniform)

    def count(self, token_id: int) -> None:
        """Note that a token was generated, drawn or forced."""
        if self._has_penalties:
            self._counts[token_id] = self._counts.get(token_id, 0) + 1

    def _adjust(self, logits: Logits) -> Logits:
        adjusted = logits.copy()
        for token_id, addend in self._settings.logit_bias.items():
            adjusted[token_id] += addend
        for token_id, count in self._counts.items():
            adjusted[token_id] -= self._settings.frequency_penalty * count + self._settings.presence_penalty
        return adjusted


def _seed(seed: int | None, choice: int) -> np.random.SeedSequence:
    return np.random.SeedSequence() if seed is None else np.random.SeedSequence((seed & _MASK_64, choice))


def _pick(logits: Logits, settings: Sampling, uniform: float) -> int:
    """The token at quantile `uniform` of the nucleus."""
    scaled = (logits.astype(np.float64) - float(logits.max())) / settings.temperature
    weights = exp_of_differences(scaled)
    if settings.top_p < 1:
        candidates = _nucleus(weights, settings.top_p)
        cumulated = np.cumsum(weights[candidates])
        return int(candidates[_quantile(cumulated, uniform)])
    return _quantile(np.cumsum(weights), uniform)


def _quantile(cumulated: NDArray[np.float64], uniform: float) -> int:
    index = int(np.searchsorted(cumulated, uniform * cumulated[-1], side="right"))
    if index < len(cumulated):
        return index
    return int(np.searchsorted(cumulated, cumulated[-1], side="left"))


def _nucleus(weights: NDArray[np.float64], top_p: float) -> NDArray[np.intp]:
    """The fewest most probable tokens whose mass reaches `top_p`, best first, lower ids first."""
    needed = top_p * sum_in_halves(weights)
    num_candidates = _NUM_FIRST_CANDIDATES
    while True:
        candidates = most_probable(weights, num_candidates)
        cumulated = np.cumsum(weights[candidates])
        if cumulated[-1] >= needed or len(candidates) == len(weights):
            return candidates[: int(np.searchsorted(cumulated, needed, side="left")) + 1]
        num_candidates *= 8


def most_probable(values: NDArray[np.floating], count: int) -> NDArray[np.intp]:
    """Indices of the `count` greatest values, greatest first, lower indices first among equals."""
    if count >= len(values):
        return np.argsort(-values, kind="stable")
    least = np.partition(values, len(values) - count)[len(values) - count]
    candidates = np.flatnonzero(values >= least)
    return candidates[np.argsort(-values[candidates], kind="stable")][:count]
