"""Runs responses that nobody waits for, and lets clients look on, those of other servers on a store too."""

import asyncio
import logging
import time
import uuid
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from fake_llm_server._api.responses.answering import replace_last, run_in_background
from fake_llm_server._api.responses.event_sequencer import EventSequencer
from fake_llm_server._api.responses.output_items import Event
from fake_llm_server._api.responses.preparation import PreparedResponse
from fake_llm_server._api.responses.stored import StoredResponses, WrittenConversation, write_conversation
from fake_llm_server._api.responses.unfinished import LEASE_S, UNFINISHED
from fake_llm_server._controls import detach_wire
from fake_llm_server._errors import NotFoundError, StoreBusyError, StoreError
from fake_llm_server._store.protocol import Lease

KEEP_INTERVAL_S = 0.1
"""How often the store is brought up to what a response has come to."""

FOLLOW_INTERVAL_S = 0.15
"""How often the store is asked for what another server has added to a response."""

_LOGGER = logging.getLogger("fake_llm_server")


class BackgroundRun:
    """One response that is made in a task of its own.

    It is kept at its start, while it runs, and at its end. Its last event goes out once it is stored; if it
    can't be stored, the response fails. A run that finds itself ended or deleted by another server stops.

    Args:
        prepared: what is to be made.
        stored: where it is kept, from its first moment on.
        now: Unix time, seconds.
    """

    def __init__(
        self, prepared: PreparedResponse, stored: StoredResponses, *, now: Callable[[], float] = time.time
    ) -> None:
        self.response = prepared.head
        self._prepared = prepared
        self._conversation: WrittenConversation | None = None
        self._stored = stored
        self._now = now
        self._sequencer = EventSequencer(prepared.head, prepared.options, now=prepared.now)
        self._events: list[Event] = list(self._sequencer.create())
        self._last: list[Event] = []
        self._changed = asyncio.Event()
        self._generating: asyncio.Task[None] | None = None
        self._task: asyncio.Task[None] | None = None
        self._owner = uuid.uuid4().hex
        self._lease: Lease | None = None
        self._num_kept = 0
        self._is_hurried = False

    @property
    def is_finished(self) -> bool:
        """Whether nothing more comes."""
        return self._task is not None and self._task.done()

    async def start(self) -> asyncio.Task[None]:
        """Keep what is to be made, begin, and return the task.

        Raises:
            StoreError: it can't be kept; nothing was begun.
        """
        self._conversation = await write_conversation(self._prepared.items)
        await self._keep()
        self._generating = asyncio.create_task(self._generate())
        self._task = asyncio.create_task(self._run(self._generating))
        return self._task

    async def cancel(self, *, is_hurried: bool = False) -> None:
        """End it as it stands.

        Args:
            is_hurried: whether a store that can't be had now isn't tried again.
        """
        self._is_hurried |= is_hurried
        if self._generating is not None and self._task is not None:
            self._generating.cancel()
            await asyncio.wait({self._task})

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

    async def _run(self, generating: asyncio.Task[None]) -> None:
        """Keep the response while it is generated, and once it has ended."""
        is_held = True
        while not generating.done():
            await asyncio.wait({generating}, timeout=KEEP_INTERVAL_S)
            if is_held and not generating.done() and not await self._keep_if_due():
                is_held = False
                generating.cancel()
        if generating.cancelled():
            self._drop_last()
        elif isinstance(error := generating.exception(), Exception):
            self._last = list(self._sequencer.fail(error))
        if is_held:
            await self._keep_last()
        self._publish(self._last)

    async def _generate(self) -> None:
        detach_wire()  # the answer outlives the connection that it was asked through
        async with aclosing(run_in_background(self._prepared, self._sequencer)) as events:
            async for event in events:
                if self._sequencer.response.status in UNFINISHED:
                    self._publish([event])
                else:
                    self._last.append(event)

    def _publish(self, events: list[Event]) -> None:
        self._events += events
        self.response = self._sequencer.response
        self.wake_followers()

    async def _keep_if_due(self) -> bool:
        """Keep what has come since, or renew the lease; says whether the response is still this run's."""
        is_new = len(self._events) > self._num_kept
        is_old = self._lease is not None and self._lease.expires_at - self._now() < LEASE_S * 2 / 3
        if not (is_new or is_old):
            return True
        try:
            return await self._keep()
        except StoreError:  # the next time may succeed, and if the last one doesn't, that is told
            return True

    async def _keep_last(self) -> None:
        """Keep the response as it ended, as soon as the store can be had."""
        deadline = self._now() + LEASE_S
        while True:
            try:
                if not await self._keep(self._last):
                    self._drop_last()
            except StoreBusyError as error:
                if self._now() < deadline and not self._is_hurried:
                    await asyncio.sleep(KEEP_INTERVAL_S)
                    continue
                self._fail(error)
            except StoreError as error:
                self._fail(error)
            return

    def _drop_last(self) -> None:
        """Leave the response cancelled, without a last event: OpenAI has none for that."""
        self._last = []
        self._sequencer.cancel()

    def _fail(self, error: StoreError) -> None:
        _LOGGER.error("The background response %s can't be stored: %s", self.response.id, error)
        self._last = replace_last(self._sequencer, self._last, error)

    async def _keep(self, last: list[Event] | None = None) -> bool:
        assert self._conversation is not None  # noqa: S101 - it is written at the start
        events = [*self._events[self._num_kept :], *(last or ())]
        response = self.response if last is None else self._sequencer.response
        lease = Lease(self._owner, self._now() + LEASE_S) if last is None else None
        was_kept = await self._stored.put(
            self._conversation,
            response,
            events,
            first_number=self._num_kept,
            lease=lease,
            expected_lease=self._lease,
        )
        if was_kept:
            self._lease = lease
            self._num_kept += len(events)
        return was_kept


class BackgroundRuns:
    """The background responses that one server runs."""

    def __init__(self) -> None:
        self._runs: dict[tuple[str, str], BackgroundRun] = {}
        self._starting: set[asyncio.Task[BackgroundRun]] = set()

    async def start(self, prepared: PreparedResponse, stored: StoredResponses) -> BackgroundRun:
        """Begin a response. Once it is being stored it runs, also if whoever asked for it has left meanwhile.

        Raises:
            StoreError: it can't be kept.
        """
        starting = asyncio.create_task(self._start(prepared, stored))
        self._starting.add(starting)
        starting.add_done_callback(self._starting.discard)
        return await asyncio.shield(starting)

    async def _start(self, prepared: PreparedResponse, stored: StoredResponses) -> BackgroundRun:
        run = BackgroundRun(prepared, stored)
        task = await run.start()
        key = (stored.scope, prepared.head.id)
        self._runs[key] = run
        task.add_done_callback(lambda _: self._forget(key))
        return run

    def get(self, scope: str, response_id: str) -> BackgroundRun | None:
        """A response that is under way here, or None."""
        return self._runs.get((scope, response_id))

    async def close(self) -> None:
        """Cancel all that is under way, once what is being stored is."""
        if self._starting:
            await asyncio.wait(set(self._starting))
        await asyncio.gather(*(run.cancel(is_hurried=True) for run in list(self._runs.values())))

    def _forget(self, key: tuple[str, str]) -> None:
        run = self._runs.pop(key, None)
        if run is not None:
            run.wake_followers()


async def follow_stored(
    stored: StoredResponses, response_id: str, starting_after: int
) -> AsyncGenerator[Event, None]:
    """Yield the events of a response that this server doesn't run, up to the last one, as they are stored.

    Raises:
        NotFoundError: there is no such response.
    """
    number, is_first = max(starting_after + 1, 0), True
    while True:
        try:
            response = await stored.get(response_id)
        except NotFoundError:
            if is_first:
                raise
            return  # it was deleted
        for event in await stored.get_events(response_id, number):
            number += 1
            yield event
        if response.status not in UNFINISHED:
            return
        is_first = False
        await asyncio.sleep(FOLLOW_INTERVAL_S)
