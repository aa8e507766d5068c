"""A process in which constraints are tried out, and which is ended when one of them takes too much.

llguidance has limits of its own, but they don't hold for all constraints: `{"type": "integer", "multipleOf":
9999991}` takes minutes and all memory, and native code can't be interrupted in this process.
"""

import json
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

_PROGRAM = Path(__file__).with_name("constraint_trial.py")
_MAX_START_S = 60.0
_POLL_S = 0.02
Vocabulary = tuple[list[bytes], list[int]]
"""The bytes of every token (control tokens begin with 0xFF), and the tokens that end an answer."""


class TrialProcess:
    """Tries out constraints, one at a time. Any thread may call it.

    The process is started when it is first needed, and again after it was ended.

    Args:
        read_vocabulary: of the model.
        max_cpu_s: processor time that a trial may take, so that busy machines refuse the same constraints.
        max_s: seconds that it may take in all.
        max_bytes: memory that it may take beyond that of the idle process.
    """

    def __init__(
        self,
        read_vocabulary: Callable[[], Vocabulary],
        *,
        max_cpu_s: float = 3.0,
        max_s: float = 30.0,
        max_bytes: int = 1 << 30,
    ) -> None:
        self._read_vocabulary = read_vocabulary
        self._max_cpu_s = max_cpu_s
        self._max_s = max_s
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def process_id(self) -> int | None:
        """Of the process, while there is one."""
        process = self._process
        return None if process is None else process.pid

    def find_fault(self, kind: str, source: str) -> str | None:
        """Why a constraint can't be used, or None if it can. It blocks.

        Raises:
            OSError: no process can be started.
        """
        with self._lock:
            process = self._start_if_needed()
            try:
                outcome = self._ask(process, (kind, source))
            except _LimitPassed as passed:
                self._end()
                return f"It is too complex: it takes {passed} to read it."
            if outcome is _DIED:
                self._end()
                return "It is too complex: it takes too much memory to read it."
            return None if outcome is None else str(outcome)

    def close(self) -> None:
        """End the process. Twice is once; a later trial starts another one."""
        with self._lock:
            self._end()

    def _start_if_needed(self) -> "subprocess.Popen[bytes]":
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._end()
        # -P: the program's own folder isn't where its imports are looked for.
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-P", str(_PROGRAM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        tokens, ends = self._read_vocabulary()
        max_bytes = 2 * self._max_bytes  # of addresses, of which more are taken than of memory
        _send(self._process, (tokens, ends, max_bytes))
        answer = _read_answer(self._process, lambda elapsed_s: elapsed_s > _MAX_START_S)
        if answer != "ready":
            self._end()
            raise OSError("The process that tries out constraints didn't start.")
        return self._process

    def _ask(self, process: "subprocess.Popen[bytes]", question: Any) -> Any:
        """The answer of the process.

        Raises:
            _LimitPassed: it took too much.
        """
        watched = psutil.Process(process.pid)
        before = watched.cpu_times(), watched.memory_info().rss

        def check(elapsed_s: float) -> bool:
            with suppress(psutil.Error):
                spent = watched.cpu_times()
                cpu_s = spent.user + spent.system - before[0].user - before[0].system
                if cpu_s > self._max_cpu_s or elapsed_s > self._max_s:
                    raise _LimitPassed("too long")
                if watched.memory_info().rss - before[1] > self._max_bytes:
                    raise _LimitPassed("too much memory")
            return False

        _send(process, question)
        return _read_answer(process, check)

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()


class _LimitPassed(Exception):  # noqa: N818 - the limit is the news
    """A trial took too much of what the message names."""


_DIED: Any = object()


def _send(process: "subprocess.Popen[bytes]", message: Any) -> None:
    assert process.stdin is not None  # noqa: S101 - a pipe
    with suppress(OSError):  # of a process that has died, which its answer tells
        pickle.dump(message, process.stdin)
        process.stdin.flush()


def _read_answer(process: "subprocess.Popen[bytes]", is_overdue: Callable[[float], bool]) -> Any:
    """Read a line, while asking every so often whether it is overdue; `_DIED` if it never comes."""
    lines: list[bytes] = []
    assert process.stdout is not None  # noqa: S101 - a pipe
    reading = threading.Thread(target=lambda read: lines.append(read()), args=(process.stdout.readline,))
    reading.start()
    begun_s = time.monotonic()
    try:
        while reading.is_alive():
            reading.join(_POLL_S)
            if is_overdue(time.monotonic() - begun_s):
                return _DIED
    finally:
        if reading.is_alive():
            process.kill()
        reading.join()
    return json.loads(lines[0]) if lines and lines[0] else _DIED
