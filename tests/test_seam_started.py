"""Work that is started runs as far as it comes without waiting, and goes on as if it had been awaited."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from fake_llm_server._seam.started import Started


async def count(number: int, *, waits: bool) -> AsyncGenerator[int, None]:
    """Numbers from 0, with a turn of the event loop before each if it waits."""
    for each in range(number):
        if waits:
            await asyncio.sleep(0)
        yield each


def test_what_is_ready_is_done_at_once() -> None:
    """Without an event loop, steps give their results; the end of a generator is raised."""
    numbers = count(2, waits=False)
    assert [Started(anext(numbers)).result for _ in range(2)] == [0, 1]
    with pytest.raises(StopAsyncIteration):
        Started(anext(numbers))


def test_what_waits_goes_on_when_it_is_awaited() -> None:
    """The task may wait for something else between."""

    async def run() -> list[int]:
        numbers, found = count(2, waits=True), []
        for _ in range(2):
            step = Started(anext(numbers))
            assert not step.is_done
            await asyncio.sleep(0)
            found.append(await step)
        return found

    assert asyncio.run(run()) == [0, 1]


@pytest.mark.parametrize("is_outside", [True, False])
def test_timeouts_and_cancellation_reach_it(*, is_outside: bool) -> None:
    """A timeout around the `await` ends it, and so does one of its own."""
    ended: list[str] = []

    async def wait() -> str:
        try:
            async with asyncio.timeout(None if is_outside else 0.01):
                await asyncio.Event().wait()
        except BaseException as error:
            ended.append(type(error).__name__)
            raise
        return "never"

    async def run() -> None:
        started = Started(wait())
        async with asyncio.timeout(0.01 if is_outside else None):
            await started

    with pytest.raises(TimeoutError):
        asyncio.run(run())
    assert ended == ["CancelledError" if is_outside else "TimeoutError"]


def test_an_error_may_be_raised_where_it_waits() -> None:
    """Work that catches it may end with a result."""

    async def wait() -> str:
        try:
            await asyncio.Event().wait()
        except ValueError as error:
            return str(error)
        return "never"

    async def run() -> str:
        started = Started(wait())
        started.throw(ValueError("reason"))
        assert started.is_done
        return await started

    assert asyncio.run(run()) == "reason"
