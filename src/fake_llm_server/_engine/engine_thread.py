"""The engine's thread: when it starts, rests and ends, and what becomes of the requests meanwhile.

It has three ends. `rest` ends it when nothing is left to do, and the next request starts another one. `close`
ends it for good. A fault fails the requests of that time, and the thread goes on; should it end all the
same, the engine is closed. Whoever waits for an end is woken by each of them.
"""

import logging
import threading

from fake_llm_server._engine.jobs import Job
from fake_llm_server._engine.stepper import Stepper
from fake_llm_server._errors import EngineFailureError, EngineStoppedError, QueueFullError

logger = logging.getLogger(__name__)


class EngineThread:
    """Runs a stepper on a thread of its own.

    `_wake` guards all that is here but the stepper. That belongs to the thread, and where there is none, to
    the one that closes.

    Args:
        stepper: what is run; it is closed here.
        max_unfinished: how many requests may wait and run together.
    """

    def __init__(self, stepper: Stepper, *, max_unfinished: int) -> None:
        self._stepper = stepper
        self._max_unfinished = max_unfinished
        self._wake = threading.Condition()
        self._inbox: list[Job] = []
        self._unfinished: set[Job] = set()
        self._thread: threading.Thread | None = None
        self._is_to_rest = False
        self._is_stopping = False
        self._is_ending = False
        self._ended = threading.Event()

    @property
    def is_alive(self) -> bool:
        """Whether requests are taken."""
        return not self._is_stopping

    @property
    def num_in_inbox(self) -> int:
        """Requests that the stepper doesn't know yet."""
        return len(self._inbox)

    def start(self) -> None:
        """Make sure that a thread is there, and wake it."""
        with self._wake:
            self._is_to_rest = False
            if self._thread is None:
                thread = threading.Thread(target=self._run, name="fake-llm-server-engine", daemon=True)
                thread.start()  # it can't do anything yet: the lock is held
                self._thread = thread
            self._wake.notify_all()

    def submit(self, job: Job) -> None:
        """Queue a job.

        Raises:
            QueueFullError: too many requests are unfinished.
            EngineStoppedError: the engine is closed.
        """
        with self._wake:
            if self._is_stopping:
                raise EngineStoppedError("The engine is closed; open it again to generate.")
            num_unfinished = sum(not other.is_over for other in self._unfinished)
            if num_unfinished >= self._max_unfinished:
                raise QueueFullError(
                    f"The engine has {num_unfinished} unfinished requests, as many as it takes: "
                    "try again later, or raise max_queued."
                )
            self.start()
            self._unfinished.add(job)
            self._inbox.append(job)

    def rest(self) -> None:
        """End the thread as soon as nothing is left to do; the next request starts another one.

        Returns when the thread has ended, or at once if requests are under way that nobody has cancelled.
        """
        with self._wake:
            thread = self._thread
            if thread is None or thread is threading.current_thread():
                return
            self._is_to_rest = True
            self._wake.notify_all()
            if not self._is_left_alone():
                return
            self._wake.wait_for(lambda: self._thread is not thread or not self._is_to_rest)
            if self._thread is thread:
                return  # a request came, and keeps it
        thread.join()

    def close(self) -> None:
        """Stop within a step, fail what waits or runs, and close the stepper. Twice is once.

        Returns when that is done; on the engine's own thread, where a listener may call it, at once.
        """
        with self._wake:
            self._is_stopping = True
            self._wake.notify_all()
            thread = self._thread
        if thread is threading.current_thread():
            return
        if thread is None:
            self._end()
        self._ended.wait()
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        try:
            while self._take_jobs():
                self._work()
        finally:
            if threading.current_thread() is self._thread:  # not at rest
                self._end()

    def _take_jobs(self) -> bool:
        """Wait for something to do; False when the thread is to end, to stop or to rest."""
        with self._wake:
            while not self._is_stopping:
                self._hand_over()
                if self._is_to_rest and not self._unfinished:
                    self._thread = None  # from here on a request starts another one
                    self._wake.notify_all()
                    return False
                if self._unfinished or not self._stepper.is_checked:
                    return True
                self._wake.wait()
            return False

    def _hand_over(self) -> None:
        """Give the stepper what has come; what nobody waits for any more is forgotten."""
        self._inbox = [job for job in self._inbox if not job.is_dropped]
        if self._stepper.is_checked:
            for job in self._inbox:
                self._stepper.add(job)
            self._inbox = []
        self._unfinished = {*self._inbox, *self._stepper.jobs}

    def _work(self) -> None:
        """Do one step, or what must be known before the first."""
        try:
            if self._stepper.is_checked:
                self._stepper.step()
            else:
                self._stepper.check_exactness(self._is_to_pause)
        except BaseException as error:
            logger.exception("The engine's step failed")
            self._stepper.recover(EngineFailureError(f"The engine failed: {error!r}"))

    def _is_to_pause(self) -> bool:
        """Whether the self-check keeps somebody waiting who wants the thread's end."""
        with self._wake:
            return self._is_stopping or (self._is_to_rest and self._is_left_alone())

    def _is_left_alone(self) -> bool:
        return all(job.is_dropped for job in self._unfinished)

    def _end(self) -> None:
        """Fail what is left, close the stepper and tell those who wait; only the first call does it."""
        with self._wake:
            if self._is_ending:
                return
            self._is_stopping = self._is_ending = True
            left = self._unfinished
            self._inbox, self._unfinished = [], set()
        try:
            for job in left:
                job.fail(EngineStoppedError("The engine was closed."))
            self._stepper.close()
        except Exception:
            logger.exception("The engine's end failed")
        finally:
            with self._wake:
                self._thread = None
                self._wake.notify_all()
            self._ended.set()
