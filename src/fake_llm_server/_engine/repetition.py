"""Notices that a text goes round in circles, as small models at temperature 0 end up doing.

A loop is a tail that repeats the same tokens, at least `MIN_ROUNDS` times and over at least `MIN_TOKENS`
tokens. Numbers may differ from round to round (`1. The same.` `2. The same.`), if a round has at least
`MIN_WORDS` tokens with letters: counting and tables of numbers are no loops. A loop ends the text where a
sentence or a line ends in it, or after one more round.
"""

import codecs

import numpy as np
from numpy.typing import NDArray

MIN_ROUNDS = 6
MIN_TOKENS = 64
MIN_WORDS = 5
MAX_PERIOD = 96
"""Most tokens that a round may have."""

_ENDS = (".", "!", "?", "\n", "。")
_NUMBER = -1
"""Stands for any number; no token has this id."""


class RepetitionWatch:
    """Watches the tokens of one text."""

    def __init__(self) -> None:
        self._exact = _Circle()
        self._but_numbers = _Circle()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._words: list[bool] = []
        self._is_number = False
        self._rest: int | None = None

    def add(self, token_id: int, text: bytes) -> bool:
        """Take the text's next token; whether the text is to end after it.

        Args:
            token_id: in the model's vocabulary.
            text: the token's bytes.
        """
        characters = self._decoder.decode(text)
        was_number, self._is_number = self._is_number, characters.strip().isdigit()
        if self._rest is None:
            self._rest = self._find_period(token_id, characters, was_number=was_number)
            return False
        self._rest -= 1
        is_within_character = bool(self._decoder.getstate()[0])
        is_end = characters.rstrip(" ").endswith(_ENDS) and not was_number  # as in "1."
        return not is_within_character and (self._rest <= 0 or is_end)

    def _find_period(self, token_id: int, text: str, *, was_number: bool) -> int | None:
        """How many tokens a round has, once there is a loop."""
        period = self._exact.add(token_id)
        if self._is_number and was_number:
            return period  # the digits of a number are one
        self._words.append(any(map(str.isalpha, text)))
        loose = self._but_numbers.add(_NUMBER if self._is_number else token_id)
        if period is None and loose is not None and sum(self._words[-loose:]) >= MIN_WORDS:
            return loose
        return period


class _Circle:
    """Finds the shortest period of a sequence's tail."""

    def __init__(self) -> None:
        self._latest: NDArray[np.int64] = np.full(MAX_PERIOD, -2, np.int64)
        self._runs: NDArray[np.int64] = np.zeros(MAX_PERIOD, np.int64)

    def add(self, symbol: int) -> int | None:
        """Take the next symbol; the tail's period, if it has repeated often enough."""
        self._runs = (self._runs + 1) * (self._latest == symbol)
        self._latest[1:] = self._latest[:-1]
        self._latest[0] = symbol
        found = np.flatnonzero(self._runs >= _NEEDED)
        return int(found[0]) + 1 if found.size else None


_PERIODS = np.arange(1, MAX_PERIOD + 1)
_NEEDED = np.maximum(MIN_ROUNDS * _PERIODS, MIN_TOKENS) - _PERIODS
"""For each period, how many symbols must equal the one a period before."""
