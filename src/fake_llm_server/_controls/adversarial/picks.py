"""Chooses by numbers that were drawn before."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

T = TypeVar("T")


class Picks:
    """Chooses by one number after the other; when they are used up, always the first option.

    So options stand simplest first, and fewer or smaller numbers make simpler choices.

    Args:
        numbers: from 0.
    """

    def __init__(self, numbers: Iterable[int]) -> None:
        self._numbers = iter(numbers)

    def choose(self, options: Sequence[T]) -> T:
        """One of some options, of which there is at least one; where there is one, no number is used up."""
        return options[0] if len(options) == 1 else options[next(self._numbers, 0) % len(options)]

    def is_chosen(self) -> bool:
        """Yes or no; no is simpler."""
        return self.choose((False, True))
