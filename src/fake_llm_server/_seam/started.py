"""Tells what is ready from what must be waited for, without a turn of the event loop."""

from collections.abc import Awaitable, Generator
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Started(Generic[T]):
    """A coroutine, or a step of an asynchronous generator, that has run as far as it comes without waiting.

    One that waits goes on where it stopped when it is awaited, on the same task: cancelling the task, or a
    timeout around the `await`, reaches it as if it had been awaited from the beginning. Before that, the task
    may wait for other things.

    Args:
        work: what is started. What it raises at once is raised here.

    Attributes:
        is_done: whether it has ended.
        result: what it returned; only of one that is done.
    """

    __slots__ = ("_steps", "_waits_for", "is_done", "result")

    result: T

    def __init__(self, work: Awaitable[T]) -> None:
        self._steps = work.__await__()
        self._waits_for: Any = None
        self.is_done = False
        self._go_on(None)

    def throw(self, error: BaseException) -> None:
        """Raise an error where it waits; it may catch it, and end or wait again."""
        try:
            self._waits_for = self._steps.throw(error)
        except StopIteration as end:
            self._finish(end.value)

    def _go_on(self, sent: Any) -> None:
        try:
            self._waits_for = self._steps.send(sent)
        except StopIteration as end:
            self._finish(end.value)

    def _finish(self, result: T) -> None:
        self.result, self.is_done = result, True

    def __await__(self) -> Generator[Any, Any, T]:
        while not self.is_done:
            try:
                sent = yield self._waits_for
            except BaseException as error:  # noqa: BLE001 - the work handles it, or it comes out of it again
                self.throw(error)
            else:
                self._go_on(sent)
        return self.result
