"""Rules of faults, which lie over whatever answers, and rules of a share of all calls."""

import contextlib
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import openai
import pytest
from controlled_scope import fake_llm as fake_llm
from controlled_scope import own_client as own_client
from scripted_answers import WAYS, ask

from fake_llm_server import ConfigurationError, FakeLLM, FakeLLMServer, Reply, reply
from fake_llm_server._controls.faults import Pace
from fake_llm_server._controls.going_wrong import find_wait
from fake_llm_server._controls.rule import Rule

every_way = pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way[0]}{'-streamed' * way[1]}")


@every_way
def test_a_fault_lies_over_the_script(fake_llm: FakeLLM, own_client: openai.OpenAI, way: Any) -> None:
    """The next requests are cut, whatever answers; who asks again gets the reply that was cut."""
    fake_llm.script("one", "two")
    fake_llm.when(times=3).cut()
    for _ in range(3):
        with pytest.raises(openai.APIConnectionError):
            ask(own_client, way)
    assert [ask(own_client, way).text for _ in range(2)] == ["one", "two"]
    assert [call.source for call in fake_llm.calls] == ["script"] * 5
    assert [call.faults for call in fake_llm.calls] == [["cut()"]] * 3 + [[], []]


def test_a_fault_lies_over_rules_and_the_model(fake_llm: FakeLLM, own_client: openai.OpenAI) -> None:
    """Over a rule's reply, and the model's; that one's own faults stay where they are of another kind."""
    fake_llm.when("weather").then(reply("It is sunny.").stall(0))
    fake_llm.when().wrong("length")
    assert ask(own_client, WAYS[0], text="the weather").text == "It is "
    assert ask(own_client, WAYS[0], text="Say hi.", max_tokens=8).finish == "length"
    assert [call.source for call in fake_llm.calls] == ["rule", "model"]
    assert fake_llm.calls[0].faults == ["stall(seconds=0)", "wrong('length')"]


@every_way
def test_requests_fail_whatever_answers(fake_llm: FakeLLM, own_client: openai.OpenAI, way: Any) -> None:
    """An error comes in the place of what was scripted, and that isn't used up."""
    fake_llm.script("It is sunny.")
    fake_llm.when("Weather", times=2).fail(reply(429, retry_after=0.01))
    for _ in range(2):
        with pytest.raises(openai.RateLimitError):
            ask(own_client, way)
    assert ask(own_client.with_options(max_retries=0), way).text == "It is sunny."


def list_failed(server: FakeLLMServer, seed: int, *, num_threads: int = 1) -> list[int]:
    """Which of a scope's 40 calls fail by a share."""
    with server.open_scope() as opened, openai.OpenAI(**opened.openai_client_args(), max_retries=0) as client:
        opened.when().then("fine")
        opened.when(share=0.3, seed=seed).fail(503)

        def try_it(_number: int) -> None:
            with contextlib.suppress(openai.InternalServerError):
                ask(client, WAYS[0])

        with ThreadPoolExecutor(num_threads) as pool:
            list(pool.map(try_it, range(40)))
        return sorted(call.call.ordinal for call in opened.calls if call.status == 503)


def test_a_share_is_the_same_in_every_run(server: FakeLLMServer) -> None:
    """Which calls are drawn depends on the seed and their number alone, whoever asks and when."""
    failed = list_failed(server, 7)
    assert 5 <= len(failed) <= 20
    assert failed == list_failed(server, 7, num_threads=8)
    assert failed != list_failed(server, 8)


def test_waits_with_jitter_are_the_same_in_every_run() -> None:
    """So do the waits of slow answers, each of which stays within its share."""
    waits = [[find_wait(Pace(1, 10, 0.5, seed), 3, piece) for piece in range(50)] for seed in (1, 1, 2)]
    assert waits[0] == waits[1] != waits[2]
    assert 0.55 <= waits[0][0] <= 1.65
    assert all(0.05 <= wait <= 0.15 for wait in waits[0][1:])
    assert len(set(waits[0])) == 50


FAULTS: list[Callable[[Reply], Reply]] = [
    lambda it: it.cut(),
    lambda it: it.cut(after=1, how="reset"),
    lambda it: it.cut(after_events=2),
    lambda it: it.cut(at="middle", how="half_close"),
    lambda it: it.cut(at="done", how="end"),
    lambda it: it.corrupt("malformed"),
    lambda it: it.corrupt("empty"),
    lambda it: it.wrong("length"),
]


def test_a_server_outlives_its_faults() -> None:
    """200 requests that go wrong, by 8 threads at once, leave no task and no connection behind."""
    with FakeLLMServer(load="first_use", any_model=True) as server, server.open_scope() as opened:
        opened.script(*(FAULTS[number % len(FAULTS)](reply("one two three")) for number in range(200)))
        outcomes: Counter[str] = Counter()

        def try_it(number: int) -> None:
            with openai.OpenAI(**opened.openai_client_args(), max_retries=0, timeout=20) as client:
                try:
                    ask(client, WAYS[number % 4])
                    outcomes["read"] += 1
                except Exception as error:  # noqa: BLE001 - whatever a fault comes to
                    outcomes[type(error).__name__] += 1

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(try_it, range(200)))
        assert outcomes["APITimeoutError"] == 0
        assert outcomes["APIConnectionError"] > 50
        with openai.OpenAI(**opened.openai_client_args(), max_retries=0) as client:
            opened.script("fine")
            assert ask(client, WAYS[0]).text == "fine"
        assert count_left(server) == (0, 0)


def count_left(server: FakeLLMServer) -> tuple[int, int]:
    """A server's open connections, and its requests that are under way, once they have had time to end."""
    state = server._running.server_state
    for _ in range(500):
        left = len(state.connections), len(state.tasks)
        if left == (0, 0):
            break
        time.sleep(0.01)
    return left


@pytest.mark.parametrize(
    "write",
    [
        lambda rule: rule.then("a").cut(),
        lambda rule: rule.cut().then("a"),
        lambda rule: rule.fail(429).cut(),
        lambda rule: rule.fail("text"),
        lambda rule: rule.fail(),  # twice is once too often
    ],
)
def test_rules_that_cannot_be_are_refused(write: Any) -> None:
    """A rule answers, or lies over what answers, and says which once."""
    with pytest.raises(ConfigurationError):
        write(write(Rule(())))


@pytest.mark.parametrize("share", [0, -1, 1.5])
def test_shares_are_shares(fake_llm: FakeLLM, share: float) -> None:
    """A share that none or more than all would have is refused."""
    with pytest.raises(ConfigurationError, match="share"):
        fake_llm.when(share=share)
