"""Accepted tokens are those that answer and prediction have in common, in order."""

import time

from hypothesis import given
from hypothesis import strategies as st

from fake_llm_server._text.prediction import count_accepted

tokens = st.lists(st.integers(0, 4), max_size=24)


def _common_length(one: list[int], other: list[int]) -> int:
    """Length of the longest common subsequence, by the textbook's table."""
    row = [0] * (len(other) + 1)
    for token in one:
        above, row = row, [0]
        for position, candidate in enumerate(other):
            row.append(above[position] + 1 if token == candidate else max(above[position + 1], row[-1]))
    return row[-1]


@given(answer=tokens, prediction=tokens)
def test_the_longest_common_subsequence_is_accepted(answer: list[int], prediction: list[int]) -> None:
    """The count is exact."""
    assert count_accepted(answer, prediction) == _common_length(answer, prediction)


def test_a_huge_prediction_is_compared_in_moments() -> None:
    """200,000 predicted tokens against 20 take hundredths of a second; the bound is generous."""
    begun_s = time.perf_counter()
    assert count_accepted(list(range(20)), list(range(200_000, 0, -1))) == 1
    assert time.perf_counter() - begun_s < 2
