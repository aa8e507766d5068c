"""Slots are taken lowest first, and sequences are grouped into calls by their own pending tokens."""

from dataclasses import dataclass

import pytest

from fake_llm_server._engine.schedule import Slots, group_calls


@dataclass(frozen=True)
class Sequence:
    """A running sequence."""

    slot: int
    num_pending: int = 1


def test_the_lowest_free_slot_is_taken() -> None:
    """Running sequences stay neighbours, which llama.cpp needs to decode them in one go."""
    slots = Slots(3)
    assert [slots.take(), slots.take(), slots.take()] == [0, 1, 2]
    assert not slots.has_free
    slots.release(2)
    slots.release(0)
    assert [slots.take(), slots.take()] == [0, 2]


@pytest.mark.parametrize(
    ("running", "is_batched", "expected"),
    [
        ([], True, []),
        ([(2, 1), (0, 1)], True, [[0, 2]]),
        ([(2, 1), (0, 1)], False, [[0], [2]]),
        ([(1, 4), (2, 1), (0, 1), (3, 2)], True, [[0, 2], [1], [3]]),
        ([(1, 4)], True, [[1]]),
    ],
)
def test_groups_by_pending_tokens(
    *, running: list[tuple[int, int]], is_batched: bool, expected: list[list[int]]
) -> None:
    """Single tokens share a call where that is exact; a forced run is always by itself."""
    groups = group_calls([Sequence(*one) for one in running], is_batched=is_batched)
    assert [[one.slot for one in group] for group in groups] == expected
