"""Keeps work that may be large off the event loop: reading a body, or a stored conversation."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_LARGE_NUM_BYTES = 32_768
"""From this size on, reading or writing JSON may take milliseconds."""


async def run_aside_if_large(num_bytes: int, work: Callable[[], T]) -> T:
    """Do small work at once, and large work on a thread: a change of threads costs more than small work.

    Args:
        num_bytes: of what is read or written.
        work: what to do; it must not touch what belongs to the event loop.

    Returns:
        What `work` returns; its exceptions are raised here.
    """
    return work() if num_bytes < _LARGE_NUM_BYTES else await asyncio.to_thread(work)
