"""The number of threads falls when a core is taken, and comes back when it is given back."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from fake_llm_server._engine.thread_count import ThreadCount

CALM, DISTURBED = 0.99, 0.5


def observe(count: ThreadCount, *shares: float) -> list[int]:
    """The number of threads after each call, given what share of it the calling thread ran."""
    counts = []
    for share in shares:
        count.observe(1.0, share)
        counts.append(count.current)
    return counts


def test_one_disturbed_call_is_an_accident() -> None:
    """Two in a row take a thread away, one doesn't."""
    assert observe(ThreadCount(2), CALM, DISTURBED, CALM, DISTURBED, DISTURBED) == [2, 2, 2, 2, 1]


def test_calm_brings_the_thread_back() -> None:
    """After a pause a thread is tried again, and stays when nothing disturbs it."""
    count = ThreadCount(2)
    observe(count, DISTURBED, DISTURBED)
    assert observe(count, *[CALM] * 20)[-1] == 2


def test_a_failed_trial_lasts_one_call_and_makes_the_pause_longer() -> None:
    """A lasting neighbour costs ever fewer trials."""
    count = ThreadCount(2)
    observe(count, DISTURBED, DISTURBED)
    counts = [count.current]
    for _ in range(2000):
        counts.append(count.current)
        count.observe(1.0, DISTURBED if count.current == 2 else CALM)
    trials = [at for at, current in enumerate(counts) if current == 2]
    pauses = [later - earlier for earlier, later in pairwise(trials)]
    assert pauses == sorted(pauses)
    assert len(trials) < 25


@given(most=st.integers(1, 8), shares=st.lists(st.floats(0, 1), max_size=300))
def test_stays_within_its_bounds(most: int, shares: list[float]) -> None:
    """Whatever happens, there is a thread, and never more than asked for."""
    assert all(1 <= current <= most for current in observe(ThreadCount(most), *shares))
