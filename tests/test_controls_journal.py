"""The journal: what came, what was sent, what the client did, and how a test asks for it."""

import json

import httpx2
import openai
import pytest
from journal_scope import client as client
from journal_scope import fake_llm as fake_llm
from journal_scope import journal_server as journal_server
from scripted_answers import MODEL, WAYS, ask

from fake_llm_server import ConfigurationError, FakeLLM, FakeLLMServer, ReceivedCall, reply

CITY = {"type": "object", "properties": {"city": {"type": "string"}}}


@pytest.mark.parametrize("way", WAYS)
def test_a_request_and_its_reply(fake_llm: FakeLLM, client: openai.OpenAI, way: tuple[str, bool]) -> None:
    """A request is kept with its head, its body, its calls, and the reply as it was sent."""
    fake_llm.script("It is sunny.")
    ask(client, way)
    [request] = fake_llm.requests
    assert (request.method, request.status, request.source) == ("POST", 200, "script")
    assert request.path == {"chat": "/v1/chat/completions", "responses": "/v1/responses"}[way[0]]
    assert request.calls == list(fake_llm.calls)
    assert request.calls[0].http is request
    assert "Weather?" in json.dumps(request.body)
    assert request.headers["user-agent"].startswith("OpenAI/Python")
    assert request.reply_headers["x-request-id"]
    assert (request.is_whole, request.has_left, request.left_after) == (True, False, None)
    assert 0 <= (request.began_s or 0) <= (request.ended_s or 0)
    assert bool(request.events) == way[1]
    assert "sunny" in request.reply_content.decode()
    assert (request.reply_body is None) == way[1]


def test_events_as_they_were_sent(fake_llm: FakeLLM, client: openai.OpenAI) -> None:
    """A stream's events have their names, their data and their moments."""
    fake_llm.script("It is sunny.")
    ask(client, ("responses", True))
    events = fake_llm.requests[0].events
    assert [event.event for event in events][:2] == ["response.created", "response.in_progress"]
    assert [event.json["type"] for event in events] == [event.event for event in events]
    assert all(event.is_whole for event in events)
    assert [event.at_s for event in events] == sorted(event.at_s for event in events)


def test_keys_are_masked(fake_llm: FakeLLM) -> None:
    """Neither headers nor the query show a key."""
    httpx2.get(
        f"{fake_llm.base_url}/models?api_key=secret-1&limit=2",
        headers={"Authorization": f"Bearer {fake_llm.api_key}", "x-api-key": "secret-2", "x-test": "a"},
    )
    [request] = fake_llm.requests
    assert request.query == "api_key=%2A%2A%2A&limit=2"
    assert request.headers["authorization"] == "Bearer ***"
    assert (request.headers["x-api-key"], request.headers["x-test"]) == ("***", "a")


@pytest.mark.parametrize(
    ("path", "sent", "status", "words"),
    [
        ("/responses", {"model": "m", "input": "Hi", "colour": "red"}, 400, "Unknown parameter: 'colour'"),
        ("/response", {"model": "m"}, 404, "Invalid URL"),
        ("/responses", {"model": "m", "input": "x" * 2_000}, 413, "Maximum content size"),
    ],
)
def test_refused_requests_are_kept(path: str, sent: object, status: int, words: str) -> None:
    """What the server refuses by itself is among the requests, not among the calls, and is described."""
    with (
        FakeLLMServer(load="first_use", any_model=True, max_body_bytes=1_000) as server,
        server.open_scope() as fake_llm,
    ):
        headers = {"Authorization": f"Bearer {fake_llm.api_key}"}
        response = httpx2.post(fake_llm.base_url + path, json=sent, headers=headers)
        assert response.status_code == status
        [request] = fake_llm.requests
        assert (request.status, request.source, request.calls) == (status, "server", [])
        assert request.error == response.json()["error"]["message"]
        assert not fake_llm.calls
        assert words in fake_llm.describe()
        assert f"{status} by the server" in fake_llm.describe()


def test_wrong_keys_and_limits_are_kept() -> None:
    """Requests with a wrong key, and too many of them, are in the default scope's journal."""
    with FakeLLMServer(load="first_use", api_keys=["sk-good"], requests_per_minute=1) as server:
        journal = server.fake_llm
        journal.script("It is sunny.")
        for key in ("sk-bad", "sk-good", "sk-good"):
            headers = {"Authorization": f"Bearer {key}"}
            httpx2.post(f"{server.base_url}/responses", json={"model": MODEL, "input": "Hi"}, headers=headers)
        assert [request.status for request in journal.requests] == [401, 200, 429]
        assert [request.source for request in journal.requests] == ["server", "script", "server"]
        assert len(journal.calls) == 1


def test_scopes_without_controls_keep_nothing() -> None:
    """A server whose default scope no test has asked for writes nothing down."""
    with FakeLLMServer(load="first_use") as server:
        httpx2.get(f"{server.base_url}/models")
        assert not server.fake_llm.requests


def test_calls_are_filtered(fake_llm: FakeLLM, client: openai.OpenAI) -> None:
    """`where` takes the conditions of rules, and the status and source of the answer."""
    fake_llm.script("a", 429, "b")
    for text in ("one", "two", "three"):
        try:
            ask(client, ("chat", False), text=text, tools=[("search", CITY)] if text == "one" else ())
        except openai.RateLimitError:
            assert text == "two"
    calls = fake_llm.calls
    assert [call.user_text for call in calls.where("t*")] == ["two", "three"]
    assert [call.user_text for call in calls[1:].where(status=200, source="script")] == ["three"]
    assert [call.user_text for call in calls.where(tool="search")] == ["one"]
    assert not calls.where(model="gpt-*")
    with pytest.raises(ConfigurationError, match="no condition 'colour'"):
        calls.where(colour="red")  # type: ignore[call-arg] # what is refused


def test_assertions_show_the_nearest_calls(fake_llm: FakeLLM, client: openai.OpenAI) -> None:
    """A call that was expected and didn't come is told with those that did, and what they lack."""
    with pytest.raises(AssertionError, match=r"^No call came: there was no call at all\.$"):
        fake_llm.assert_called()
    fake_llm.script("a", "b")
    ask(client, ("chat", False), text="Weather in Oslo?")
    ask(client, ("chat", False), text="News?")
    assert fake_llm.assert_called("News", times=1) == fake_llm.calls[1:]
    with pytest.raises(AssertionError) as raised:
        fake_llm.assert_called("Weather", tool="search")
    asked = "createChatCompletion smollm2-135m"
    unmet = "(wanted user='Weather', but it was 'News?'; tool='search', but there is none)"
    assert str(raised.value).splitlines() == [
        "No call with user='Weather', tool='search' came; these calls came:",
        f"    0: {asked} 'Weather in Oslo?' → 200 'a' by script (wanted tool='search', but there is none)",
        f"    1: {asked} 'News?' → 200 'b' by script {unmet}",
    ]
    with pytest.raises(
        AssertionError, match=r"^A call with turn=1 came 2 times, and not 3 times; these calls"
    ):
        fake_llm.assert_called(turn=1, times=3)
    fake_llm.assert_called("Sports", times=0)


def test_entries_are_short(fake_llm: FakeLLM, client: openai.OpenAI) -> None:
    """A call and a request say in a line what they are, and a scope's description stays short."""
    fake_llm.script(reply(choices=["word " * 5_000] * 100))
    client.chat.completions.create(
        model="m", messages=[{"role": "user", "content": "Tell me. " * 5_000}], n=100
    )
    assert len(repr(fake_llm.calls)) < 400
    assert repr(fake_llm.requests[0]) == "<request 0: POST /v1/chat/completions: 200 by script>"
    assert "… 95 more" in fake_llm.describe()
    assert len(fake_llm.describe()) < 1_500


def test_timing_is_by_the_clock_of_the_scope(fake_llm: FakeLLM, client: openai.OpenAI) -> None:
    """A call's events and its request's reply are timed by the clock that a test moves."""
    fake_llm.clock.freeze()

    def answer_late(_call: ReceivedCall) -> str:
        fake_llm.advance(30)
        return "It is sunny."

    fake_llm.script(answer_late)
    ask(client, ("responses", False))
    [call] = fake_llm.calls
    assert (call.timing.first_event_s, call.timing.last_event_s) == (30, 30)
    assert call.http is not None
    assert (call.http.began_s, call.http.ended_s) == (30, 30)


def test_a_client_that_leaves_a_stream(fake_llm: FakeLLM, client: openai.OpenAI) -> None:
    """A client that goes away is told apart from one that stayed, with the events it was sent."""
    fake_llm.script(reply("It is sunny today.").hang(after=2))
    stream = client.chat.completions.create(
        model="m", messages=[{"role": "user", "content": "Weather?"}], stream=True
    )
    while next(stream).choices[0].delta.content != " is":
        pass
    stream.close()
    client.close()
    request = fake_llm.requests[0]
    fake_llm.wait_until_quiet()
    assert (request.has_left, request.is_whole, request.is_broken) == (True, False, False)
    assert request.left_after == len(request.events) == 3
    assert fake_llm.calls[0].has_left
    assert fake_llm.calls[0].tokens_for_nobody == 0


def test_tokens_for_nobody(fake_llm: FakeLLM) -> None:
    """An answer that a client didn't wait for was written for nobody."""
    fake_llm.script(reply("It is sunny today.").hang(after=4))
    with (
        openai.OpenAI(**fake_llm.openai_client_args(), max_retries=0, timeout=0.5) as hasty,
        pytest.raises(openai.APITimeoutError),
    ):
        ask(hasty, ("responses", False))
    fake_llm.wait_until_quiet()
    assert fake_llm.calls[0].has_left
    assert fake_llm.calls[0].tokens_for_nobody == 5
    assert fake_llm.calls[0].status is None


def test_a_broken_connection_is_the_servers(fake_llm: FakeLLM, client: openai.OpenAI) -> None:
    """A reply that a fault cuts isn't one that its client left."""
    fake_llm.script(reply("It is sunny.").cut(after=1))
    with pytest.raises(openai.APIConnectionError):
        ask(client, ("chat", True))
    fake_llm.wait_until_quiet()
    [request] = fake_llm.requests
    assert (request.is_broken, request.has_left, request.is_whole) == (True, False, False)
    assert not fake_llm.calls[0].has_left


def test_messages_of_a_websocket(fake_llm: FakeLLM, client: openai.OpenAI) -> None:
    """A WebSocket is one request, with the calls of all its messages and the events that were sent."""
    fake_llm.script("One.", "Two.")
    with client.responses.connect() as connection:
        for text in ("1", "2"):
            connection.response.create(model="m", input=text)
            for event in connection:
                if event.type == "response.completed":
                    break
    fake_llm.wait_until_quiet()
    [request] = fake_llm.requests
    assert (request.kind, request.status) == ("websocket", 101)
    assert request.calls == list(fake_llm.calls)
    assert len(request.calls) == 2
    assert [event.json["type"] for event in request.events].count("response.completed") == 2
