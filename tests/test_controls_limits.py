"""Limits and quotas of a scope: as OpenAI counts, says and answers them, by the scope's clock."""

import asyncio
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from controlled_scope import fake_llm as fake_llm
from controlled_scope import own_client as own_client
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted_answers import WAYS, ask

from fake_llm_server import ConfigurationError, FakeLLM, FakeLLMServer, reply
from fake_llm_server._controls.limits import format_wait
from fake_llm_server._controls.limits.bucket import Bucket

MODEL = "smollm2-135m"
WHERE = f"for {MODEL} in organization org-fake-llm-server on"
every_way = pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way[0]}{'-streamed' * way[1]}")


@pytest.fixture(scope="module")
def server() -> Iterator[FakeLLMServer]:
    """A server without a model."""
    with FakeLLMServer(load="first_use") as running:
        yield running


@pytest.fixture
def still_llm(fake_llm: FakeLLM) -> FakeLLM:
    """The scope with its clock frozen, and an answer to whatever is asked."""
    fake_llm.clock.freeze()
    fake_llm.when().then("Yes.")
    return fake_llm


def read_headers(client: openai.OpenAI, **fields: Any) -> dict[str, str]:
    """Ask, and read `x-ratelimit-*` without their prefix."""
    reply = client.responses.with_raw_response.create(model=MODEL, input="Hi", **fields)
    return _read(reply.headers)


def _read(headers: Any) -> dict[str, str]:
    return {
        name.removeprefix("x-ratelimit-"): value
        for name, value in headers.items()
        if name.startswith("x-ratelimit-")
    }


@every_way
def test_requests_beyond_the_limit_are_refused(
    still_llm: FakeLLM, own_client: openai.OpenAI, way: Any
) -> None:
    """The error has OpenAI's words and code, and true headers; after the wait the next one is let in."""
    still_llm.limit(requests_per_minute=3)
    for _ in range(3):
        ask(own_client, way)
    with pytest.raises(openai.RateLimitError) as caught:
        ask(own_client, way)
    refused, headers = caught.value, caught.value.response.headers
    assert (refused.type, refused.code, refused.param) == ("requests", "rate_limit_exceeded", None)
    assert refused.body is not None
    assert (
        f"Rate limit reached {WHERE} requests per min (RPM): Limit 3, Used 3, Requested 1. Please try again "
        "in 20s. Visit https://platform.openai.com/account/rate-limits to learn more." in str(refused)
    )
    assert (headers["retry-after"], headers["retry-after-ms"]) == ("20", "20000")
    assert _read(headers)["reset-requests"] == "1m0s"
    still_llm.advance(19.9)
    with pytest.raises(openai.RateLimitError, match="try again in 100ms"):
        ask(own_client, way)
    still_llm.advance(0.1)
    assert ask(own_client, way).text == "Yes."
    assert len(still_llm.calls) == 4


def test_headers_are_true(still_llm: FakeLLM, own_client: openai.OpenAI) -> None:
    """They say the limit, what is left, and when all is back, of requests and of tokens."""
    still_llm.limit(requests_per_minute=60, tokens_per_minute=600)
    still_llm.when("Hi").then(reply("Yes.", usage={"prompt_tokens": 20, "completion_tokens": 10}))
    assert read_headers(own_client, max_output_tokens=50) == {
        "limit-requests": "60",
        "remaining-requests": "59",
        "reset-requests": "1s",
        "limit-tokens": "600",
        "remaining-tokens": "570",  # the answer is counted by now: 30 instead of 50
        "reset-tokens": "3s",
    }
    still_llm.advance(3)
    assert read_headers(own_client)["remaining-tokens"] == "570"


def test_nothing_is_limited_unless_it_is_said(still_llm: FakeLLM, own_client: openai.OpenAI) -> None:
    """Without a limit the headers give figures that no test reaches, and a limit can be lifted."""
    unlimited = read_headers(own_client)
    assert int(unlimited["remaining-requests"]) > 1000 < int(unlimited["remaining-tokens"])
    still_llm.limit(requests_per_minute=1)
    read_headers(own_client)
    with pytest.raises(openai.RateLimitError):
        read_headers(own_client)
    still_llm.limit()
    assert read_headers(own_client) == unlimited


@every_way
def test_tokens_are_estimated_before_and_counted_after(
    still_llm: FakeLLM, own_client: openai.OpenAI, way: Any
) -> None:
    """A request needs room for its estimate; what the answer used is counted in its place."""
    still_llm.limit(tokens_per_minute=600)
    still_llm.when("Count").then(reply("Yes.", usage={"prompt_tokens": 300, "completion_tokens": 200}))
    ask(own_client, way, text="Count.")
    with pytest.raises(openai.RateLimitError) as caught:
        ask(own_client, way, text="x" * 800)
    assert (caught.value.type, caught.value.code) == ("tokens", "rate_limit_exceeded")
    words = f"{WHERE} tokens per min (TPM): Limit 600, Used 500, Requested 204. Please try again in 10.4s."
    assert words in str(caught.value)
    still_llm.advance(10.4)
    assert ask(own_client, way, text="x" * 800).text == "Yes."


def test_a_request_that_is_too_large_is_told_so(still_llm: FakeLLM, own_client: openai.OpenAI) -> None:
    """No wait lets it in, so there is no `retry-after`; smaller ones are let in."""
    still_llm.limit(tokens_per_minute=100)
    with pytest.raises(openai.RateLimitError) as caught:
        read_headers(own_client, max_output_tokens=101)
    assert caught.value.type == "tokens"
    assert (
        f"Request too large {WHERE} tokens per min (TPM): Limit 100, Requested 101. The input or output "
        "tokens must be reduced in order to run successfully." in str(caught.value)
    )
    assert "retry-after" not in caught.value.response.headers
    assert read_headers(own_client, max_output_tokens=100)["limit-tokens"] == "100"


def test_days_are_limited_too(still_llm: FakeLLM, own_client: openai.OpenAI) -> None:
    """A limit of a day is asked beside that of a minute; the headers tell of the scarcer one."""
    still_llm.limit(requests_per_minute=60, requests_per_day=2)
    assert [read_headers(own_client)["remaining-requests"] for _ in range(2)] == ["1", "0"]
    with pytest.raises(openai.RateLimitError, match=r"per day \(RPD\).*try again in 12h0m0s"):
        read_headers(own_client)
    still_llm.advance(12 * 3600)
    read_headers(own_client)


def test_a_quota_is_used_up(still_llm: FakeLLM, own_client: openai.OpenAI) -> None:
    """When its tokens are used, requests fail, whatever time passes, until there are more."""
    still_llm.when("Hi").then(reply("Yes.", usage={"prompt_tokens": 6, "completion_tokens": 4}))
    still_llm.quota(tokens=20)
    read_headers(own_client)
    read_headers(own_client)
    with pytest.raises(openai.RateLimitError) as caught:
        read_headers(own_client)
    assert caught.value.type == caught.value.code == "insufficient_quota"
    assert "You exceeded your current quota" in str(caught.value)
    assert "retry-after" not in caught.value.response.headers
    still_llm.advance(86_400)
    with pytest.raises(openai.RateLimitError):
        read_headers(own_client)
    still_llm.quota(tokens=None)
    read_headers(own_client)


@pytest.mark.parametrize("limit", [0, -1, 2.5, True, "3"])
def test_limits_are_whole_numbers(fake_llm: FakeLLM, limit: Any) -> None:
    """What is no limit is refused where it is written, and changes nothing."""
    with pytest.raises(ConfigurationError, match="tokens_per_minute is a whole number above 0"):
        fake_llm.limit(requests_per_minute=1, tokens_per_minute=limit)
    with pytest.raises(ConfigurationError, match="A quota is a whole number of tokens"):
        fake_llm.quota(tokens=limit or "none")  # type: ignore[arg-type] # what is refused


def test_each_scope_has_the_servers_limits_for_itself() -> None:
    """The server's settings limit each key's scope by itself; a scope's own limits stand in their place."""
    with (
        FakeLLMServer(load="first_use", requests_per_minute=1, tokens_per_minute=500) as server,
        server.open_scope() as one,
        server.open_scope() as other,
    ):
        other.limit(requests_per_minute=2)
        for scope, num_let_in in ((one, 1), (other, 2)):
            scope.when().then("Yes.")
            with openai.OpenAI(**scope.openai_client_args(), max_retries=0) as client:
                tokens = [read_headers(client)["limit-tokens"] for _ in range(num_let_in)]
                assert tokens == ["500" if scope is one else "150000000"] * num_let_in
                with pytest.raises(openai.RateLimitError):
                    read_headers(client)


def test_what_asks_for_no_answer_is_free(still_llm: FakeLLM, own_client: openai.OpenAI) -> None:
    """Lists, stored objects and requests that are refused as invalid count for nothing."""
    still_llm.limit(requests_per_minute=1)
    own_client.models.list()
    with pytest.raises(openai.BadRequestError):
        own_client.responses.create(model=MODEL, input="Hi", temperature=9)
    read_headers(own_client)


def test_a_background_response_is_refused_at_once(still_llm: FakeLLM, own_client: openai.OpenAI) -> None:
    """Beyond the limit it isn't begun; until then, asking how far it has come is free."""
    still_llm.limit(requests_per_minute=1)
    begun = own_client.responses.create(model=MODEL, input="Hi", background=True)
    for _ in range(3):
        own_client.responses.retrieve(begun.id)
    with pytest.raises(openai.RateLimitError):
        own_client.responses.create(model=MODEL, input="Hi", background=True)


@pytest.mark.parametrize(
    ("error", "words", "headers"),
    [
        (
            reply(429),
            f"{WHERE} requests per min (RPM): Limit 3, Used 3, Requested 1. Please try again in 20s.",
            {"limit-requests": "3", "remaining-requests": "0", "reset-requests": "1m0s"},
        ),
        (
            reply(429, retry_after=1.5),
            "Please try again in 1.5s.",
            {"limit-requests": "3", "remaining-requests": "0", "reset-requests": "41.5s"},
        ),
        (
            reply(429, type="tokens"),
            "tokens per min (TPM): Limit 30000, Used 30000, Requested 10000. Please try again in 20s.",
            {"limit-tokens": "30000", "remaining-tokens": "0", "limit-requests": "30000"},
        ),
        (
            reply(429, message="No.", headers={"X-RateLimit-Limit-Requests": "7"}),
            "No.",
            {"limit-requests": "7", "remaining-requests": "0"},
        ),
        (
            reply(429, code="insufficient_quota"),
            "You exceeded your current quota",
            {"remaining-requests": "29999"},
        ),
    ],
)
def test_a_scripted_error_agrees_with_itself(
    fake_llm: FakeLLM, own_client: openai.OpenAI, error: Any, words: str, headers: dict[str, str]
) -> None:
    """The words of a scripted 429 and its headers speak of one limit; what the test writes stands."""
    fake_llm.script(error)
    with pytest.raises(openai.RateLimitError) as caught:
        read_headers(own_client)
    assert words in str(caught.value)
    assert headers.items() <= _read(caught.value.response.headers).items()


def test_a_program_survives_a_storm(fake_llm: FakeLLM) -> None:
    """Ten tasks under a limit of four a minute all come through, by OpenAI's own retries, in virtual time."""

    async def ask_all() -> list[str]:
        async with openai.AsyncOpenAI(**fake_llm.openai_client_args(), max_retries=20) as client:
            asked = (client.responses.create(model=MODEL, input=str(number)) for number in range(10))
            return [answer.output_text for answer in await asyncio.gather(*asked)]

    fake_llm.limit(requests_per_minute=4)
    fake_llm.when().then(lambda call: f"Answer {call.user_text}")
    began = fake_llm.clock.now()
    with fake_llm.virtual_sleep():
        assert asyncio.run(ask_all()) == [f"Answer {number}" for number in range(10)]
    assert len(fake_llm.calls) == 10
    assert len(fake_llm.slept) >= 6
    assert fake_llm.clock.now() - began >= 90  # six of ten wait for a share of a minute each


def test_a_client_gives_up_where_openais_does(fake_llm: FakeLLM, own_client: openai.OpenAI) -> None:
    """A quota that is used up is a 429, which OpenAI's client tries again; the program sees its code."""
    fake_llm.quota(tokens=0)
    with fake_llm.virtual_sleep(), pytest.raises(openai.RateLimitError) as caught:
        own_client.with_options(max_retries=2).responses.create(model=MODEL, input="Hi")
    assert caught.value.code == "insufficient_quota"
    assert len(fake_llm.slept) == 2
    assert not fake_llm.calls


@given(
    capacity=st.integers(1, 1000),
    steps=st.lists(st.tuples(st.floats(0, 100), st.integers(0, 1000)), max_size=20),
)
@settings(max_examples=50)
def test_who_waits_as_long_as_told_is_let_in(capacity: int, steps: list[tuple[float, int]]) -> None:
    """A bucket's wait, kept to the millisecond above, is enough for any amount that it can hold."""
    now_s, bucket = 0.0, Bucket(capacity, 60.0, 0.0)
    for passed_s, amount in steps:
        now_s += passed_s
        if amount <= capacity:
            now_s += bucket.find_wait(amount, now_s)
            assert bucket.find_wait(amount, now_s) == 0
            bucket.take(amount, now_s)
        assert -1 < bucket.count_left(now_s) <= capacity


def test_a_bucket_refills_steadily() -> None:
    """It gives its window's worth, then one for each share of it; what was overdrawn is waited for."""
    bucket = Bucket(6, 60.0, 0.0)
    bucket.take(6, 0.0)
    assert (bucket.find_wait(1, 0.0), bucket.find_wait(6, 0.0)) == (10.0, 60.0)
    assert bucket.count_left(10.0) == 1
    bucket.take(3, 10.0)
    assert (bucket.count_left(10.0), bucket.find_wait(1, 10.0)) == (-2, 30.0)
    assert bucket.count_left(1000.0) == 6


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (0.0171, "18ms"),
        (1, "1s"),
        (19.845, "19.845s"),
        (60, "1m0s"),
        (119.9, "2m0s"),
        (360, "6m0s"),
        (43_200, "12h0m0s"),
    ],
)
def test_waits_are_written_as_openai_does(seconds: float, text: str) -> None:
    """Durations of headers and messages are milliseconds, seconds, or minutes and seconds."""
    assert format_wait(seconds) == text


@given(st.floats(0, 10_000))
def test_waits_are_never_too_short(seconds: float) -> None:
    """Who waits as long as is written has waited long enough."""
    written = format_wait(seconds)
    if written.endswith("ms"):
        read = float(written.removesuffix("ms")) / 1000
    else:
        hours, _, rest = written.removesuffix("s").rpartition("h")
        minutes, _, rest = rest.rpartition("m")
        read = float(hours or 0) * 3600 + float(minutes or 0) * 60 + float(rest)
    assert read >= seconds - 0.0005
