"""Who asks for what, and whether anybody still wants it."""

import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


def always() -> bool:
    """It is wanted, however long it takes."""
    return True


class Askers(Generic[K]):
    """Those who have asked for a thing and haven't got it, by the thing's key. Safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._askers: dict[K, list[Callable[[], bool]]] = {}

    @contextmanager
    def asking(self, key: K, is_wanted: Callable[[], bool]) -> Iterator[None]:
        """Be one of them until the block ends.

        Args:
            key: names the thing.
            is_wanted: whether this one still wants it; asked from any thread.
        """
        with self._lock:
            self._askers.setdefault(key, []).append(is_wanted)
        try:
            yield
        finally:
            with self._lock:
                self._askers[key].remove(is_wanted)
                if not self._askers[key]:
                    del self._askers[key]

    def is_wanted(self, key: K) -> bool:
        """Whether one of them still wants the thing."""
        with self._lock:
            askers = tuple(self._askers.get(key, ()))
        return any(is_wanted() for is_wanted in askers)
