"""Chooses how many of llama.cpp's threads the next call uses: what the clock says is faster.

A call is as fast as its slowest thread. When a neighbour (the test, the client, another worker) keeps a core,
all threads wait for the one that lost it, and two are slower than one; when the neighbour only passes by, two
are faster still. docs/engine.md has figures. Only trying tells which: now and then a few calls are made with
one thread more or less, and compared with calls of as many rows before them.
The choice changes no bit of an answer: the self-check sees to that, or the count stays as it is.
"""

from dataclasses import dataclass

_TRIAL_CALLS = 3
"""Calls of a trial; together they are compared with what they would usually have taken."""

_GAIN = 0.95
"""A trial's time, as a share of the usual one, below which its count is kept."""

_HOPELESS = 2.0
"""Time of a call in a trial, as a multiple of the usual one, above which the trial is broken off."""

_SLOW = 1.5
"""A call's time, as a multiple of the usual one, from which something has changed."""

_NUM_SLOW = 2
"""Slow calls in a row after which fewer threads are tried at once: one alone may be an accident."""

_FIRST_PAUSE, _LAST_PAUSE = 8, 256
"""Calls between trials; doubled each time that one fails."""

_WEIGHT = 0.25
"""Of the newest call in the usual time."""


@dataclass
class _Trial:
    """Calls with another count."""

    num_calls: int = 0
    elapsed_s: float = 0.0
    usual_s: float = 0.0


class ThreadCount:
    """The number of threads for the next call.

    Args:
        most: threads to use when nothing disturbs.

    Attributes:
        current: threads to use now, from 1 to `most`.
    """

    def __init__(self, most: int) -> None:
        self.current = most
        self._most = most
        self._kept = most
        self._step = -1
        self._usual_s: dict[int, float] = {}
        self._num_slow = 0
        self._pause = _FIRST_PAUSE
        self._num_until_trial = _FIRST_PAUSE
        self._trial: _Trial | None = None

    def observe(self, num_rows: int, elapsed_s: float) -> None:
        """Learn from a call with the current number of threads.

        Args:
            num_rows: tokens that it evaluated; only calls with as many are compared.
            elapsed_s: by the clock.
        """
        if self._most == 1:
            return
        if self._trial is not None:
            self._continue_trial(self._trial, num_rows, elapsed_s)
            return
        usual_s = self._usual_s.setdefault(num_rows, elapsed_s)
        self._num_slow = self._num_slow + 1 if elapsed_s > _SLOW * usual_s else 0
        self._usual_s[num_rows] += _WEIGHT * (elapsed_s - usual_s)
        self._num_until_trial -= 1
        if self._num_slow == _NUM_SLOW and self._kept > 1:
            self._usual_s = {num_rows: elapsed_s}  # what was usual is over
            self._num_slow = 0
            self._pause = _FIRST_PAUSE
            self._begin_trial(-1)
        elif self._num_until_trial <= 0:
            self._begin_trial(self._step)

    def _begin_trial(self, step: int) -> None:
        self._step = step if 1 <= self._kept + step <= self._most else -step
        self.current = self._kept + self._step
        self._trial = _Trial()

    def _continue_trial(self, trial: _Trial, num_rows: int, elapsed_s: float) -> None:
        usual_s = self._usual_s.get(num_rows)
        if usual_s is None:  # there is no call of the kept count to compare with
            self._return()
            return
        trial.num_calls += 1
        trial.elapsed_s += elapsed_s
        trial.usual_s += usual_s
        if elapsed_s > _HOPELESS * usual_s:
            self._end_trial(is_better=False)
        elif trial.num_calls == _TRIAL_CALLS:
            self._end_trial(is_better=trial.elapsed_s < _GAIN * trial.usual_s)

    def _end_trial(self, *, is_better: bool) -> None:
        if is_better:
            self._kept = self.current
            self._usual_s.clear()
            self._pause = _FIRST_PAUSE
        else:
            self._step = -self._step
            self._pause = min(2 * self._pause, _LAST_PAUSE)
        self._return()

    def _return(self) -> None:
        """Go on with the kept count."""
        self.current = self._kept
        self._num_until_trial = self._pause
        self._trial = None
