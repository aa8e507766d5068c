"""In which order sleeps that nobody waits out end: each moves a scope's clock to its own end."""

import threading
import time
from dataclasses import dataclass

from fake_llm_server._seam import Clock

GRACE_S = 0.003
"""Real time in which nothing must happen before a sleep ends: others have that long to begin their sleeps."""

_NUM_QUIET = 4
"""How often nothing must have happened: an event loop that was held up reads what has come in between."""

_real_monotonic = time.monotonic  # others may find it replaced; see `program_time`


@dataclass(slots=True, eq=False)
class Sleep:
    """One sleep of the program.

    Attributes:
        seconds: how long it was to be.
        began_s: when it began, in real time.
        end_s: when it is over, by the scope's clock.
        num_quiet: how often in a row nothing had happened when it was asked whether it is over.
    """

    seconds: float
    began_s: float
    end_s: float
    num_quiet: int = 0


class SleepOrder:
    """The program's sleeps, which move a scope's clock on instead of waiting.

    Of several sleeps at once the one that is over first ends first, and moves the clock to its end: sleeps
    side by side take as long as the longest. None ends while the server works on a request of the scope, as
    its answer may bring about an earlier one. But no sleep takes longer in real time than it was to be.

    Any thread may call it.

    Args:
        clock: of the scope.

    Attributes:
        slept: the seconds of each sleep, in the order in which they began.
        skipped_s: by how much the clock was moved.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._sleeping: list[Sleep] = []
        self._stirred_s = 0.0
        self.slept: list[float] = []
        self.skipped_s = 0.0

    def begin(self, seconds: float) -> Sleep:
        """Begin a sleep; `end` must follow."""
        with self._lock:
            self._stirred_s = _real_monotonic()
            begun = Sleep(seconds, self._stirred_s, self._clock.now() + seconds)
            self._sleeping.append(begun)
            self.slept.append(seconds)
        return begun

    def is_over(self, sleep: Sleep) -> bool:
        """Whether a sleep is over; if it is its turn, the clock is moved to its end."""
        with self._lock:
            left_s = sleep.end_s - self._clock.now()
            if left_s <= 0:
                return True
            if sleep is not min(self._sleeping, key=lambda each: each.end_s):
                return False
            real_s = _real_monotonic()
            stirred_s = max(self._stirred_s, self._clock.worked_s)
            is_quiet = not self._clock.is_at_work and real_s - stirred_s >= GRACE_S
            sleep.num_quiet = sleep.num_quiet + 1 if is_quiet else 0
            if sleep.num_quiet < _NUM_QUIET and real_s - sleep.began_s < sleep.seconds:
                return False
            self._clock.advance(left_s)
            self.skipped_s += left_s
            return True

    def end(self, sleep: Sleep) -> None:
        """Forget a sleep that is over, or was broken off."""
        with self._lock:
            self._sleeping.remove(sleep)
            self._stirred_s = _real_monotonic()
