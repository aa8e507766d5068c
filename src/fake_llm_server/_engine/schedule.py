"""Who gets a slot, and which rows go into which call. Pure decisions: no model, no clock, no thread."""

import heapq
from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar


class Pending(Protocol):
    """A running sequence, as far as grouping looks at it."""

    @property
    def slot(self) -> int:
        """The slot that it runs in."""

    @property
    def num_pending(self) -> int:
        """How many tokens wait to be evaluated."""


Running = TypeVar("Running", bound=Pending)


class Slots:
    """The free slots; the lowest is taken first, so that running sequences stay neighbours."""

    def __init__(self, num_slots: int) -> None:
        self._free = list(range(num_slots))

    @property
    def has_free(self) -> bool:
        """Whether a slot is free."""
        return bool(self._free)

    def take(self) -> int:
        """Take the lowest free slot."""
        return heapq.heappop(self._free)

    def release(self, slot: int) -> None:
        """Give a slot back."""
        heapq.heappush(self._free, slot)


def group_calls(running: Iterable[Running], *, is_batched: bool) -> list[Sequence[Running]]:
    """Which sequences are evaluated together.

    Sequences with one pending token share a call, in the order of their slots; one with a run of forced
    tokens gets a call of its own, and so does each where batches aren't exact.
    """
    ordered = sorted(running, key=lambda sequence: sequence.slot)
    singles = [sequence for sequence in ordered if sequence.num_pending == 1]
    runs = [sequence for sequence in ordered if sequence.num_pending > 1]
    together = [singles] if is_batched and singles else [[sequence] for sequence in singles]
    return [*together, *([sequence] for sequence in runs)]
