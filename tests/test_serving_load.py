"""Many clients at once: nothing is lost, nothing is mixed up, memory is bounded, and the server stops.

FAKE_LLM_SERVER_LOAD_S sets for how many seconds 64 clients come; unless it is set, 16 clients come for two
seconds, as each of them finishes what it began. `pytest -s` shows the figures.
"""

import asyncio
import gc
import itertools
import os
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

import openai
import psutil
import pytest
from conftest import MODEL

from fake_llm_server import EngineSettings, FakeLLMServer

_SETTING = os.environ.get("FAKE_LLM_SERVER_LOAD_S")
NUM_CLIENTS, DURATION_S = (64, float(_SETTING)) if _SETTING else (16, 2.0)
WARM_UP_S = 1.0
PREFIX_CACHE_BYTES = 16 * 1024 * 1024
"""So little that the first clients fill it: what grows after that is a leak."""

MAX_GROWTH = 48 * 1024 * 1024
"""Bytes that the process may grow by, however long it runs: clients and server share it, and vary."""


@dataclass
class Tally:
    """What came of a load."""

    num_done: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


@dataclass
class Visitor:
    """One client, whose every request can be told from the others'."""

    client: openai.AsyncOpenAI
    name: str
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def next_mark(self) -> str:
        """A mark that no other request has."""
        return f"{self.name}-{next(self.numbers)}"


async def chat(visitor: Visitor) -> None:
    """A completion is stored under its mark, found again, changed and deleted."""
    mark = visitor.next_mark()
    completions = visitor.client.chat.completions
    made = await completions.create(
        model=MODEL,
        messages=[{"role": "user", "content": mark}],
        max_tokens=2,
        store=True,
        metadata={"mark": mark},
    )
    assert made.metadata == {"mark": mark}
    assert (await completions.retrieve(made.id)).id == made.id
    messages = await completions.messages.list(made.id)
    assert [message.content for message in messages.data] == [mark]
    assert (await completions.update(made.id, metadata={"mark": mark + "!"})).metadata == {"mark": mark + "!"}
    assert (await completions.delete(made.id)).deleted


async def stream(visitor: Visitor) -> None:
    """A stream is one completion from its first chunk to its last."""
    chunks = [
        chunk
        async for chunk in await visitor.client.chat.completions.create(
            model=MODEL,
            messages=[{"role": "user", "content": visitor.next_mark()}],
            max_tokens=2,
            stream=True,
            stream_options={"include_usage": True},
        )
    ]
    assert len({chunk.id for chunk in chunks}) == 1
    assert chunks[-1].usage is not None


async def respond(visitor: Visitor) -> None:
    """A response is stored with its mark, read with its input, and deleted."""
    mark = visitor.next_mark()
    responses = visitor.client.responses
    made = await responses.create(
        model=MODEL, input=mark, max_output_tokens=16, top_p=0.5, metadata={"mark": mark}, store=True
    )
    assert made.metadata == {"mark": mark}
    items = await responses.input_items.list(made.id)
    assert mark in items.data[0].model_dump_json()
    await responses.delete(made.id)
    with pytest.raises(openai.NotFoundError):
        await responses.retrieve(made.id)


async def leave(visitor: Visitor) -> None:
    """A client that leaves in the middle of a stream is no fault."""
    running = await visitor.client.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": visitor.next_mark()}], max_tokens=500, stream=True
    )
    await anext(aiter(running))
    await running.close()


async def look(visitor: Visitor) -> None:
    """Small requests are answered beside large ones, with the client's own id."""
    mark = visitor.next_mark()
    reply = await visitor.client.models.with_raw_response.list(extra_headers={"x-request-id": mark})
    assert reply.headers["x-request-id"] == mark
    with pytest.raises(openai.BadRequestError, match=mark):
        await visitor.client.chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": "Hi"}], extra_body={mark: 1}
        )


OPERATIONS: tuple[Callable[[Visitor], Awaitable[None]], ...] = (chat, stream, respond, leave, look)


async def visit(visitor: Visitor, first: int, ends_at: float, tally: Tally) -> None:
    """Make one request after the other until the time is over, or one fails."""
    for turn in itertools.count(first):
        if asyncio.get_running_loop().time() > ends_at:
            return
        operation = OPERATIONS[turn % len(OPERATIONS)]
        try:
            await operation(visitor)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is counted and shown
            tally.faults.append(f"{operation.__name__}: {error!r}")
            return
        tally.num_done[operation.__name__] += 1


async def load(server: FakeLLMServer, duration_s: float, tally: Tally) -> None:
    """Let all clients in at once."""
    served = server.openai_client_args()
    clients = [openai.AsyncOpenAI(**served, max_retries=0, timeout=120.0) for _ in range(NUM_CLIENTS)]
    ends_at = asyncio.get_running_loop().time() + duration_s
    visits = [
        visit(Visitor(client, f"c{number}"), number, ends_at, tally) for number, client in enumerate(clients)
    ]
    await asyncio.gather(*visits)
    await asyncio.gather(*(client.close() for client in clients))


def measure_memory() -> int:
    """Bytes that this process holds."""
    gc.collect()
    return psutil.Process().memory_info().rss


@pytest.fixture
def small_server() -> Iterator[FakeLLMServer]:
    """A server whose prefix cache is soon full."""
    with FakeLLMServer(MODEL, engine=EngineSettings(max_prefix_cache_bytes=PREFIX_CACHE_BYTES)) as running:
        yield running


def test_many_clients_get_what_is_theirs(small_server: FakeLLMServer) -> None:
    """Clients mix all operations at once: each reply is the asker's, none is missing, and memory stays."""
    asyncio.run(load(small_server, WARM_UP_S, Tally()))  # what is loaded once, and filled once, is now
    before = measure_memory()
    tally = Tally()
    asyncio.run(load(small_server, DURATION_S, tally))
    growth = measure_memory() - before
    print(f"\n{sum(tally.num_done.values())} rounds in {DURATION_S:g} s: {dict(tally.num_done)}")  # noqa: T201 - the figures
    print(f"{len(tally.faults)} faults; memory {before >> 20} MiB, {growth >> 20:+} MiB")  # noqa: T201 - as above
    assert not tally.faults, tally.faults[:5]
    assert set(tally.num_done) == {operation.__name__ for operation in OPERATIONS}
    assert growth < MAX_GROWTH


def test_server_stops_under_load(server: FakeLLMServer) -> None:
    """A server that is closed among its clients ends; each of them is told, and no thread is left."""
    del server  # it keeps the model loaded
    running = FakeLLMServer(MODEL)
    tally = Tally()
    visiting = threading.Thread(target=lambda: asyncio.run(load(running, 60.0, tally)))
    visiting.start()
    while visiting.is_alive() and not tally.num_done:
        time.sleep(0.05)
    running.close()
    visiting.join(60)
    assert not visiting.is_alive()
    assert tally.faults
    assert all("Connection" in fault or "APIError" in fault for fault in tally.faults), tally.faults[:5]
