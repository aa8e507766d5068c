"""Takes the place of the sleeps and clocks that the program under test reads, for as long as a test wants it.

The server runs in the same process and must not be disturbed: what runs in its context (`ON_SERVER`: its
loop, its tasks, the threads that they hand work to), and calls from its own modules, get the real functions.
A program may keep a replacement; without a test that wants it, it does what the real function does.
"""

import asyncio
import math
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import anyio

from fake_llm_server._controls.replaced_functions import ReplacedFunctions
from fake_llm_server._controls.sleep_order import SleepOrder

ON_SERVER: ContextVar[bool] = ContextVar("on_server", default=False)
"""Whether this thread or task is a server's and not the program's."""

_LEFT_ALONE = frozenset(
    {"fake_llm_server", "anyio", "uvicorn", "_pytest", "pytest", "xdist", "execnet", "hypothesis"}
)
"""Packages whose own sleeps and clocks stay real: they are no part of the program."""

_POLL_S = 0.0005

_time_sleep, _asyncio_sleep, _anyio_sleep = time.sleep, asyncio.sleep, anyio.sleep
_time, _monotonic, _perf_counter = time.time, time.monotonic, time.perf_counter

_lock = threading.Lock()
_active: list[SleepOrder] = []
_CHOSEN: ContextVar[SleepOrder | None] = ContextVar("virtual_sleep", default=None)


@contextmanager
def skip_sleeps(order: SleepOrder) -> Iterator[None]:
    """Have the program's sleeps, on whatever thread, end by `order`, until the block ends.

    Blocks may be nested, and several threads may have one each: a sleep belongs to the block that it is in;
    on threads that are in none, to the one that was entered last.
    """
    with _lock:
        if not _active:
            _REPLACED.replace()
        _active.append(order)
    token = _CHOSEN.set(order)
    try:
        yield
    finally:
        try:
            _CHOSEN.reset(token)
        except ValueError:  # an asynchronous fixture is torn down in another context
            _CHOSEN.set(None)
        with _lock:
            _active.remove(order)
            if not _active:
                _REPLACED.restore()


def _find_order() -> SleepOrder | None:
    """Whose the sleep of the replacement's caller is; None for a real one."""
    active = list(_active)
    if not active or ON_SERVER.get():
        return None
    caller = sys._getframe(2).f_globals.get("__name__", "")  # noqa: SLF001 - there is no other way to it
    if caller.partition(".")[0] in _LEFT_ALONE:
        return None
    chosen = _CHOSEN.get()
    return chosen if chosen in active else active[-1]


def _sleep(seconds: float, /) -> None:
    order = _find_order()
    if order is None or not 0 < seconds < math.inf:
        _time_sleep(seconds)
        return
    sleep = order.begin(seconds)
    try:
        while not order.is_over(sleep):
            _time_sleep(_POLL_S)
    finally:
        order.end(sleep)


async def _sleep_in_asyncio(delay: float, result: Any = None) -> Any:
    order = _find_order()
    if order is None or not 0 < delay < math.inf:
        return await _asyncio_sleep(delay, result)
    await _sleep_in_loop(order, delay, _asyncio_sleep)
    return result


async def _sleep_in_anyio(delay: float) -> None:
    order = _find_order()
    if order is None or not 0 < delay < math.inf:
        await _anyio_sleep(delay)
        return
    await _sleep_in_loop(order, delay, _anyio_sleep)


async def _sleep_in_loop(order: SleepOrder, seconds: float, rest: Callable[[float], Awaitable[Any]]) -> None:
    sleep = order.begin(seconds)
    try:
        while not order.is_over(sleep):
            await rest(_POLL_S)
        # A time limit that is over by now comes first: the loop needs a turn to see it, one to tell, and
        # `asyncio.wait_for` of Python 3.11 one to be told.
        for _ in range(3):
            await rest(0)
    finally:
        order.end(sleep)


def _shift(real: Callable[[], float]) -> Callable[[], float]:
    def shifted() -> float:
        order = _find_order()
        return real() if order is None else real() + order.skipped_s

    return shifted


_REPLACED = ReplacedFunctions(
    {
        _time_sleep: _sleep,
        _asyncio_sleep: _sleep_in_asyncio,
        _anyio_sleep: _sleep_in_anyio,
        _time: _shift(_time),
        _monotonic: _shift(_monotonic),
        _perf_counter: _shift(_perf_counter),
    },
    homes=(time, asyncio, anyio),
    left_alone=_LEFT_ALONE,
)
