"""What every request passes: its id, its key, its limits; and what every reply tells."""

import base64
import logging
from collections.abc import Iterator
from typing import Any

import httpx2
import openai
import pytest
from conftest import ENDLESS, MODEL
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from fake_llm_server import ConfigurationError, EngineSettings, FakeLLMServer, ServerSettings
from fake_llm_server._api.chat.handler import ChatCompletionsHandler
from fake_llm_server._api.shared.wire_errors import describe_error
from fake_llm_server._errors import EngineFailureError, QueueFullError, QueueTimeoutError, TimeLimitError

KEY = "sk-fake-0123456789abcdef"
HI: list[openai.types.chat.ChatCompletionMessageParam] = [{"role": "user", "content": "Hi"}]


@pytest.fixture(scope="module")
def keyed_server(server: FakeLLMServer) -> Iterator[FakeLLMServer]:
    """A server that asks for a key."""
    del server  # it keeps the model loaded
    with FakeLLMServer(MODEL, api_keys=["sk-another", KEY]) as running:
        yield running


def test_any_key_is_taken_where_none_are_set(server: FakeLLMServer) -> None:
    """A fake without keys asks for none."""
    assert httpx2.get(f"{server.base_url}/models").status_code == 200
    assert httpx2.get(f"{server.base_url}/models", headers={"Authorization": "Bearer x"}).status_code == 200


def test_good_key_is_taken(keyed_server: FakeLLMServer) -> None:
    """Each of the keys opens the server, as a bearer token or as a password; its own arguments have one."""
    password = base64.b64encode(f":{KEY}".encode()).decode()
    for authorization in (f"Bearer {KEY}", "bearer sk-another", f"Basic {password}"):
        reply = httpx2.get(f"{keyed_server.base_url}/models", headers={"Authorization": authorization})
        assert reply.status_code == 200, authorization
    with openai.OpenAI(**keyed_server.openai_client_args()) as client:
        assert client.models.list().data


def test_wrong_key_is_refused(keyed_server: FakeLLMServer) -> None:
    """A wrong key is an `AuthenticationError` that shows the key's ends only."""
    with (
        openai.OpenAI(
            base_url=keyed_server.base_url, api_key="sk-wrong-0123456789xyz", max_retries=0
        ) as client,
        pytest.raises(openai.AuthenticationError) as caught,
    ):
        client.chat.completions.create(model=MODEL, messages=HI)
    assert caught.value.code == "invalid_api_key"
    assert "Incorrect API key provided: sk-wrong**********9xyz." in str(caught.value)


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Basic !!!", "Digest x"])
@pytest.mark.parametrize("path", ["/chat/completions", "/responses", "/nowhere"])
def test_missing_key_is_refused(keyed_server: FakeLLMServer, path: str, authorization: str | None) -> None:
    """Without a key no path is answered, and the words are those of the API."""
    headers = {} if authorization is None else {"Authorization": authorization}
    reply = httpx2.post(f"{keyed_server.base_url}{path}", json={}, headers=headers)
    assert reply.status_code == 401
    expected = "Missing bearer" if path == "/responses" else "You didn't provide an API key."
    assert reply.json()["error"]["message"].startswith(expected)
    assert reply.json()["error"]["type"] == "invalid_request_error"


def test_websocket_needs_a_key(keyed_server: FakeLLMServer) -> None:
    """The WebSocket of responses is behind the same key."""
    address = keyed_server.base_url.replace("http", "ws") + "/responses"
    with pytest.raises(InvalidStatus) as caught, connect(address):
        pass
    assert caught.value.response.status_code == 401
    with connect(address, additional_headers={"Authorization": f"Bearer {KEY}"}) as connection:
        assert connection.response is not None
        assert connection.response.headers["x-request-id"].startswith("req_")


def test_every_reply_has_openais_headers(server: FakeLLMServer) -> None:
    """Answers, streams and errors alike carry what clients read."""
    with httpx2.Client(base_url=server.base_url, timeout=60) as client:
        body = {"model": MODEL, "messages": HI, "max_tokens": 1}
        replies = [
            client.post("/chat/completions", json=body),
            client.post("/chat/completions", json={**body, "stream": True}),
            client.post("/chat/completions", json={}),
            client.get("/nowhere"),
        ]
    for reply in replies:
        assert reply.headers["openai-version"] == "2020-10-01"
        assert reply.headers["openai-organization"] == "fake-llm-server"
        assert int(reply.headers["openai-processing-ms"]) >= 0
        assert reply.headers["x-request-id"].startswith("req_")
        assert int(reply.headers["x-ratelimit-limit-requests"]) > 0
        assert int(reply.headers["x-ratelimit-remaining-tokens"]) > 0
        assert reply.headers["x-ratelimit-reset-requests"].endswith("s")
    assert len({reply.headers["x-request-id"] for reply in replies}) == len(replies)


@pytest.mark.parametrize(
    ("header", "value", "is_taken"),
    [
        ("x-request-id", "my-test-7", True),
        ("X-Client-Request-Id", "trace/1:2", True),
        ("x-request-id", "a" * 512, True),
        ("x-request-id", "a" * 513, False),
        ("x-request-id", "two words", False),
        ("x-request-id", "", False),
    ],
)
def test_clients_own_id_is_taken_if_sane(
    client: openai.OpenAI, header: str, value: str, *, is_taken: bool
) -> None:
    """A client finds its own id in the reply, where it is one line of visible ASCII."""
    reply = client.models.with_raw_response.list(extra_headers={header: value})
    assert (reply.headers["x-request-id"] == value) is is_taken


def test_client_shows_the_request_id(client: openai.OpenAI) -> None:
    """OpenAI's client reads the id from the header, of answers and of errors."""
    answer = client.chat.completions.create(model=MODEL, messages=HI, max_tokens=1)
    assert (answer._request_id or "").startswith("req_")
    with pytest.raises(openai.NotFoundError) as caught:
        client.chat.completions.create(model="gpt-9", messages=HI)
    assert (caught.value.request_id or "").startswith("req_")


@pytest.mark.parametrize(
    ("error", "status", "kind", "code", "retries"),
    [
        (QueueFullError("full"), 429, "requests", "rate_limit_exceeded", True),
        (QueueTimeoutError("late"), 503, "service_unavailable_error", "server_overloaded", True),
        (TimeLimitError("long"), 504, "timeout_error", "timeout", False),
        (EngineFailureError("broken"), 500, "server_error", "server_error", False),
        (ValueError("secret"), 500, "server_error", None, False),
    ],
)
def test_failures_have_their_status(
    error: Exception, status: int, kind: str, code: str | None, *, retries: bool
) -> None:
    """A failure inside is told by status, type and code, with when to try again where that helps."""
    wire = describe_error(error)
    assert (wire.status, wire.type, wire.code) == (status, kind, code)
    assert ("retry-after" in wire.to_response().headers) is retries
    assert "secret" not in wire.message


def test_full_queue_is_a_rate_limit_error(server: FakeLLMServer) -> None:
    """A request that finds the queue full is refused at once, and may be tried again."""
    del server  # this one has an engine of its own
    engine = EngineSettings(num_slots=1, max_queued=0)
    with (
        FakeLLMServer(MODEL, engine=engine) as narrow,
        openai.OpenAI(**narrow.openai_client_args(), max_retries=0) as client,
    ):
        running = client.chat.completions.create(
            model=MODEL, messages=HI, max_tokens=400, logit_bias=ENDLESS, stream=True
        )
        next(iter(running))
        with pytest.raises(openai.RateLimitError) as caught:
            client.chat.completions.create(model=MODEL, messages=HI, max_tokens=1)
        running.close()
    assert caught.value.response.headers["retry-after"] == "1"


def test_unforeseen_failure_is_logged_once(
    client: openai.OpenAI, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A bug is 500 without its details; its id is in the error and, with the traceback, once in the log."""

    async def fail(*_arguments: object) -> None:
        raise RuntimeError("a secret of the server")

    monkeypatch.setattr(ChatCompletionsHandler, "list_chat_completions", fail)
    with caplog.at_level(logging.ERROR), pytest.raises(openai.InternalServerError) as caught:
        client.chat.completions.list(extra_headers={"x-request-id": "find-me"})
    assert caught.value.status_code == 500
    assert "secret" not in str(caught.value)
    assert "find-me" in str(caught.value)
    assert [record.getMessage() for record in caplog.records] == ["Request find-me failed."]


@pytest.mark.parametrize(
    ("method", "path", "status", "message", "allow"),
    [
        ("GET", "/nowhere", 404, "Invalid URL (GET /v1/nowhere)", None),
        ("POST", "/chat/completion", 404, "Invalid URL (POST /v1/chat/completion)", None),
        ("GET", "/chat/completions/", 404, "Invalid URL (GET /v1/chat/completions/)", None),
        ("PUT", "/chat/completions", 405, "Not allowed to PUT on /v1/chat/completions.", "GET, POST"),
        ("OPTIONS", "/models", 405, "Not allowed to OPTIONS on /v1/models.", "GET"),
        ("HEAD", "/models", 405, "", "GET"),
        ("PATCH", "/responses/r", 405, "Not allowed to PATCH on /v1/responses/r.", "DELETE, GET"),
        ("PUT", "/responses/compact", 405, "Not allowed to PUT on /v1/responses/compact.", "POST"),
    ],
)
def test_unknown_paths_and_methods(  # noqa: PLR0917 - a table's columns
    server: FakeLLMServer, method: str, path: str, status: int, message: str, allow: str | None
) -> None:
    """A path that isn't there and a method that a path doesn't answer are told in OpenAI's words."""
    reply = httpx2.request(method, f"{server.base_url}{path}")
    assert reply.status_code == status
    assert reply.headers.get("allow") == allow
    if method != "HEAD":
        assert reply.json()["error"]["message"].startswith(message)
    assert httpx2.get(f"http://127.0.0.1:{server.port}/").json()["error"]["message"] == "Invalid URL (GET /)"


def test_browsers_may_call_where_their_origin_is_named(server: FakeLLMServer) -> None:
    """A page of a named origin is let in before any key, and may read the headers."""
    origin = "http://localhost:3000"
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    assert httpx2.options(f"{server.base_url}/chat/completions", headers=asked).status_code == 405
    with FakeLLMServer(MODEL, api_keys=[KEY], cors_origins=[origin]) as open_server:
        allowed = httpx2.options(f"{open_server.base_url}/chat/completions", headers=asked)
        assert allowed.status_code == 200
        assert allowed.headers["access-control-allow-origin"] == origin
        headers = {"Origin": origin, "Authorization": f"Bearer {KEY}"}
        reply = httpx2.get(f"{open_server.base_url}/models", headers=headers)
        assert "x-request-id" in reply.headers["access-control-expose-headers"]
        asked["Origin"] = "http://elsewhere"
        refused = httpx2.options(f"{open_server.base_url}/chat/completions", headers=asked)
        assert "access-control-allow-origin" not in refused.headers


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"max_body_bytes": 0}, "max_body_bytes is 0"),
        ({"body_timeout_s": -1.0}, r"body_timeout_s is -1\.0"),
        ({"requests_per_minute": 0}, "requests_per_minute is 0"),
        ({"api_keys": (" ",)}, "api_keys has ' ', but each must be a key"),
    ],
)
def test_settings_that_cannot_be_meant(settings: dict[str, Any], message: str) -> None:
    """Limits below any use, and empty keys, are refused by name."""
    with pytest.raises(ConfigurationError, match=message):
        ServerSettings(**settings)


def test_one_string_is_not_several_keys() -> None:
    """A key that isn't in a list is refused before it counts as many one-letter keys."""
    with pytest.raises(ConfigurationError, match=r"api_keys takes several strings, such as \['sk-x'\]"):
        FakeLLMServer(MODEL, api_keys="sk-x")
