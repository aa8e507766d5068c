"""What a test or a tenant owns on a server that it shares with others."""

import itertools
import threading
from typing import TypeVar

from fake_llm_server._seam.clock import Clock
from fake_llm_server._seam.occurrences import OccurrenceCounts
from fake_llm_server._settings import AnswerRules

T = TypeVar("T")


class Scope:
    """The owner of calls: what one scope does never shows in another.

    Stored objects carry the scope's name, and calls are numbered within it. Which scope a request belongs to
    is decided by its API key; the default scope takes the rest.

    Args:
        name: unique on the server; empty for the default scope.
        rules: of its answers; None takes the server's.

    Attributes:
        name: as it was given.
        rules: as they were given; they may be replaced, and hold for calls from then on.
        clock: by which its replies are paced, its limits counted and its answers dated.
        occurrences: how often the scope asked the same, from which its ids are made.
    """

    def __init__(self, name: str = "", rules: AnswerRules | None = None) -> None:
        self.name = name
        self.rules = rules
        self.clock = Clock()
        self.occurrences = OccurrenceCounts()
        self._ordinals = itertools.count()
        self._lock = threading.Lock()
        self._owned: dict[type, object] = {}

    def next_ordinal(self) -> int:
        """The number of the scope's next call, from 0."""
        with self._lock:
            return next(self._ordinals)

    def own(self, kind: type[T]) -> T:
        """The one object of this class that belongs to the scope; it is made when it is first asked for."""
        with self._lock:
            if kind not in self._owned:
                self._owned[kind] = kind()
            found = self._owned[kind]
        assert isinstance(found, kind)  # noqa: S101 - as it was put there
        return found

    def find(self, kind: type[T]) -> T | None:
        """The object of this class that belongs to the scope, if there is one."""
        found = self._owned.get(kind)
        return found if isinstance(found, kind) else None

    def forget_all_but(self, kind: type) -> None:
        """Let go of what belongs to it, but of the object of one class."""
        with self._lock:
            self._owned = {each: owned for each, owned in self._owned.items() if each is kind}

    def __repr__(self) -> str:
        return f"Scope({self.name!r})"
