"""The number of threads that is faster is kept, and found again when the neighbours change."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_llm_server._engine.thread_count import ThreadCount

NUM_CALLS = 2000
Clock = Callable[[int], float]
"""Number of threads to the time of a call that evaluates one row."""


def quiet(threads: int) -> float:
    """Every thread has a core."""
    return 1 / threads


def busy(threads: int) -> float:
    """A neighbour keeps one of two cores: two threads wait for the one that lost it."""
    return 3.0 if threads > 1 else 1.0


def passing(threads: int) -> float:
    """A neighbour takes a core for a short while in each call, as a client does that reads a chunk."""
    return 0.6 if threads > 1 else 1.0


def run(count: ThreadCount, clock: Clock, num_calls: int = NUM_CALLS, num_rows: int = 1) -> list[int]:
    """The number of threads of each call."""
    counts = []
    for _ in range(num_calls):
        counts.append(count.current)
        count.observe(num_rows, clock(count.current) * num_rows)
    return counts


@pytest.mark.parametrize(("clock", "best"), [(quiet, 2), (passing, 2), (busy, 1)])
def test_the_faster_count_is_kept(clock: Clock, best: int) -> None:
    """Of two threads and one, nearly all calls have what the clock favours."""
    counts = run(ThreadCount(2), clock)
    assert counts.count(best) > 0.95 * NUM_CALLS


def test_the_best_of_many_is_found() -> None:
    """Where a neighbour leaves three of four cores, three threads are found, step by step."""
    counts = run(ThreadCount(4), lambda threads: 1 / threads if threads < 4 else 2.0)
    assert counts.count(3) > 0.9 * NUM_CALLS


def test_a_neighbour_is_noticed_at_once_and_forgotten_in_time() -> None:
    """Some calls after it came one thread is used; some after it left two are again."""
    count = ThreadCount(2)
    run(count, quiet)
    assert run(count, busy, 12)[-1] == 1
    run(count, busy)
    assert run(count, quiet, 150)[-1] == 2


def test_a_lasting_neighbour_costs_ever_fewer_trials() -> None:
    """Trials are made further and further apart, and a hopeless one ends with its first slow calls."""
    count = ThreadCount(2)
    run(count, busy, 12)
    counts = run(count, lambda threads: 30.0 if threads > 1 else 1.0)
    starts = [at for at, (before, after) in enumerate(pairwise(counts)) if (before, after) == (1, 2)]
    pauses = [later - earlier for earlier, later in pairwise(starts)]
    assert pauses == sorted(pauses)
    assert counts.count(2) == len(starts)
    assert len(starts) < 25


def test_one_slow_call_is_an_accident() -> None:
    """A single call that takes long takes no thread away."""
    count = ThreadCount(2)
    run(count, quiet, 4)
    count.observe(1, 5.0)
    assert count.current == 2


def test_only_calls_with_as_many_rows_are_compared() -> None:
    """A prefill among the calls of a trial says nothing of decoding: the trial is put off."""
    count = ThreadCount(2)
    while count.current == 2:
        count.observe(1, quiet(2))
    count.observe(16, 16 * quiet(1))
    assert count.current == 2
    mixed = [run(count, quiet, 1, num_rows)[0] for _ in range(NUM_CALLS) for num_rows in (1, 16)]
    assert mixed.count(2) > 0.95 * len(mixed)


@given(
    most=st.integers(1, 8),
    calls=st.lists(st.tuples(st.integers(1, 3), st.floats(0, 100)), max_size=400),
)
def test_stays_within_its_bounds(most: int, calls: list[tuple[int, float]]) -> None:
    """Whatever happens, there is a thread, and never more than asked for."""
    count = ThreadCount(most)
    for num_rows, elapsed_s in calls:
        count.observe(num_rows, elapsed_s)
        assert 1 <= count.current <= most
