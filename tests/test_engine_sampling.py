"""Draws follow the distribution that the settings describe, and the seed alone."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_llm_server._engine.sampling import Logits, Sampler, most_probable
from fake_llm_server._seam import Sampling

LOGITS = np.log(np.array([0.1, 0.4, 0.2, 0.3], dtype=np.float32))


def draws(settings: Sampling, count: int, logits: Logits = LOGITS, choice: int = 0) -> list[int]:
    """Tokens that one sampler draws from the same logits."""
    sampler = Sampler(settings, choice)
    return [sampler.draw(logits) for _ in range(count)]


def shares(settings: Sampling) -> list[float]:
    """How often each token is drawn."""
    counts = np.bincount(draws(settings, 4000), minlength=4)
    return [float(share) for share in counts / 4000]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (Sampling(temperature=1), (0.1, 0.4, 0.2, 0.3)),
        (Sampling(temperature=0.5), (0.01 / 0.3, 0.16 / 0.3, 0.04 / 0.3, 0.09 / 0.3)),
        (Sampling(temperature=1, top_p=0.7), (0, 4 / 7, 0, 3 / 7)),
        (Sampling(temperature=1, top_p=0.71), (0, 4 / 9, 2 / 9, 3 / 9)),
        (Sampling(temperature=1, top_p=0.0), (0, 1, 0, 0)),
        (Sampling(temperature=1, logit_bias={1: -100}), (1 / 6, 0, 2 / 6, 3 / 6)),
        (Sampling(temperature=1e-9), (0, 1, 0, 0)),
    ],
)
def test_draws_follow_the_distribution(settings: Sampling, expected: tuple[float, ...]) -> None:
    """Temperature, nucleus and bias shape the shares as OpenAI describes them."""
    assert shares(replace(settings, seed=1)) == pytest.approx(expected, abs=0.03)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (Sampling(frequency_penalty=0.4, presence_penalty=0.4), [1, 3, 2, 1]),
        (Sampling(presence_penalty=2), [1, 3, 2, 0]),
        (Sampling(frequency_penalty=-1), [1, 1, 1, 1]),
        (Sampling(logit_bias={0: 3}), [0, 0, 0, 0]),
    ],
)
def test_penalties_count_what_was_generated(settings: Sampling, expected: list[int]) -> None:
    """A penalty moves greedy draws away from (or towards) tokens that were generated."""
    sampler = Sampler(settings, 0)
    drawn = []
    for _ in range(4):
        drawn.append(sampler.draw(LOGITS))
        sampler.count(drawn[-1])
    assert drawn == expected


def test_a_mask_leaves_only_allowed_tokens() -> None:
    """What a constraint forbids is never drawn, at any temperature."""
    allowed = np.array([True, False, True, False])
    for settings in (Sampling(), Sampling(temperature=2, seed=1)):
        sampler = Sampler(settings, 0)
        assert {sampler.draw(LOGITS, allowed) for _ in range(50)} <= {0, 2}


@given(seed=st.integers(-(2**63), 2**63 - 1), choice=st.integers(0, 127))
def test_a_seed_fixes_the_draws_of_each_choice(seed: int, choice: int) -> None:
    """Equal (seed, choice) draw equally; another choice, or the seed plus one, draws otherwise."""
    flat = np.zeros(1000, dtype=np.float32)
    settings = Sampling(temperature=1, seed=seed)
    drawn = draws(settings, 6, flat, choice)
    assert drawn == draws(settings, 6, flat, choice)
    assert drawn != draws(settings, 6, flat, choice + 1)
    assert drawn != draws(replace(settings, seed=seed ^ (1 << 40)), 6, flat, choice)


def test_without_a_seed_draws_differ() -> None:
    """Two unseeded samplers don't share a stream."""
    flat = np.zeros(100_000, dtype=np.float32)
    settings = Sampling(temperature=1)
    assert draws(settings, 4, flat) != draws(settings, 4, flat)


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=30), st.integers(1, 40))
def test_most_probable_sorts_and_prefers_lower_ids(values: list[int], count: int) -> None:
    """The greatest values come first, and among equals the lower index."""
    expected = sorted(range(len(values)), key=lambda index: (-values[index], index))[:count]
    assert most_probable(np.array(values, dtype=np.float32), count).tolist() == expected


def test_a_nucleus_beyond_the_first_candidates_is_found() -> None:
    """A flat distribution's nucleus is as wide as its mass asks for."""
    flat = np.zeros(5000, dtype=np.float32)
    drawn = draws(Sampling(temperature=1, top_p=0.5, seed=3), 2000, flat)
    assert max(drawn) < 2500
    assert max(drawn) > 2000
