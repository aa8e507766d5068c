"""A scope's own clock: real time, and what a test has added to it."""

import asyncio
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

from fake_llm_server._errors import ConfigurationError

_LAST_MOMENT = datetime(9999, 12, 31, tzinfo=UTC).timestamp()
"""The last day that dates can be written of."""


class Clock:
    """Tells a scope's time, and sleeps by it. Any thread may read and move it.

    It runs as real time does, and a test moves it forward with `advance`. Frozen, it moves by that alone.
    `now` never goes back, so that whatever waits for a moment will see it.

    Attributes:
        worked_s: when the server last began or ended work for the scope, in real time.
    """

    def __init__(self) -> None:
        self._lock = threading.Condition()
        self._unix_offset_s = 0.0
        # When it was frozen, in real time, or None; and what was added. They are replaced together, so that
        # `now`, which is asked with every event of an answer, needs no lock.
        self._state: tuple[float | None, float] = (None, 0.0)
        self._wakers: set[Callable[[], None]] = set()
        self._num_requests = 0
        self._num_hanging = 0
        self.worked_s = 0.0

    def now(self) -> float:
        """Seconds since some moment; they never decrease."""
        frozen_s, advanced_s = self._state
        return (time.monotonic() if frozen_s is None else frozen_s) + advanced_s

    def unix_time(self) -> float:
        """Seconds since 1970, by this clock."""
        with self._lock:
            return self._unix_time()

    @property
    def is_frozen(self) -> bool:
        """Whether time stands still but for `advance`."""
        return self._state[0] is not None

    def advance(self, seconds: float) -> None:
        """Move the clock forward, and wake whatever has slept long enough by it.

        Raises:
            ConfigurationError: the seconds are negative, not finite, or lead beyond the year 9999.
        """
        if not (math.isfinite(seconds) and seconds >= 0):
            raise ConfigurationError(f"A clock is advanced by seconds, from 0 on; it was {seconds!r}.")
        with self._lock:
            frozen_s, advanced_s = self._state
            if self._unix_time() + seconds > _LAST_MOMENT:
                raise ConfigurationError(f"A clock goes to the year 9999; {seconds!r} seconds lead beyond.")
            self._state = (frozen_s, advanced_s + seconds)
        self._wake()

    def freeze(self, at: datetime | float | None = None) -> None:
        """Have time stand still but for `advance`; `resume` ends that.

        Args:
            at: the moment that `unix_time` tells from now on, also after `resume`: Unix seconds or a date;
                None leaves it as it is.

        Raises:
            ConfigurationError: it is no moment from 1970 to 9999.
        """
        moment = None if at is None else _read_moment(at)
        with self._lock:
            frozen_s, advanced_s = self._state
            if frozen_s is None:
                frozen_s = time.monotonic()
                self._state = (frozen_s, advanced_s)
                self._unix_offset_s += time.time() - frozen_s
            if moment is not None:
                self._unix_offset_s += moment - self._unix_time()
        self._wake()

    def resume(self) -> None:
        """Have time pass again, from where it stands. A clock that isn't frozen stays as it is."""
        with self._lock:
            frozen_s, advanced_s = self._state
            if frozen_s is not None:
                now_s, unix_s = time.monotonic(), time.time()
                self._state = (None, advanced_s + frozen_s - now_s)
                self._unix_offset_s += now_s - unix_s
        self._wake()

    def tell_real_time(self) -> None:
        """Have `unix_time` be the real one again, as of a new clock; time passes, and `now` goes on."""
        self.resume()
        with self._lock:
            self._unix_offset_s = -self._state[1]

    async def sleep(self, seconds: float) -> None:
        """Wait until so much time has passed, real or advanced; for 0 others have their turn."""
        await self.sleep_until(self.now() + seconds)

    async def sleep_until(self, moment: float) -> None:
        """Wait for a moment of `now`; if it is past, only let others have their turn."""
        await asyncio.sleep(0)
        if self.now() >= moment:
            return
        with self._watch() as changed:
            while (left_s := moment - self.now()) > 0:
                with suppress(TimeoutError):
                    await asyncio.wait_for(changed.wait(), None if self.is_frozen else left_s)
                changed.clear()

    def wait_for_sleepers(self, number: int = 1, *, timeout_s: float = 10.0) -> None:
        """Wait until so many sleep by this clock, as slow replies do: then it is time to advance it.

        Args:
            number: of them.
            timeout_s: how long to wait, in real seconds.

        Raises:
            TimeoutError: there weren't so many in that time.
        """
        with self._lock:
            if not self._lock.wait_for(lambda: len(self._wakers) >= number, timeout_s):
                raise TimeoutError(
                    f"{len(self._wakers)} sleep by this clock after {timeout_s:g} s, and not {number}."
                )

    @property
    def is_at_work(self) -> bool:
        """Whether the server works on a request of the scope: one that neither sleeps nor hangs."""
        return self._num_requests > len(self._wakers) + self._num_hanging

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Count a request that is answered until the block ends. For the server's thread."""
        self._num_requests += 1
        self.worked_s = time.monotonic()
        try:
            yield
        finally:
            self._num_requests -= 1
            self.worked_s = time.monotonic()

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """Count an answer of which nothing more comes until the block ends. For the server's thread."""
        self._num_hanging += 1
        try:
            yield
        finally:
            self._num_hanging -= 1

    @contextmanager
    def _watch(self) -> Iterator[asyncio.Event]:
        """An event of the running loop that is set whenever the clock is moved."""
        changed, loop = asyncio.Event(), asyncio.get_running_loop()

        def wake() -> None:
            with suppress(RuntimeError):  # the loop has closed meanwhile
                loop.call_soon_threadsafe(changed.set)

        with self._lock:
            self._wakers.add(wake)
            self._lock.notify_all()
        try:
            yield changed
        finally:
            with self._lock:
                self._wakers.discard(wake)

    def _wake(self) -> None:
        with self._lock:
            wakers = list(self._wakers)
        for wake in wakers:
            wake()

    def _unix_time(self) -> float:
        frozen_s, advanced_s = self._state
        return (time.time() if frozen_s is None else frozen_s) + advanced_s + self._unix_offset_s


def _read_moment(at: datetime | float) -> float:
    seconds = at.timestamp() if isinstance(at, datetime) else at
    if not (math.isfinite(seconds) and 0 <= seconds <= _LAST_MOMENT):
        raise ConfigurationError(
            f"A clock stands at Unix seconds or a date, from 1970 to the year 9999; it was {at!r}."
        )
    return seconds
