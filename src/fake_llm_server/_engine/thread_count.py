"""Chooses how many of llama.cpp's threads the next call uses, by how the last ones fared.

A call is as fast as its slowest thread. When a neighbour (the test, the client, another worker) takes a core,
all threads wait for the one that lost it, and two are slower than one: docs/engine.md has figures. A thread
that waits for another one soon sleeps (`openmp.py`), so its processor time falls behind the clock's.
The choice changes no bit of an answer: the self-check sees to that, or the count stays as it is.
"""

_CALM_SHARE = 0.85
"""Least share of a call's time that its thread must have run for, where no core was taken."""

_NUM_DISTURBED = 2
"""Disturbed calls in a row after which a thread is given up: one alone may be an accident."""

_FIRST_PAUSE, _LAST_PAUSE = 8, 128
"""Calls until a further thread is tried again; doubled each time that it fails."""


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
        self._num_disturbed = 0
        self._pause = _FIRST_PAUSE
        self._num_until_trial = 0
        self._is_trial = False

    def observe(self, elapsed_s: float, running_s: float) -> None:
        """Learn from a call.

        Args:
            elapsed_s: by the clock.
            running_s: for which the calling thread had a core.
        """
        if self.current > 1 and running_s < _CALM_SHARE * elapsed_s:
            self._note_disturbance()
            return
        self._num_disturbed = 0
        if self._is_trial:
            self._is_trial = False
            self._pause = _FIRST_PAUSE
        if self.current < self._most:
            self._wait_for_trial()

    def _note_disturbance(self) -> None:
        self._num_disturbed += 1
        if self._is_trial:
            self._pause = min(2 * self._pause, _LAST_PAUSE)
        elif self._num_disturbed < _NUM_DISTURBED:
            return
        self.current -= 1
        self._num_disturbed = 0
        self._is_trial = False
        self._num_until_trial = self._pause

    def _wait_for_trial(self) -> None:
        self._num_until_trial -= 1
        if self._num_until_trial <= 0:
            self.current += 1
            self._is_trial = True
