"""Keeps work that may be large off the event loop."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

LARGE_NUM_BYTES = 32_768
"""From this size on, reading or writing a conversation may take milliseconds."""

T = TypeVar("T")


async def run_aside_if_large(num_bytes: int, work: Callable[[], T]) -> T:
    """Do small work at once, and large work in a thread: a change of threads costs more than small work."""
    if num_bytes < LARGE_NUM_BYTES:
        return work()
    return await asyncio.to_thread(work)
