"""Scripts, rules, the journal and what fails a test: who answers which call."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import openai
import pytest
from controlled_scope import fake_llm as fake_llm
from controlled_scope import own_client as own_client
from scripted_answers import MODEL, WAYS, ask

from fake_llm_server import ConfigurationError, FakeLLM, FakeLLMServer, ScriptError, reply

CITY: dict[str, object] = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
CHAT = ("chat", False)


@contextmanager
def failing_scope(
    server: FakeLLMServer, words: str, **options: Any
) -> Iterator[tuple[FakeLLM, openai.OpenAI]]:
    """A scope that fails its test in these words, and a client of it that tries again."""
    with (
        pytest.raises(ScriptError, match=words),
        server.open_scope(**options) as opened,
        openai.OpenAI(**opened.openai_client_args()) as client,
    ):
        yield opened, client


def test_scopes_have_scripts_of_their_own(server: FakeLLMServer) -> None:
    """What one scope scripts and receives never shows in another, also under threads."""

    def run(name: str) -> None:
        with server.open_scope() as fake_llm, openai.OpenAI(**fake_llm.openai_client_args()) as client:
            for number in range(5):
                fake_llm.script(f"{name}{number}")
                assert ask(client, CHAT, text=name).text == f"{name}{number}"
            assert [call.user_text for call in fake_llm.calls] == [name] * 5
            done.append(name)

    done: list[str] = []
    threads = [threading.Thread(target=run, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == list("abcd")


def test_the_default_scope_takes_other_keys() -> None:
    """A server without open scopes has one for every key, and loads no model that nothing is left to."""
    with FakeLLMServer(load="first_use") as server:
        server.fake_llm.script("a", "b")
        with openai.OpenAI(base_url=server.base_url, api_key="sk-any") as client:
            assert ask(client, CHAT).text == "a"
        assert [call.model for call in server.fake_llm.calls] == [MODEL]
        health = httpx2.get(server.base_url.replace("/v1", "/health")).json()
        assert health["loaded"] == {MODEL: False}
        with pytest.raises(
            ScriptError, match=r"1 of 2 scripted replies were not used; the next one is reply\('b'\)"
        ):
            server.fake_llm.check()
        server.fake_llm.check()  # each is told once
        server.fake_llm.script("c")
        with pytest.raises(ScriptError, match="1 of 2"):
            server.__exit__(None, None, None)


def test_the_journal_reads_like_the_request(fake_llm: FakeLLM, own_client: openai.OpenAI) -> None:
    """A call of the journal has the messages, tools, model and results of the request."""
    fake_llm.script(reply(tool="find", arguments={"city": "Oslo"}), "Cold.")
    messages: list[Any] = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Weather?"},
    ]
    tools: Any = [{"type": "function", "function": {"name": "find", "parameters": CITY}}]
    first = own_client.chat.completions.create(model=MODEL, messages=messages, tools=tools)
    [call] = first.choices[0].message.tool_calls or []
    messages += [
        first.choices[0].message.model_dump(exclude_none=True),
        {"role": "tool", "tool_call_id": call.id, "content": "-3 degrees"},
    ]
    own_client.chat.completions.create(model=MODEL, messages=messages, tools=tools)
    asked, answered = fake_llm.calls
    assert (asked.model, asked.operation, asked.turn) == (MODEL, "createChatCompletion", 1)
    assert (asked.system_text, asked.user_text) == ("Be brief.", "Weather?")
    assert [tool.name for tool in asked.tools] == ["find"]
    assert asked.reply.finish_reason == "tool_calls"
    assert (answered.turn, answered.messages[-1].role, answered.reply.text) == (2, "tool", "Cold.")
    assert [result.text for result in answered.tool_results] == ["-3 degrees"]


@pytest.mark.parametrize(
    ("conditions", "matches"),
    [
        ({"user": "weather"}, True),
        ({"user": "Weather"}, False),
        ({"user": "The * in Oslo?"}, True),
        ({"user": "weather*"}, False),
        ({"user": re.compile(r"^the \w+", re.IGNORECASE)}, True),
        ({"system": "brief"}, True),
        ({"text": "brief"}, True),
        ({"model": "smollm2*"}, True),
        ({"operation": "createResponse"}, False),
        ({"tool": "find"}, True),
        ({"tool": "fi*x"}, False),
        ({"tool_result": "degrees"}, False),
        ({"turn": 1}, True),
        ({"turn": 2}, False),
        pytest.param({"where": lambda call: len(call.messages) == 2}, True, id="where"),
        ({"user": "weather", "turn": 2}, False),
    ],
    ids=str,
)
def test_rules_match(fake_llm: FakeLLM, own_client: openai.OpenAI, conditions: Any, matches: bool) -> None:
    """A rule answers a call that meets all of its conditions."""
    fake_llm.strict = True
    fake_llm.when(**conditions).then("By rule.")
    fake_llm.when().then("By default.")
    answered = own_client.chat.completions.create(
        model=MODEL,
        messages=[
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "The weather in Oslo?"},
        ],
        tools=[{"type": "function", "function": {"name": "find", "parameters": CITY}}],
    )
    assert answered.choices[0].message.content == ("By rule." if matches else "By default.")
    assert fake_llm.calls[0].source == "rule"


def test_who_answers_first(fake_llm: FakeLLM, own_client: openai.OpenAI) -> None:
    """The script, then the rule with most conditions, then the newest, for as many times as it may."""
    fake_llm.when("Wea").then("first", "again")
    fake_llm.when("Wea", times=1).then("newest")
    fake_llm.when("Wea", model="*", times=1).then("most")
    fake_llm.script("script")
    got = [ask(own_client, CHAT).text for _ in range(6)]
    assert got == ["script", "most", "newest", "first", "again", "again"]


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_strict_scopes_leave_nothing_to_the_model(server: FakeLLMServer, way: Any) -> None:
    """A call that nothing was written for is a 500 that isn't tried again, and fails the test."""
    words = r"user 'Weather\?'.*\n.*\n  when\(user='Snow'\): user='Snow', but it was 'Weather\?'"
    with failing_scope(server, words, strict=True) as (fake_llm, client):
        fake_llm.when("Snow").then("Cold.")
        with pytest.raises(openai.InternalServerError, match="Nothing was written for this call"):
            ask(client, way)
        assert [(call.status, call.source) for call in fake_llm.calls] == [(500, "nobody")]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda _call: 1 / 0,
            r"ZeroDivisionError: division by zero \(.*test_controls_scripts.py, line \d+\)",
        ),
        (lambda _call: reply("a", json=1), "both a text and `json`"),
    ],
)
def test_a_function_that_fails_fails_the_test(server: FakeLLMServer, make: Any, words: str) -> None:
    """What it raises is told, with its place, and so is a reply of it that contradicts itself."""
    with failing_scope(server, words) as (fake_llm, client):
        fake_llm.script(make)
        with pytest.raises(openai.InternalServerError, match=words):
            ask(client, CHAT)


def test_a_rule_without_replies_fails_the_test(server: FakeLLMServer) -> None:
    """A condition that nothing follows is told, as it can't be meant."""
    with failing_scope(server, r"when\(user='weather', turn=1\) has no then") as (fake_llm, _):
        fake_llm.when("weather", turn=1)


def test_a_condition_that_fails_fails_the_test(server: FakeLLMServer) -> None:
    """A function of a rule may look at the calls; what it raises is told."""
    with failing_scope(server, "The condition of a rule failed: ZeroDivisionError") as (fake_llm, client):
        fake_llm.when(where=lambda _call: len(fake_llm.calls) == 1).then("first")
        assert ask(client, CHAT).text == "first"
        fake_llm.when(where=lambda _call: bool(1 / 0)).then("never")
        with pytest.raises(openai.InternalServerError, match="ZeroDivisionError"):
            ask(client, CHAT)


def test_any_model_may_be_asked() -> None:
    """With `any_model` a server answers for every name, repeats it, and lists only what it serves."""
    with FakeLLMServer(load="first_use", any_model=True) as server:
        server.fake_llm.when().then("Hi.")
        with openai.OpenAI(**server.openai_client_args()) as client:
            chat = client.chat.completions.create(
                model="gpt-4o", messages=[{"role": "user", "content": "Hi"}]
            )
            response = client.responses.create(model="gpt-5", input="Hi", truncation="auto")
            assert (chat.model, response.model) == ("gpt-4o", "gpt-5")
            assert client.models.retrieve("o3").id == "o3"
            assert [model.id for model in client.models.list()] == [MODEL]
        assert httpx2.get(server.base_url.replace("/v1", "/health")).json()["loaded"] == {MODEL: False}


def test_what_is_left_may_be_allowed(server: FakeLLMServer) -> None:
    """Replies that nobody asked for fail the test unless they may be left; `...` at the end never does."""
    with server.open_scope() as fake_llm:
        fake_llm.script(...)
    with server.open_scope(allow_unused=True) as fake_llm:
        fake_llm.script("unused")
    with server.open_scope() as fake_llm:
        fake_llm.script("unused")
        fake_llm.__exit__(KeyError, KeyError(), None)  # the test's own failure is the one that is seen
        fake_llm.allow_unused = True


def test_rules_without_replies_are_refused(fake_llm: FakeLLM) -> None:
    """A rule that could never answer is refused where it is written."""
    for write in (
        fake_llm.when("a").then("b").then,
        lambda: fake_llm.when("a", times=0),
        lambda: fake_llm.when("a", tools="search"),  # type: ignore[call-arg] # what is refused
        lambda: fake_llm.when(3),  # type: ignore[arg-type] # what is refused
        lambda: fake_llm.script(None),  # type: ignore[arg-type] # what is refused
    ):
        with pytest.raises(ConfigurationError):
            write()
    fake_llm.allow_unused = True
