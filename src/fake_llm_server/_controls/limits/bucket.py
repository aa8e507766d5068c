"""A limit as OpenAI counts it: a bucket that refills steadily, and is full after its window."""

_DIGITS = 6
"""Of seconds: sums of smaller parts aren't exact, and who has waited as long as was said must be let in."""

_SMALLEST_S = 2e-6


class Bucket:
    """What may still be asked.

    Each method takes the time in seconds, by any clock that doesn't go back.

    Args:
        capacity: what may be asked in a window.
        window_s: seconds in which an empty bucket fills.
        now_s: when it is made, full.
    """

    def __init__(self, capacity: int, window_s: float, now_s: float) -> None:
        self.capacity = capacity
        self._window_s = window_s
        self._left = float(capacity)
        self._counted_s = now_s

    def count_left(self, now_s: float) -> float:
        """What may be asked at once; below 0 if more was taken than there was."""
        refilled = max(0.0, now_s - self._counted_s) * self.capacity / self._window_s
        self._left = min(float(self.capacity), self._left + refilled)
        self._counted_s = now_s
        return self._left

    def find_wait(self, amount: float, now_s: float) -> float:
        """In how many seconds so much may be asked; 0 is at once."""
        missing = max(0.0, amount - self.count_left(now_s))
        wait_s = round(missing * self._window_s / self.capacity, _DIGITS)
        return wait_s if wait_s > _SMALLEST_S else 0.0

    def take(self, amount: float, now_s: float) -> None:
        """Take out what was asked, whether it is there or not; below 0 gives it back."""
        self._left = min(float(self.capacity), self.count_left(now_s) - amount)
