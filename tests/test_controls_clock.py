"""The scope's own clock: what waits by it, and what is dated by it."""

import asyncio
import datetime as dt
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import openai
import pytest
from controlled_scope import fake_llm as fake_llm
from controlled_scope import own_client as own_client

from fake_llm_server import ConfigurationError, FakeLLM, FakeLLMServer, Reply, reply
from fake_llm_server._seam import Clock

MOMENT = dt.datetime(2031, 5, 1, tzinfo=dt.UTC)
GENEROUS_S = 20


@pytest.fixture(scope="module")
def server() -> Iterator[FakeLLMServer]:
    """A server without a model."""
    with FakeLLMServer(load="first_use") as running:
        yield running


def test_it_runs_as_real_time_does() -> None:
    """Nobody has moved it: time passes, and the date is today's."""
    clock = Clock()
    began = clock.now()
    asyncio.run(clock.sleep(0.02))
    assert 0.02 <= clock.now() - began < GENEROUS_S
    assert abs(clock.unix_time() - time.time()) < GENEROUS_S


def test_advancing_wakes_a_sleeper_of_another_thread() -> None:
    """A sleep of an hour ends when the clock is moved by an hour, and not before."""
    clock = Clock()
    with ThreadPoolExecutor() as threads:
        sleeping = threads.submit(lambda: asyncio.run(clock.sleep(3600)))
        clock.wait_for_sleepers()
        clock.advance(3000)
        assert not sleeping.done()
        clock.advance(600)
        sleeping.result(GENEROUS_S)


def test_sleepers_wake_at_their_moments() -> None:
    """A frozen clock is moved by ten seconds: who sleeps until then wakes, and who sleeps longer doesn't."""
    clock = Clock()
    clock.freeze()

    async def nap() -> list[bool]:
        naps = [asyncio.create_task(clock.sleep(seconds)) for seconds in (3, 10, 11)]
        await asyncio.sleep(0.02)
        clock.advance(10)
        _, late = await asyncio.wait(naps[:2], timeout=GENEROUS_S)
        assert not late
        naps[2].cancel()
        return [task.done() for task in naps]

    assert asyncio.run(nap()) == [True, True, False]


def test_frozen_time_stands_still() -> None:
    """A frozen clock moves by `advance` alone, and goes on from there when it is resumed."""
    clock = Clock()
    clock.freeze(at=MOMENT)
    began = clock.now()
    assert clock.unix_time() == pytest.approx(MOMENT.timestamp())
    clock.advance(5)
    assert clock.now() == began + 5
    clock.resume()
    clock.resume()
    assert 5 <= clock.now() - began < GENEROUS_S
    assert 5 <= clock.unix_time() - MOMENT.timestamp() < GENEROUS_S


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf")])
def test_time_never_goes_back(seconds: float) -> None:
    """A clock that was moved back would leave sleepers behind: it is refused, as is a date that is none."""
    with pytest.raises(ConfigurationError, match="advanced by seconds"):
        Clock().advance(seconds)
    with pytest.raises(ConfigurationError, match="from 1970 to"):
        Clock().freeze(at=seconds)


@pytest.mark.parametrize("seconds", [1e12, 1e300])
def test_time_ends_with_the_dates_that_can_be_written(seconds: float) -> None:
    """Milliseconds in the place of seconds are refused where they are given."""
    clock = Clock()
    with pytest.raises(ConfigurationError, match="9999"):
        clock.advance(seconds)
    with pytest.raises(ConfigurationError, match="9999"):
        clock.freeze(seconds)
    assert abs(clock.unix_time() - time.time()) < GENEROUS_S


def test_a_clock_tells_real_time_again() -> None:
    """Whatever was done to it; what sleeps by it isn't moved back."""
    clock = Clock()
    clock.advance(1000)
    clock.freeze(MOMENT)
    began = clock.now()
    clock.tell_real_time()
    assert abs(clock.unix_time() - time.time()) < GENEROUS_S
    assert not clock.is_frozen
    assert clock.now() >= began


def test_waiting_for_sleepers_ends() -> None:
    """A test that waits for a reply that never waits is told so."""
    with pytest.raises(TimeoutError, match="0 sleep by this clock"):
        Clock().wait_for_sleepers(timeout_s=0.01)


def test_a_paced_stream_comes_as_far_as_time_has_passed(fake_llm: FakeLLM, own_client: openai.OpenAI) -> None:
    """At a token each second, four seconds bring four pieces at once, and the rest comes with the rest."""
    fake_llm.clock.freeze()
    fake_llm.script(reply("one two three four five six").slow(tokens_per_s=1))
    came: list[str] = []
    fourth = threading.Event()

    def read() -> None:
        chunks = own_client.chat.completions.create(
            model="smollm2-135m", messages=[{"role": "user", "content": "Count."}], stream=True
        )
        for chunk in chunks:
            came.extend(filter(None, (choice.delta.content for choice in chunk.choices)))
            if len(came) == 4:
                fourth.set()

    with ThreadPoolExecutor() as threads:
        reading = threads.submit(read)
        fake_llm.clock.wait_for_sleepers()
        fake_llm.advance(4)
        assert fourth.wait(GENEROUS_S)
        assert came == ["one", " two", " three", " four"]
        fake_llm.advance(2)
        reading.result(GENEROUS_S)
    assert "".join(came) == "one two three four five six"


@pytest.mark.parametrize("written", [reply("Late."), reply(500)], ids=["answer", "error"])
def test_a_slow_reply_keeps_the_servers_time_limit(written: Reply) -> None:
    """`answer_timeout_s` is by the scope's clock: a reply that is slower becomes a 504 when it is over."""
    with (
        FakeLLMServer(load="first_use", answer_timeout_s=30) as hasty,
        hasty.open_scope() as opened,
        openai.OpenAI(**opened.openai_client_args(), max_retries=0) as client,
        ThreadPoolExecutor() as threads,
    ):
        opened.clock.freeze()
        opened.script(written.slow(first_token_s=50))
        asking = threads.submit(client.responses.create, model="smollm2-135m", input="Hi")
        opened.clock.wait_for_sleepers()
        opened.advance(30)
        with pytest.raises(openai.InternalServerError) as caught:
            asking.result(GENEROUS_S)
    assert (caught.value.status_code, caught.value.code) == (504, "timeout")


def test_the_same_moment_gives_the_same_bytes(server: FakeLLMServer) -> None:
    """Answers are dated by the scope's clock, so two scopes whose clocks stand at one date answer alike."""

    def ask() -> list[bytes]:
        with server.open_scope("sk-dated") as opened, openai.OpenAI(**opened.openai_client_args()) as client:
            opened.clock.freeze(at=MOMENT)
            opened.script("Yes.", "Yes.")
            chat = client.chat.completions.with_raw_response.create(
                model="smollm2-135m", messages=[{"role": "user", "content": "Hi"}]
            )
            response = client.responses.with_raw_response.create(model="smollm2-135m", input="Hi")
            assert chat.parse().created == response.parse().created_at == MOMENT.timestamp()
            return [chat.http_response.content, response.http_response.content]

    assert ask() == ask()


def test_clocks_of_scopes_are_their_own(server: FakeLLMServer) -> None:
    """A scope whose clock is moved doesn't move another's."""
    with server.open_scope() as one, server.open_scope() as other:
        one.clock.freeze(at=MOMENT)
        one.advance(1000)
        assert abs(other.clock.unix_time() - time.time()) < GENEROUS_S
