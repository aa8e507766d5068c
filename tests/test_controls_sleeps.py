"""The program's sleeps move the scope's clock on instead of waiting."""

import asyncio
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from time import sleep as kept_sleep
from types import ModuleType

import anyio
import openai
import pytest
from controlled_scope import fake_llm as fake_llm

from fake_llm_server import FakeLLM, FakeLLMServer, reply

HOUR_S = 3600
REAL = (time.sleep, asyncio.sleep, anyio.sleep, time.monotonic, time.time, time.perf_counter)


@pytest.fixture(scope="module")
def server() -> Iterator[FakeLLMServer]:
    """A server without a model."""
    with FakeLLMServer(load="first_use") as running:
        yield running


def functions_now() -> tuple[object, ...]:
    """What a program finds under the names of `REAL`."""
    return (time.sleep, asyncio.sleep, anyio.sleep, time.monotonic, time.time, time.perf_counter)


def ask(fake_llm: FakeLLM) -> str:
    """Ask with OpenAI's client, which tries again twice."""
    with openai.OpenAI(**fake_llm.openai_client_args()) as client:
        return client.responses.create(model="smollm2-135m", input="Hi").output_text


async def ask_later(fake_llm: FakeLLM) -> str:
    """The same with the asynchronous client."""
    async with openai.AsyncOpenAI(**fake_llm.openai_client_args()) as client:
        return (await client.responses.create(model="smollm2-135m", input="Hi")).output_text


@pytest.mark.parametrize(
    "ask", [ask, lambda fake_llm: asyncio.run(ask_later(fake_llm))], ids=["sync", "async"]
)
def test_openais_clients_retry_at_once(fake_llm: FakeLLM, ask: Callable[[FakeLLM], str]) -> None:
    """Waits that the server asks for and the client's own backoff are recorded, and not waited out."""
    fake_llm.script(reply(429, retry_after=50), 503, "Yes.")
    began = fake_llm.clock.now()
    with fake_llm.virtual_sleep():
        assert ask(fake_llm) == "Yes."
    asked_for, own = fake_llm.slept
    assert asked_for == 50
    assert 0.5 < own < 5
    assert fake_llm.clock.now() - began >= 50 + own


def test_every_sleep_is_virtual(fake_llm: FakeLLM) -> None:
    """The three sleeps, and one that the program has imported by name, take hours that nobody waits."""

    async def sleep_twice() -> str:
        await anyio.sleep(HOUR_S)
        return await asyncio.sleep(HOUR_S, "done")

    with fake_llm.virtual_sleep():
        time.sleep(HOUR_S)
        kept_sleep(HOUR_S)
        assert asyncio.run(sleep_twice()) == "done"
    assert fake_llm.slept == [HOUR_S] * 4


def test_sleeps_side_by_side_take_as_long_as_the_longest(fake_llm: FakeLLM) -> None:
    """The sleep that is over first ends first, in one loop and on several threads."""
    ended: list[int] = []

    async def nap(hours: int) -> None:
        await asyncio.sleep(hours * HOUR_S)
        ended.append(hours)

    async def nap_together() -> None:
        await asyncio.gather(nap(3), nap(1), nap(2))

    def sleep(hours: int) -> None:
        time.sleep(hours * HOUR_S)
        ended.append(hours)

    began = fake_llm.clock.now()
    with fake_llm.virtual_sleep():
        asyncio.run(nap_together())
        assert ended == [1, 2, 3]
        assert 3 * HOUR_S <= fake_llm.clock.now() - began < 4 * HOUR_S
        with ThreadPoolExecutor() as threads:
            list(threads.map(sleep, (2, 1)))
    assert sorted(ended[3:]) == [1, 2]


def test_time_limits_of_the_program_hold(fake_llm: FakeLLM) -> None:
    """A program that gives up after a minute does so: its clocks and its loop's limits move on too."""

    async def give_up() -> None:
        async with asyncio.timeout(60):
            for _ in range(100):
                await asyncio.sleep(7)

    with fake_llm.virtual_sleep():
        began = time.monotonic(), time.time(), time.perf_counter()
        with pytest.raises(TimeoutError):
            asyncio.run(give_up())
        ended = time.monotonic(), time.time(), time.perf_counter()
    assert 9 <= len(fake_llm.slept) <= 10
    assert all(60 <= end - begin < 100 for begin, end in zip(began, ended, strict=True))


def test_one_sleep_has_a_time_limit(fake_llm: FakeLLM) -> None:
    """A sleep that is longer than what waits for it is broken off, by all of asyncio's ways."""

    async def wait() -> None:
        await asyncio.wait_for(asyncio.sleep(50), 20)

    async def limit() -> None:
        async with asyncio.timeout(20):
            await asyncio.sleep(50)

    with fake_llm.virtual_sleep():
        for give_up in (wait, limit):
            with pytest.raises(TimeoutError):
                asyncio.run(give_up())


def test_the_server_is_not_disturbed(fake_llm: FakeLLM) -> None:
    """What sleeps on the server's threads sleeps really, and moves no clock: a reply's function, for one."""

    def answer(_call: object) -> str:
        began = REAL[3]()
        time.sleep(0.02)
        return "real" if REAL[3]() - began >= 0.02 else "virtual"

    async def answer_later(_call: object) -> str:
        await asyncio.sleep(0.02)
        return "later"

    fake_llm.script(answer, answer_later)
    with fake_llm.virtual_sleep():
        assert ask(fake_llm) == "real"
        assert ask(fake_llm) == "later"
    assert fake_llm.slept == []


def test_a_slow_reply_comes_while_the_program_sleeps(fake_llm: FakeLLM) -> None:
    """A sleep of the program that is longer than a reply takes brings that reply."""
    fake_llm.script(reply("At last.").slow(first_token_s=HOUR_S))
    with fake_llm.virtual_sleep(), ThreadPoolExecutor() as threads:
        asking = threads.submit(ask, fake_llm)
        fake_llm.clock.wait_for_sleepers()
        time.sleep(2 * HOUR_S)
        assert asking.result(20) == "At last."


def test_all_is_restored(fake_llm: FakeLLM, server: FakeLLMServer) -> None:
    """Blocks nest, each scope has its own sleeps, and an exception restores the real functions too."""

    def fail(other: FakeLLM) -> None:
        with fake_llm.virtual_sleep():
            time.sleep(1)
            kept.append(time.sleep)
            with other.virtual_sleep(), other.virtual_sleep():
                time.sleep(2)
            time.sleep(3)
            raise ZeroDivisionError

    kept: list[Callable[[float], None]] = []
    with server.open_scope() as other:
        with pytest.raises(ZeroDivisionError):
            fail(other)
        assert functions_now() == REAL
        assert kept_sleep is time.sleep
        assert (fake_llm.slept, other.slept) == ([1, 3], [2])
        kept[0](0.001)  # what a program has kept sleeps really now
        assert (fake_llm.slept, other.slept) == ([1, 3], [2])


def test_modules_that_come_later_are_found(fake_llm: FakeLLM, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is imported inside of a block is restored with it, and replaced by the next one."""
    late = ModuleType("late_program")
    with fake_llm.virtual_sleep():
        monkeypatch.setitem(sys.modules, "late_program", late)
        exec("from time import sleep", vars(late))  # noqa: S102 - as a module does
        vars(late)["sleep"](HOUR_S)
    assert vars(late)["sleep"] is time.sleep
    exec("from time import monotonic", vars(late))  # noqa: S102 - as a module does
    with fake_llm.virtual_sleep():
        began = vars(late)["monotonic"]()
        vars(late)["sleep"](HOUR_S)
        assert vars(late)["monotonic"]() - began >= HOUR_S
    assert fake_llm.slept == [HOUR_S] * 2


def test_a_sleep_that_is_broken_off_is_forgotten(fake_llm: FakeLLM) -> None:
    """A cancelled task's sleep holds up no other one."""

    async def cancel() -> None:
        sleeping = asyncio.create_task(asyncio.sleep(HOUR_S))
        await asyncio.sleep(0)
        sleeping.cancel()
        await asyncio.wait([sleeping])
        await asyncio.sleep(2 * HOUR_S)

    began = fake_llm.clock.now()
    with fake_llm.virtual_sleep():
        asyncio.run(cancel())
    assert 2 * HOUR_S <= fake_llm.clock.now() - began < 3 * HOUR_S


def test_what_is_no_sleep_stays(fake_llm: FakeLLM) -> None:
    """Sleeps of 0 let others have their turn; one below 0 is Python's own error."""
    with fake_llm.virtual_sleep():
        time.sleep(0)
        asyncio.run(asyncio.sleep(0))
        with pytest.raises(ValueError, match="non-negative"):
            time.sleep(-1)
    assert fake_llm.slept == []


def test_a_frozen_clock_moves_by_sleeps_alone(fake_llm: FakeLLM) -> None:
    """With the clock frozen, exactly what was slept has passed."""
    fake_llm.clock.freeze()
    began = fake_llm.clock.now()
    with fake_llm.virtual_sleep():
        time.sleep(20)
        time.sleep(0.5)
    assert fake_llm.clock.now() - began == pytest.approx(20.5)
