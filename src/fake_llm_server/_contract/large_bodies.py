"""Keeps the event loop free of the work that a large body makes."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_MAX_BYTES_AT_ONCE = 1 << 16
"""The work of a larger body is done on a thread, not on the event loop."""


async def work_off(num_bytes: int, work: Callable[[], T]) -> T:
    """Do some work on a body: here if the body is small, and else on a thread.

    Args:
        num_bytes: of the body.
        work: what to do; it must not touch what belongs to the event loop.

    Returns:
        What `work` returns; its exceptions are raised here.
    """
    return work() if num_bytes <= _MAX_BYTES_AT_ONCE else await asyncio.to_thread(work)
