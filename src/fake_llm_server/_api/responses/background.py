"""Runs responses that nobody waits for, and lets clients look on."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from fake_llm_server._api.responses.answering import run_in_background
from fake_llm_server._api.responses.event_sequencer import EventSequencer
from fake_llm_server._api.responses.output_items import Event
from fake_llm_server._api.responses.preparation import PreparedResponse
from fake_llm_server._api.responses.stored import StoredResponses
from fake_llm_server._generated.responses.wire import Response

UNFINISHED = ("queued", "in_progress")
"""The statuses of a response to which more may come."""


class BackgroundRun:
    """One response that is made in a task of its own.

    Args:
        prepared: what is to be made.
        stored: where it is kept, from its first moment on.
    """

    def __init__(self, prepared: PreparedResponse, stored: StoredResponses) -> None:
        self._prepared = prepared
        self._stored = stored
        self._sequencer = EventSequencer(prepared.head, prepared.options)
        self._events: list[Event] = list(self._sequencer.create())
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def response(self) -> Response:
        """The response as far as it has come."""
        return self._sequencer.response

    @property
    def is_finished(self) -> bool:
        """Whether nothing more comes."""
        return self._task is not None and self._task.done()

    def start(self) -> asyncio.Task[None]:
        """Begin, and return the task."""
        self._keep()
        self._task = asyncio.create_task(self._run())
        return self._task

    async def cancel(self) -> None:
        """End it as it stands."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self.response.status in UNFINISHED:  # the task was cancelled before it began
            self._sequencer.cancel()
            self._keep()

    async def follow(self, starting_after: int) -> AsyncGenerator[Event, None]:
        """Yield the events with a greater number, up to the last one, as they come."""
        position = starting_after + 1
        while True:
            changed = self._changed
            for event in self._events[position:]:
                position += 1
                yield event
            if self.is_finished and position >= len(self._events):
                return
            if changed is self._changed:
                await changed.wait()

    def wake_followers(self) -> None:
        """Have followers look for what is new."""
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def _run(self) -> None:
        try:
            async with aclosing(run_in_background(self._prepared, self._sequencer)) as events:
                async for event in events:
                    self._events.append(event)
                    self.wake_followers()
        except asyncio.CancelledError:
            self._sequencer.cancel()
        self._keep()

    def _keep(self) -> None:
        self._stored.put(self._prepared.items, self.response, self._events)


class BackgroundRuns:
    """The background responses of one server that aren't finished."""

    def __init__(self, stored: StoredResponses) -> None:
        self._stored = stored
        self._runs: dict[str, BackgroundRun] = {}

    def start(self, prepared: PreparedResponse) -> BackgroundRun:
        """Begin a response."""
        run = BackgroundRun(prepared, self._stored)
        response_id = prepared.head.id
        self._runs[response_id] = run
        run.start().add_done_callback(lambda _: self._forget(response_id))
        return run

    def get(self, response_id: str) -> BackgroundRun | None:
        """A response that is under way, or None."""
        return self._runs.get(response_id)

    async def close(self) -> None:
        """Cancel all that is under way."""
        await asyncio.gather(*(run.cancel() for run in list(self._runs.values())))

    def _forget(self, response_id: str) -> None:
        run = self._runs.pop(response_id, None)
        if run is not None:
            run.wake_followers()
