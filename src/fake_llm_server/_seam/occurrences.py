"""Counts how often the same thing was asked, within bounds."""

import threading
from collections import OrderedDict

MAX_KEYS = 65_536
"""Keys whose own counts are kept: about 200 bytes each."""


class OccurrenceCounts:
    """Numbers the occurrences of each key, so that no number is given twice for one key.

    The counts of the last `max_keys` keys are exact: 0, 1, 2 and so on, in whatever order keys come. Of those
    that were used longer ago only the highest count of all is kept, and all keys that are new, or new again,
    go on from there. Any thread may call it.

    Args:
        max_keys: how many keys are told apart.
    """

    def __init__(self, max_keys: int = MAX_KEYS) -> None:
        self._max_keys = max_keys
        self._lock = threading.Lock()
        self._next: OrderedDict[bytes, int] = OrderedDict()
        self._floor = 0

    def take(self, key: bytes) -> int:
        """The number of this occurrence of a key."""
        with self._lock:
            number = self._next.get(key, self._floor)
            self._set(key, number + 1)
        return number

    def skip(self, key: bytes, number: int) -> None:
        """Have later occurrences of a key numbered from `number` on, unless they are already beyond it."""
        with self._lock:
            self._set(key, max(number, self._next.get(key, self._floor)))

    def _set(self, key: bytes, number: int) -> None:
        self._next[key] = number
        self._next.move_to_end(key)
        if len(self._next) > self._max_keys:
            _, dropped = self._next.popitem(last=False)
            self._floor = max(self._floor, dropped)
