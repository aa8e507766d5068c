"""A running background response shows that its server lives, and ends when it is no longer the server's."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Sequence
from typing import Any

import pytest

from fake_llm_server._api.responses.background import BackgroundRun, BackgroundRuns
from fake_llm_server._api.responses.input_items import parse_items
from fake_llm_server._api.responses.preparation import PreparedResponse, ResponsePreparer
from fake_llm_server._api.responses.stored import StoredResponses, write_conversation
from fake_llm_server._api.responses.unfinished import LEASE_S
from fake_llm_server._api.shared.call_context import CallContext
from fake_llm_server._api.shared.object_ids import ObjectIds
from fake_llm_server._api.shared.served_models import ServedModel, ServedModels
from fake_llm_server._errors import StoreBusyError
from fake_llm_server._generated.responses.wire import CreateResponse
from fake_llm_server._seam import (
    BackendDescription,
    BackendHealth,
    Begun,
    Call,
    GenerationEvent,
    Scope,
    TextToken,
)
from fake_llm_server._store.memory import MemoryStore
from fake_llm_server._store.protocol import Events, Lease, StoredObject


class Sleeper:
    """A backend that begins, and never ends."""

    async def describe(self) -> BackendDescription:
        """It has no window."""
        return BackendDescription("sleeper", window=None)

    async def generate(self, call: Call) -> AsyncGenerator[GenerationEvent, None]:
        """Begin, and wait for ever."""
        del call  # whatever it is
        yield Begun("sleeper")
        await asyncio.Event().wait()

    async def count_prompt_tokens(self, call: Call) -> int:
        """Count nothing."""
        del call  # whatever it is
        return 0

    async def split_tokens(self, text: str) -> Sequence[TextToken]:
        """One of all."""
        return [(0, text.encode())]

    async def health(self) -> BackendHealth:
        """It needs nothing."""
        return BackendHealth(is_alive=True, is_loaded=True)

    async def aclose(self) -> None:
        """It holds nothing."""


class LockableStore(MemoryStore):
    """A store that can be locked."""

    is_locked = False

    async def put(
        self,
        scope: str,
        *objects: StoredObject,
        events: Events | None = None,
        expected_lease: Lease | None = None,
    ) -> bool:
        """See `Store`."""
        if self.is_locked:
            raise StoreBusyError("It is locked.")
        return await super().put(scope, *objects, events=events, expected_lease=expected_lease)


class SlowStore(MemoryStore):
    """A store that takes its time."""

    def __init__(self) -> None:
        super().__init__()
        self.is_asked = asyncio.Event()
        self.is_ready = asyncio.Event()

    async def put(
        self,
        scope: str,
        *objects: StoredObject,
        events: Events | None = None,
        expected_lease: Lease | None = None,
    ) -> bool:
        """See `Store`; the lease is renewed as ever."""
        was_kept = await super().put(scope, *objects, events=events, expected_lease=expected_lease)
        self.is_asked.set()
        await self.is_ready.wait()
        return was_kept


class Bench:
    """A store, a clock, and a response that is prepared."""

    def __init__(self) -> None:
        self.store = LockableStore()
        self.time_s = 1000.0
        self.stored = StoredResponses(self.store, "", now=lambda: self.time_s)

    async def prepare(self) -> PreparedResponse:
        """A response that never ends by itself."""
        models = ServedModels({"m": ServedModel("m", 1, "me", Sleeper())})
        body = CreateResponse(model="m", input="Hi.", background=True)
        preparer = ResponsePreparer(models, ObjectIds(self.store))
        return await preparer.prepare(body, b"{}", self.stored, CallContext(Scope(), "req_1"))

    async def start(self) -> BackgroundRun:
        """Run it."""
        run = BackgroundRun(await self.prepare(), self.stored, now=lambda: self.time_s)
        await run.start()
        return run

    async def find_lease(self, run: BackgroundRun) -> Lease | None:
        """The response's lease."""
        found = await self.store.get("", "response", run.response.id)
        assert found is not None
        return found.lease


async def until(condition: Any) -> None:
    """Wait for something that must happen."""
    async with asyncio.timeout(30):
        while not await condition():  # noqa: ASYNC110 - what is awaited is a state of the store
            await asyncio.sleep(0.01)


def run(work: Coroutine[Any, Any, None]) -> None:
    """Do work on a loop of its own."""
    asyncio.run(work)


def test_a_lease_is_renewed() -> None:
    """While a response runs, its lease never expires, however long it takes."""

    async def work() -> None:
        bench = Bench()
        running = await bench.start()
        for _ in range(5):
            bench.time_s += LEASE_S * 0.6
            expected = bench.time_s + LEASE_S

            async def is_renewed(expires_at: float = expected) -> bool:
                lease = await bench.find_lease(running)
                return lease is not None and lease.expires_at == expires_at

            await until(is_renewed)
            assert (await bench.stored.get(running.response.id)).status == "in_progress"
        await running.cancel()
        assert await bench.find_lease(running) is None
        assert (await bench.stored.get(running.response.id)).status == "cancelled"

    run(work())


def test_a_response_that_was_taken_over_stops() -> None:
    """A server that was away for too long doesn't change what others have been told."""

    async def work() -> None:
        bench = Bench()
        running = await bench.start()
        bench.time_s += LEASE_S + 1
        assert (await bench.stored.get(running.response.id)).status == "failed"

        async def has_stopped() -> bool:
            return running.is_finished

        await until(has_stopped)
        assert (await bench.stored.get(running.response.id)).status == "failed"
        assert [event async for event in running.follow(-1)]

    run(work())


def test_a_locked_store_does_not_end_a_response() -> None:
    """A store that can't be had for a while is tried again, also for the last time that it is needed."""

    async def work() -> None:
        bench = Bench()
        running = await bench.start()
        bench.store.is_locked = True
        bench.time_s += LEASE_S * 0.6
        cancelling = asyncio.create_task(running.cancel())
        await asyncio.sleep(0.3)
        assert not cancelling.done()
        bench.store.is_locked = False
        await cancelling
        assert (await bench.stored.get(running.response.id)).status == "cancelled"

    run(work())


def test_closing_does_not_wait_for_a_locked_store() -> None:
    """A server that closes tries once to store how its responses ended."""

    async def work() -> None:
        bench = Bench()
        runs = BackgroundRuns()
        running = await runs.start(await bench.prepare(), bench.stored)
        bench.store.is_locked = True
        await asyncio.wait_for(runs.close(), timeout=10)
        assert running.is_finished

    run(work())


def test_a_long_conversation_leaves_the_loop_free() -> None:
    """While a conversation of 20,000 items is written and read, the event loop goes on."""
    items = parse_items(
        [{"type": "message", "id": f"msg_{n}", "role": "user", "content": "Hi."} for n in range(20_000)]
    )

    async def work() -> None:
        stored, num_turns = StoredResponses(MemoryStore(), ""), 0
        response = (await Bench().prepare()).head

        async def keep_and_read() -> None:
            await stored.put(await write_conversation(items), response, [])
            assert len(await stored.find_conversation(response.id) or ()) == len(items)

        working = asyncio.create_task(keep_and_read())
        while not working.done():
            await asyncio.sleep(0.001)
            num_turns += 1
        await working
        assert num_turns > 10

    run(work())


@pytest.mark.parametrize("is_closing", [False, True], ids=["served on", "closing"])
def test_a_response_whose_client_leaves_while_it_is_stored_runs(*, is_closing: bool) -> None:
    """What is in the store is run, or ended with its server; it doesn't stay queued until a lease expires."""

    async def work() -> None:
        bench, runs, store = Bench(), BackgroundRuns(), SlowStore()
        bench.stored = StoredResponses(store, "")
        prepared = await bench.prepare()
        starting = asyncio.create_task(runs.start(prepared, bench.stored))
        await store.is_asked.wait()
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting
        closing = asyncio.create_task(runs.close()) if is_closing else None
        await asyncio.sleep(0)
        store.is_ready.set()
        if closing is None:

            async def has_begun() -> bool:
                return (await bench.stored.get(prepared.head.id)).status == "in_progress"

            await until(has_begun)
            await runs.close()
        else:
            await closing
        assert (await bench.stored.get(prepared.head.id)).status == "cancelled"

    run(work())
