"""Costly things: made once, shared by all who need the same one, and kept for a while when unused.

Knows nothing of models: a key names a thing, a callable makes it, another closes it.
"""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Generic, Self, TypeVar

from fake_llm_server._weights.askers import Askers, always

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


WANTED_INTERVAL_S = 0.05
"""How often one who waits and may give up is asked whether the thing is still wanted."""


class PoolFullError(Exception):
    """The pool's budget has no room for another thing, and nothing in it is unused."""


class NotWantedError(Exception):
    """Who asked for the thing gave up before it was there."""


@dataclass(slots=True, eq=False)
class _Entry(Generic[V]):
    num_bytes: int
    num_users: int = 1
    value: V | None = None
    is_ready: bool = False


@dataclass(frozen=True, slots=True)
class PoolRow(Generic[K]):
    """What the pool tells of one thing in it."""

    key: K
    num_bytes: int
    num_users: int


class Lease(Generic[V]):
    """The right to use a shared thing until `release`."""

    def __init__(self, value: V, release: Callable[[], None]) -> None:
        self.value = value
        self._release: Callable[[], None] | None = release
        self._lock = threading.Lock()

    def release(self) -> None:
        """Stop using it. Idempotent, from any thread."""
        with self._lock:
            release, self._release = self._release, None
        if release is not None:
            release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.release()


class SharedPool(Generic[K, V]):
    """Things by key, each made once however many want it, and closed when room is wanted.

    Safe from any thread. Making and closing happen outside of the pool's lock, so that one slow
    thing doesn't hold up another.

    Args:
        close: ends an unused thing.
        max_unused: how many unused things stay, the most recently used ones.
        max_bytes: what all things together may take; None is unlimited.
    """

    def __init__(
        self, close: Callable[[V], None], *, max_unused: int = 1, max_bytes: int | None = None
    ) -> None:
        self.max_unused = max_unused
        self.max_bytes = max_bytes
        self._close = close
        self._entries: OrderedDict[K, _Entry[V]] = OrderedDict()
        self._changed = threading.Condition()
        self._waiting: deque[object] = deque()
        self._askers: Askers[K] = Askers()

    def is_wanted(self, key: K) -> bool:
        """Whether somebody who asked for the thing of this key, and hasn't got it, still wants it."""
        return self._askers.is_wanted(key)

    def acquire_ready(self, key: K) -> Lease[V] | None:
        """Share the thing of this key if it exists and no one waits for room; never waits."""
        with self._changed:
            entry = self._entries.get(key)
            if entry is None or not entry.is_ready or self._waiting:
                return None
            return Lease(self._take(key), lambda: self._release(key))

    def acquire(
        self,
        key: K,
        create: Callable[[], V],
        *,
        num_bytes: int = 0,
        wait_s: float | None = 0.0,
        is_wanted: Callable[[], bool] = always,
    ) -> Lease[V]:
        """Share the thing of this key, making it if it isn't there.

        One caller makes the thing for all who ask for it. `create` may ask the pool's `is_wanted` whether any
        of them still wants it, and raise if not.

        Args:
            key: names the thing.
            create: makes it; what it raises is raised here, and the next one to ask tries anew.
            num_bytes: what the thing will take.
            wait_s: how long to wait for others to release theirs when the budget is used up; None is
                as long as it takes. Those who wait are served in the order they came, and before those
                who want what is there already, so that a thing in constant use doesn't keep others out.
            is_wanted: whether this caller still wants it; asked from any thread, while it waits or makes.

        Raises:
            PoolFullError: the budget has no room and gets none within `wait_s`.
            NotWantedError: the caller gave up while it waited.
        """
        with self._askers.asking(key, is_wanted):
            return self._acquire(key, create, num_bytes, wait_s, is_wanted)

    def _acquire(
        self,
        key: K,
        create: Callable[[], V],
        num_bytes: int,
        wait_s: float | None,
        is_wanted: Callable[[], bool],
    ) -> Lease[V]:
        with self._changed:
            found = self._find_or_reserve(key, num_bytes, wait_s, is_wanted)
            if found is not None:
                return Lease(found, lambda: self._release(key))
            victims = self._pop_unused(self._is_over_budget)
        try:
            self._close_all(victims)
            value = create()
        except BaseException:
            with self._changed:
                del self._entries[key]
                self._changed.notify_all()
            raise
        with self._changed:
            entry = self._entries[key]
            entry.value, entry.is_ready = value, True
            self._changed.notify_all()
        return Lease(value, lambda: self._release(key))

    def _find_or_reserve(
        self, key: K, num_bytes: int, wait_s: float | None, is_wanted: Callable[[], bool]
    ) -> V | None:
        """The thing, or None after reserving its place; then the caller must make it."""
        ticket = object()

        def is_decided() -> bool:
            entry = self._entries.get(key)
            return entry.is_ready if entry is not None else self._has_room(num_bytes)

        # A thing that another thread is making is waited for as long as it takes.
        self._wait_for(lambda: key not in self._entries or self._entries[key].is_ready, None, is_wanted)
        if wait_s == 0 and not is_decided():
            raise self._describe_lack(num_bytes)
        if wait_s != 0 and (self._waiting or not is_decided()):
            self._waiting.append(ticket)
            try:
                if not self._wait_for(lambda: self._waiting[0] is ticket and is_decided(), wait_s, is_wanted):
                    raise self._describe_lack(num_bytes)
            finally:
                self._waiting.remove(ticket)
                self._changed.notify_all()
        if key in self._entries:
            return self._take(key)
        self._entries[key] = _Entry(num_bytes)
        return None

    def _wait_for(
        self, is_met: Callable[[], bool], wait_s: float | None, is_wanted: Callable[[], bool]
    ) -> bool:
        """Wait for a condition; says whether it is met.

        Raises:
            NotWantedError: the caller gave up meanwhile.
        """
        if is_wanted is always:
            return self._changed.wait_for(is_met, wait_s)
        deadline = None if wait_s is None else time.monotonic() + wait_s
        while not is_met():
            if not is_wanted():
                raise NotWantedError
            left_s = WANTED_INTERVAL_S if deadline is None else deadline - time.monotonic()
            if left_s <= 0:
                return False
            self._changed.wait(min(left_s, WANTED_INTERVAL_S))
        return True

    def _describe_lack(self, num_bytes: int) -> PoolFullError:
        return PoolFullError(
            f"{num_bytes} bytes are wanted, {self._count_used_bytes()} of {self.max_bytes} are in use"
        )

    def _take(self, key: K) -> V:
        entry = self._entries[key]
        entry.num_users += 1
        self._entries.move_to_end(key)
        assert entry.value is not None  # noqa: S101 - it is ready
        return entry.value

    def _has_room(self, num_bytes: int) -> bool:
        return self.max_bytes is None or self._count_used_bytes() + num_bytes <= self.max_bytes

    def _count_used_bytes(self) -> int:
        return sum(entry.num_bytes for entry in self._entries.values() if entry.num_users)

    def _is_over_budget(self) -> bool:
        total = sum(entry.num_bytes for entry in self._entries.values())
        return self.max_bytes is not None and total > self.max_bytes

    def _is_over_count(self) -> bool:
        return sum(not entry.num_users for entry in self._entries.values()) > self.max_unused

    def _release(self, key: K) -> None:
        with self._changed:
            entry = self._entries[key]
            entry.num_users -= 1
            self._entries.move_to_end(key)
            victims = self._pop_unused(self._is_over_count)
            self._changed.notify_all()
        self._close_all(victims)

    def release_unused(self, is_meant: Callable[[K], bool] = lambda _key: True) -> int:
        """Close the unused things of the chosen keys, and return their number."""
        with self._changed:
            victims = self._pop_unused(lambda: True, is_meant)
            self._changed.notify_all()
        self._close_all(victims)
        return len(victims)

    def _pop_unused(
        self, is_wanted: Callable[[], bool], is_meant: Callable[[K], bool] = lambda _key: True
    ) -> list[V]:
        """Take out unused things, the least recently used first, for as long as `is_wanted`."""
        victims: list[V] = []
        for key in [key for key, entry in self._entries.items() if not entry.num_users and is_meant(key)]:
            if not is_wanted():
                break
            value = self._entries.pop(key).value
            if value is not None:
                victims.append(value)
        return victims

    def _close_all(self, victims: list[V]) -> None:
        """Close each, also after one that fails; the last failure is raised."""
        with ExitStack() as closing:
            for value in reversed(victims):
                closing.callback(self._close, value)

    def values(self) -> tuple[V, ...]:
        """The things that are made."""
        with self._changed:
            return tuple(entry.value for entry in self._entries.values() if entry.value is not None)

    def __iter__(self) -> Iterator[PoolRow[K]]:
        """What is in the pool, the least recently used first."""
        with self._changed:
            rows = [PoolRow(key, entry.num_bytes, entry.num_users) for key, entry in self._entries.items()]
        return iter(rows)
