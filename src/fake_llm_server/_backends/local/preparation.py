"""Threads on which requests are prepared, so that the event loop never renders, tokenizes or compiles.

They are few: a thread that runs Python holds the interpreter's lock for up to 5 ms at a time, and the event
loop waits for each of them. Constraints that may take seconds have a thread of their own, so that other
requests don't wait behind them.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from fake_llm_server._errors import EngineStoppedError

T = TypeVar("T")
_NUM_THREADS = 2


class PreparationThreads:
    """Runs what may take long, for one backend. Threads start when they are first needed."""

    def __init__(self) -> None:
        self._quick = ThreadPoolExecutor(_NUM_THREADS, thread_name_prefix="fake-llm-server-prepare")
        self._slow = ThreadPoolExecutor(1, thread_name_prefix="fake-llm-server-compile")

    async def run(self, prepare: Callable[[], T], *, is_slow: bool = False) -> T:
        """Call `prepare` on a thread.

        A caller that is cancelled waits no longer: a call that hasn't begun never will, and what one that has
        begun returns is dropped.

        Args:
            prepare: what is called.
            is_slow: whether it may take seconds.

        Raises:
            EngineStoppedError: the threads have ended.
        """
        executor = self._slow if is_slow else self._quick
        try:
            preparing = executor.submit(prepare)
        except RuntimeError as error:  # the executor's word for one that was shut down
            raise EngineStoppedError("The model is being closed.") from error
        return await asyncio.wrap_future(preparing)

    def close(self) -> None:
        """End the threads, after what they are doing; what waits is cancelled. Twice is once."""
        for executor in (self._quick, self._slow):
            executor.shutdown(cancel_futures=True)
