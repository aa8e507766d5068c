"""Tests that are run once for each place at which their requests can break."""

import asyncio
from typing import Any

import openai
import pytest
from scripted_answers import MODEL

from fake_llm_server import ConfigurationError, FakeLLM, FakeLLMServer, ScriptError

pytest_plugins = ["pytester"]

TEXT = "It is"


def read_stream(
    client: openai.OpenAI, fake_llm: FakeLLM, api: str, question: str = "Weather?"
) -> tuple[str, bool]:
    """A program that shows what came: the text, and whether all of it came."""
    text, is_whole = "", False
    asking = client.with_options(api_key=fake_llm.api_key)
    try:
        if api == "responses":
            for event in asking.responses.create(model=MODEL, input=question, stream=True):
                text += event.delta if event.type == "response.output_text.delta" else ""
                is_whole = is_whole or event.type == "response.completed"
        else:
            messages: Any = [{"role": "user", "content": question}]
            for chunk in asking.chat.completions.create(model=MODEL, messages=messages, stream=True):
                text += chunk.choices[0].delta.content or ""
                is_whole = is_whole or chunk.choices[0].finish_reason is not None
    except (openai.APIError, ValueError):
        pass
    return text, is_whole


@pytest.mark.parametrize("api", ["chat", "responses"])
def test_every_place_is_broken_once(server: FakeLLMServer, client: openai.OpenAI, api: str) -> None:
    """The places are: before the reply, before and after each event. A program that survives passes."""
    seen = []
    for each in server.break_everywhere():
        with each as fake_llm:
            fake_llm.script(TEXT)
            text, is_whole = read_stream(client, fake_llm, api)
            assert TEXT.startswith(text)
            assert is_whole or fake_llm.break_point is not None
            seen.append((fake_llm.break_point, text, len(fake_llm.calls)))
    points = [point for point, _, _ in seen]
    places = [None if point is None else (point.request, point.after, point.how) for point in points]
    assert places[:2] == [None, (0, None, "cut")]
    assert places[2:] == [(0, after, "cut") for after in range(len(places) - 2)]
    assert len(places) == {"chat": 8, "responses": 13}[api]
    assert [text for _, text, _ in seen][1:] == sorted((text for _, text, _ in seen[1:]), key=len)
    assert all(num_calls == 1 for _, _, num_calls in seen)


def fail_at_half(server: FakeLLMServer, client: openai.OpenAI) -> None:
    """A test of a program that fails where it has read half of the text."""
    for each in server.break_everywhere():
        with each as fake_llm:
            fake_llm.script(TEXT)
            if read_stream(client, fake_llm, "chat") == ("It", False):
                raise KeyError("half")


def test_a_report_says_where_a_program_did_not_survive(server: FakeLLMServer, client: openai.OpenAI) -> None:
    """One report has all failures, with the events at which they happened; the first one is its cause."""
    with pytest.raises(AssertionError) as raised:
        fail_at_half(server, client)
    event = """after event 2 (delta {"content": "It"})"""
    assert str(raised.value).splitlines() == [
        "The program did not survive 1 of 7 breaks:",
        f"- request 0 (POST /v1/chat/completions), cut {event}: KeyError: 'half'",
        "For the first of them alone, begin the test with fake_llm.break_request(0, after=2, how='cut').",
    ]
    assert isinstance(raised.value.__cause__, KeyError)


def test_who_asks_again_gets_the_same_reply(server: FakeLLMServer, client: openai.OpenAI) -> None:
    """A broken reply is not used up: the same request gets it again, and the next one the next reply."""
    num_tries = []
    for each in server.break_everywhere("cut", "reset", "malformed", max_rounds=15):
        with each as fake_llm:
            fake_llm.script("one", "two")
            fake_llm.when("third").then("three")
            answers = []
            for question in ("first", "second", "third"):
                while True:
                    text, is_whole = read_stream(client, fake_llm, "responses", question)
                    if is_whole:
                        break
                answers.append(text)
            assert answers == ["one", "two", "three"]
            num_tries.append(len(fake_llm.calls))
    assert num_tries[0] == 3
    assert {4} <= set(num_tries[1:]) <= {3, 4}


def test_answers_of_the_model_break_too(server: FakeLLMServer, client: openai.OpenAI) -> None:
    """Nothing need be written for that; replies that aren't streamed break before they begin."""
    points = []
    for each in server.break_everywhere("cut", "hang"):
        with each as fake_llm:
            asking = client.with_options(api_key=fake_llm.api_key)
            messages: Any = [{"role": "user", "content": "Count."}]
            if fake_llm.break_point is None:
                asking.chat.completions.create(model=MODEL, messages=messages, max_tokens=2)
            else:
                asking = asking.with_options(timeout=2)
                with pytest.raises(openai.APIConnectionError):
                    asking.chat.completions.create(model=MODEL, messages=messages, max_tokens=2)
            points.append(fake_llm.break_point)
    assert [None if point is None else (point.after, point.how) for point in points] == [
        None,
        (None, "cut"),
        (None, "hang"),
    ]


def test_streams_end_in_every_way(server: FakeLLMServer, client: openai.OpenAI) -> None:
    """Reset, half closed, or as if they were whole: the journal knows that they broke."""
    for each in server.break_everywhere("reset", "half_close", "end", max_rounds=10):
        with each as fake_llm:
            fake_llm.script(TEXT)
            text, is_whole = read_stream(client, fake_llm, "chat")
            point = fake_llm.break_point
            assert TEXT.startswith(text)
            assert is_whole == (point is None or (point.after or 0) >= 4)
            assert fake_llm.requests[0].is_broken == (point is not None)


def test_events_come_twice(server: FakeLLMServer, client: openai.OpenAI) -> None:
    """A program that adds up what comes shows a piece twice."""
    texts = set()
    for each in server.break_everywhere("duplicated", max_rounds=3):
        with each as fake_llm:
            fake_llm.script(TEXT)
            text, is_whole = read_stream(client, fake_llm, "chat")
            assert is_whole
            texts.add(text)
    assert texts <= {TEXT, "ItIt is", "It is is"}


def test_asynchronous_programs_break(server: FakeLLMServer) -> None:
    """The loop stands in a coroutine as well, and its rounds are bounded, evenly chosen and told."""

    async def run() -> None:
        for each in server.break_everywhere(max_rounds=3):
            with each as fake_llm:
                fake_llm.script(TEXT)
                async with openai.AsyncOpenAI(**fake_llm.openai_client_args(), max_retries=0) as client:
                    stream = await client.responses.create(model=MODEL, input="Hi", stream=True)
                    async for _ in stream:
                        pass

    with pytest.raises(AssertionError, match=r"3 of 3 breaks \(3 of 12 places, chosen evenly\)"):
        asyncio.run(run())


def test_what_cannot_be_broken_is_refused(server: FakeLLMServer) -> None:
    """Wrong kinds, rounds that aren't entered, and tests that ask nothing."""
    with pytest.raises(ConfigurationError, match="mood"):
        server.break_everywhere("mood")  # type: ignore[arg-type] # what is refused
    with pytest.raises(ConfigurationError, match="at least one round"):
        server.break_everywhere(max_rounds=0)
    with pytest.raises(ScriptError, match="entered"):
        list(server.break_everywhere())
    with pytest.raises(ScriptError, match="no request"):
        ask_nothing(server)
    with server.open_scope() as fake_llm, pytest.raises(ConfigurationError):
        fake_llm.break_request(0, after=-1)


def ask_nothing(server: FakeLLMServer) -> None:
    """A test without a request."""
    for each in server.break_everywhere():
        with each:
            pass


SUITE = """
import asyncio, os
import openai
import pytest

starts = []

@pytest.fixture(scope="module", autouse=True)
def module():
    starts.append("module")
    yield
    starts.append("module ends")

@pytest.fixture
def shown():
    return []

CLIENT = openai.OpenAI(api_key="none", base_url="http://none", max_retries=0)

def read(shown, question="Weather?"):
    client = CLIENT.with_options(api_key=os.environ["OPENAI_API_KEY"], base_url=os.environ["OPENAI_BASE_URL"])
    for event in client.responses.create(model="m", input=question, stream=True):
        if event.type == "response.output_text.delta":
            shown.append(event.delta)

@pytest.mark.break_everywhere(max_rounds=4)
def test_survives(fake_llm, shown):
    fake_llm.script("It is")
    try:
        read(shown)
    except openai.APIConnectionError:
        assert fake_llm.break_point is not None
    assert "It is".startswith("".join(shown))

@pytest.mark.break_everywhere("cut", "malformed", max_rounds=8)
def test_does_not(fake_llm, shown):
    fake_llm.script("one", "two")
    read(shown, "first")
    print("printed in", fake_llm.break_point)
    try:
        read(shown, "second")
    except (openai.APIConnectionError, ValueError):
        shown[1]

@pytest.mark.break_everywhere(max_rounds=2)
class TestClass:
    async def ask(self, client):
        self.number = getattr(self, "number", 0) + 1
        await client.chat.completions.create(model="m", messages=[{"role": "user", "content": "Hi"}])

    def test_async(self, fake_llm, async_openai_client):
        fake_llm.script("Hi.")
        asyncio.run(self.ask(async_openai_client))
        assert self.number == 1

def test_shared_fixtures_stay():
    assert starts == ["module"]

@pytest.mark.break_everywhere
def test_fails_by_itself(fake_llm, shown):
    fake_llm.script("It is")
    read(shown)
    assert shown == ["no"]

@pytest.mark.break_everywhere
def test_asks_nothing(fake_llm):
    pass

@pytest.mark.break_everywhere
def test_without_fixture():
    pass

@pytest.mark.break_everywhere("mood")
def test_wrong_kind(fake_llm):
    pass
"""


def test_marked_tests_run_in_rounds(pytester: pytest.Pytester) -> None:
    """The marker runs a test from its fixtures on for each place, and one report tells of all."""
    pytester.makepyfile(SUITE)
    ran = pytester.runpytest_subprocess(
        "-W",
        "error",
        "-p",
        "fake_llm_server.pytest_plugin",
        "-p",
        "no:cacheprovider",
        "--strict-markers",
        "-rA",
    )
    ran.stdout.fnmatch_lines(
        [
            "*test_does_not*",
            "The program did not survive * of 8 breaks (8 of 40 places, chosen evenly):",
            "- request 0 (POST /v1/responses), cut before the reply: openai.APIConnectionError: Conn*",
            "- request 1 (POST /v1/responses), *: IndexError: list index out of range",
            "For the first of them alone, begin the test with fake_llm.break_request(0, after=None, *).",
            "The first of them:",
            "E *APIConnectionError: Connection error.",
            "There is nothing to break (cut): the test made no request of this scope.",
            "@pytest.mark.break_everywhere is for tests that use the fixture fake_llm.",
            "*The program survived all 4 breaks (4 of 12 places, chosen evenly).*",
        ]
    )
    ran.assert_outcomes(passed=3, failed=4, errors=1)
