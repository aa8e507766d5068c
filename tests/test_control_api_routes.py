"""Control over HTTP: what a test can do with a scope in Python, any client can do as JSON."""

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import httpx2
import openai
import openai.types.responses
import pytest

from fake_llm_server import ConfigurationError, FakeLLMServer, ServerSettings
from fake_llm_server._control_api import CONTROL_PREFIX

KEY = "control-key-of-a-test"
MODEL = "gpt-4o-mini"


@pytest.fixture(scope="module")
def controlled(_checked_servers: None) -> Iterator[FakeLLMServer]:
    """A server with control over HTTP; no test here lets its model answer."""
    with FakeLLMServer(load="first_use", any_model=True, control_key=KEY, cors_origins=["*"]) as server:
        yield server


def find_root(server: FakeLLMServer) -> str:
    """The address of a server's control API."""
    assert server.control_url == f"http://127.0.0.1:{server.port}{CONTROL_PREFIX}"
    return server.control_url


@pytest.fixture
def control(controlled: FakeLLMServer) -> Iterator[httpx2.Client]:
    """A client of the control API."""
    headers = {"Authorization": f"Bearer {KEY}"}
    with httpx2.Client(base_url=find_root(controlled), headers=headers) as client:
        yield client


def open_scope(control: httpx2.Client, **document: Any) -> dict[str, Any]:
    """Open a scope; return what the server says of it."""
    opened = control.post("/scopes", json=document)
    assert opened.status_code == 201, opened.text
    return dict(opened.json())


def ask(scope: dict[str, Any], question: str = "Weather?", **options: Any) -> str:
    """What the program under test gets."""
    with openai.OpenAI(base_url=scope["base_url"], api_key=scope["api_key"], max_retries=0) as client:
        answer: openai.types.responses.Response = client.responses.create(
            model=MODEL, input=question, **options
        )
        return answer.output_text


def read_error(answered: httpx2.Response) -> dict[str, Any]:
    """What an envelope says."""
    body: dict[str, Any] = answered.json()
    assert set(body) == {"error"}
    return dict(body["error"])


def test_it_is_off_unless_a_key_is_set() -> None:
    """Without the setting, every operation and the header are refused, and the error says how to begin."""
    with FakeLLMServer(load="first_use", any_model=True) as server:
        refused = httpx2.post(f"{find_root(server)}/scopes", headers={"Authorization": "Bearer None"})
        assert refused.status_code == 403
        assert "--control-key" in read_error(refused)["message"]
        with (
            openai.OpenAI(**server.openai_client_args(), max_retries=0) as client,
            pytest.raises(openai.PermissionDeniedError, match="control_key"),
        ):
            client.responses.create(model=MODEL, input="Hi", extra_headers={"x-fake-llm-reply": "Hi."})


@pytest.mark.parametrize("authorization", [None, "Bearer other", "Basic Og==", f"Bearer {KEY}x"])
def test_it_asks_for_its_key(
    controlled: FakeLLMServer, authorization: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    """Another key, a scope's among them, is 401, whatever the path; the key is in no log and no message."""
    caplog.set_level(logging.DEBUG)
    headers = {} if authorization is None else {"Authorization": authorization}
    for path in ("/scopes", "/scopes/default/calls", "/nothing"):
        refused = httpx2.get(f"{find_root(controlled)}{path}", headers=headers)
        assert refused.status_code == 401
        assert read_error(refused)["code"] == "invalid_api_key"
        assert KEY not in refused.text
    assert KEY not in caplog.text
    assert KEY not in repr(controlled.configuration.settings)


def test_its_key_is_its_own() -> None:
    """It is neither an API key nor blank, and opens nothing but the control API."""
    with FakeLLMServer(load="first_use", any_model=True, control_key=KEY, api_keys=["sk-real"]) as server:
        with (
            openai.OpenAI(base_url=server.base_url, api_key=KEY, max_retries=0) as client,
            pytest.raises(openai.AuthenticationError),
        ):
            client.responses.create(model=MODEL, input="Hi")
        with httpx2.Client(
            base_url=server.control_url, headers={"Authorization": f"Bearer {KEY}"}
        ) as control:
            assert control.get(f"/scopes/{KEY}").status_code == 404
            assert control.post("/scopes", json={"api_key": KEY}).status_code == 400
            assert ask(open_scope(control, script=["Yes."])) == "Yes."
    with pytest.raises(ConfigurationError, match="control_key is one of api_keys"):
        ServerSettings(api_keys=("a", KEY), control_key=KEY)
    with pytest.raises(ConfigurationError, match="control_key"):
        ServerSettings(control_key=" ")


def test_a_scope_from_opening_to_closing(control: httpx2.Client) -> None:
    """A scope is opened with its script and rules, written into, read, checked and closed."""
    scope = open_scope(control, strict=True, script=["It is sunny.", {"tool": "search"}])
    path = f"/scopes/{scope['api_key']}"
    assert ask(scope) == "It is sunny."
    written = control.post(path, json={"script": [503], "when": [{"user": "news", "then": "None."}]}).json()
    assert written["script"] == [{"tool": "search"}, 503]
    assert written["when"] == [{"user": "news", "then": "None."}]
    assert written["strict"] is True
    assert control.get(path).json() == {name: written[name] for name in written if name != "warnings"}
    assert control.delete(f"{path}/script").status_code == 204
    assert ask(scope, "the news") == "None."
    assert control.delete(f"{path}/when").status_code == 204
    with pytest.raises(openai.InternalServerError, match="Nothing was written"):
        ask(scope)
    assert [call["source"] for call in control.get(f"{path}/calls").json()["data"]] == [
        *("script", "rule", "nobody")
    ]
    [fault] = control.post(f"{path}/check").json()["faults"]
    assert "Nothing was written for this call" in fault
    assert control.post(f"{path}/check").json() == {"faults": []}
    control.post(path, json={"script": ["unused"]})
    assert "1 of 1 scripted replies" in control.delete(path).json()["faults"][0].replace("of 2", "of 1")
    assert control.get(path).status_code == 404


@pytest.mark.parametrize("stream", [False, True])
def test_both_apis_answer_from_it(control: httpx2.Client, stream: bool) -> None:
    """Replies written over HTTP are sent as those that are written in Python."""
    scope = open_scope(control, script=["It is sunny.", "It rains.", {"status": 429, "retry_after": 3}])
    with openai.OpenAI(base_url=scope["base_url"], api_key=scope["api_key"], max_retries=0) as client:
        assert client.responses.create(model=MODEL, input="Weather?").output_text == "It is sunny."
        messages: Any = [{"role": "user", "content": "Weather?"}]
        answer: Any = client.chat.completions.create(model=MODEL, messages=messages, stream=stream)
        if stream:
            assert "".join(chunk.choices[0].delta.content or "" for chunk in answer) == "It rains."
        else:
            assert answer.choices[0].message.content == "It rains."
        with pytest.raises(openai.RateLimitError) as caught:
            client.responses.create(model=MODEL, input="Weather?", stream=stream)
        assert caught.value.response.headers["retry-after"] == "3"


def test_scopes_do_not_disturb_each_other(control: httpx2.Client) -> None:
    """What is done to one scope, its end too, shows in no other."""
    mine, yours = open_scope(control, script=["mine"]), open_scope(control, script=["yours", "yours"])
    assert ask(yours) == "yours"
    control.post(f"/scopes/{mine['api_key']}/reset")
    assert control.get(f"/scopes/{mine['api_key']}").json()["script"] == []
    assert control.delete(f"/scopes/{mine['api_key']}").json() == {"faults": []}
    assert ask(yours) == "yours"
    keys = [each["api_key"] for each in control.get("/scopes").json()["data"]]
    assert keys[0] is None
    assert yours["api_key"] in keys
    assert mine["api_key"] not in keys


def test_python_sees_the_same_scopes(controlled: FakeLLMServer, control: httpx2.Client) -> None:
    """A scope that Python opened is controlled over HTTP too, the default one by its name."""
    with controlled.open_scope("sk-both", strict=True) as fake_llm:
        fake_llm.when(where=lambda call: call.turn == 1).then("from Python")
        written = control.post("/scopes/sk-both", json={"script": ["from HTTP"]}).json()
        assert written["when"][0]["python"].startswith("when(where=")
        scope = {"base_url": fake_llm.base_url, "api_key": fake_llm.api_key}
        assert [ask(scope), ask(scope)] == ["from HTTP", "from Python"]
        assert control.post("/scopes", json={"api_key": "sk-both"}).status_code == 400
    control.post("/scopes/default", json={"script": ["from HTTP"]})
    assert ask({"base_url": fake_llm.base_url, "api_key": "any"}) == "from HTTP"
    assert httpx2.get(f"{controlled.control_url}/scopes").status_code == 401
    assert {request.path for request in controlled.fake_llm.requests} <= {"/v1/responses"}
    control.post("/scopes/default/reset")
    assert len(controlled.fake_llm.calls) == 0


def test_the_journal_says_what_came(control: httpx2.Client) -> None:
    """A call has its request and its reply, by the names that they have in Python; its key is masked."""
    scope = open_scope(control, script=[{"text": "It is sunny.", "usage": {"prompt_tokens": 7}}])
    ask(scope, metadata={"case": "1"})
    [call] = control.get(f"/scopes/{scope['api_key']}/calls").json()["data"]
    assert (call["operation"], call["model"], call["status"]) == ("createResponse", MODEL, 200)
    assert call["messages"] == [{"role": "user", "text": "Weather?"}]
    assert call["choices"] == [{"text": "It is sunny.", "finish_reason": "stop"}]
    assert call["usage"]["prompt_tokens"] == 7
    assert call["metadata"] == {"case": "1"}
    assert scope["api_key"] not in json.dumps(call)


def test_requests_and_verdicts_are_told(control: httpx2.Client) -> None:
    """All HTTP requests can be read, and what the client did wrong; both fail a check where that is asked."""
    scope = open_scope(control, judge=["retried_in_vain"], script=[404, "It is sunny."])
    path = f"/scopes/{scope['api_key']}"
    with pytest.raises(openai.NotFoundError):
        ask(scope)
    ask(scope)
    requests = control.get(f"{path}/requests").json()["data"]
    assert [(request["status"], request["path"]) for request in requests] == [
        *((404, "/v1/responses"), (200, "/v1/responses"))
    ]
    assert [request["calls"] for request in requests] == [
        [call] for call in control.get(f"{path}/calls").json()["data"]
    ]
    [verdict] = control.get(f"{path}/verdicts").json()["data"]
    assert (verdict["kind"], verdict["requests"]) == ("retried_in_vain", [0, 1])
    [fault] = control.post(f"{path}/check").json()["faults"]
    assert fault.startswith("retried_in_vain: ")
    lines = control.get(f"{path}/journal.jsonl").text.splitlines()
    assert [json.loads(line) for line in lines] == requests
    archive = control.get(f"{path}/journal.har").json()["log"]
    assert [entry["response"]["status"] for entry in archive["entries"]] == [404, 200]
    assert control.get(f"{path}/journal.xml").status_code == 400
    assert control.post(f"{path}/reset").json()["judge"] == []
    assert control.get(f"{path}/requests").json()["data"] == []


def test_the_clock_is_moved_on(control: httpx2.Client) -> None:
    """A reply that takes an hour comes as soon as the hour is over for its scope."""
    scope = open_scope(control, script=[{"text": "Late.", "faults": [{"slow": {"first_token_s": 3600}}]}])
    answers: list[str] = []
    asking = threading.Thread(target=lambda: answers.append(ask(scope)))
    asking.start()
    for _ in range(300):
        control.post(f"/scopes/{scope['api_key']}/advance", json={"seconds": 3600})
        asking.join(0.1)
        if not asking.is_alive():
            break
    assert answers == ["Late."]


def test_the_clock_stands_still(control: httpx2.Client) -> None:
    """A frozen clock gives answers its date, until it is resumed."""
    path = f"/scopes/{open_scope(control)['api_key']}"
    frozen = control.post(f"{path}/freeze", json={"at": 1_924_905_600}).json()
    assert (frozen["unix_time"], frozen["is_frozen"]) == (1_924_905_600, True)
    assert control.post(f"{path}/advance", json={"seconds": 5}).json()["unix_time"] == 1_924_905_605
    assert control.post(f"{path}/resume").json()["is_frozen"] is False
    refused = control.post(f"{path}/freeze", json={"at": -1})
    assert refused.status_code == 400
    assert read_error(refused)["message"].startswith("at: ")


def test_a_scope_is_limited(control: httpx2.Client) -> None:
    """Limits and a quota are set with a scope or later, and taken away by null and by a reset."""
    scope = open_scope(control, limits={"requests_per_minute": 1}, when=[{"then": "Yes."}])
    assert (scope["limits"], scope["quota"]) == ({"requests_per_minute": 1}, None)
    path = f"/scopes/{scope['api_key']}"
    assert ask(scope) == "Yes."
    with pytest.raises(openai.RateLimitError, match="Limit 1, Used 1"):
        ask(scope)
    control.post(path, json={"limits": None, "quota": 0})
    with pytest.raises(openai.RateLimitError, match="You exceeded your current quota"):
        ask(scope)
    control.post(f"{path}/reset")
    control.post(path, json={"when": [{"then": "Again."}]})
    assert ask(scope) == "Again."
    refused = control.post(path, json={"limits": {"requests_per_minute": 0}})
    assert read_error(refused)["message"].startswith("limits.requests_per_minute: ")


def test_warnings_are_told(control: httpx2.Client) -> None:
    """What Python warns of comes with the reply: a rule that can never answer."""
    scope = open_scope(control, when=[{"user": "a", "then": "b"}])
    written = control.post(f"/scopes/{scope['api_key']}", json={"when": [{"user": "a", "then": "c"}]}).json()
    [warning] = written["warnings"]
    assert "can never answer" in warning


@pytest.mark.parametrize(
    ("body", "param", "words"),
    [
        ({"script": ["a", {"tol": 1}]}, "script[1].tol", "did you mean tool?"),
        ({"script": [{"tool_calls": [4]}]}, "script[0].tool_calls[0]", "must be a text or an object"),
        ({"when": [{"user": "a"}]}, "when[0].then", "is missing"),
        ({"scirpt": []}, "scirpt", "did you mean script?"),
        ({"api_key": "a/b"}, "api_key", "must be of letters"),
        ({"api_key": "default"}, "api_key", "must be of letters"),
        ([], None, "The body must be an object with "),
        ('{"script": [', None, "The body is no JSON"),
        ('{"script": [{"json": NaN}]}', None, "The body is no JSON"),
        ('{"script": ["\\ud800"]}', None, "The body is no JSON"),
        ('{"script": [{"json": ' + "[" * 500 + "]" * 500 + "}]}", None, "The body is no JSON"),
        ({"script": [{"status": 429, "headers": {"x-a": "b\nc"}}]}, "script[0]", "text of one line"),
        ("", None, "The body "),
    ],
    ids=lambda given: str(given)[:40],
)
def test_what_cannot_be_read_is_refused(
    control: httpx2.Client, body: Any, param: str | None, words: str
) -> None:
    """400 in OpenAI's envelope, with the place and what to write there; nothing is opened."""
    num_scopes = len(control.get("/scopes").json()["data"])
    content = body if isinstance(body, str) else json.dumps(body)
    refused = control.post("/scopes", content=content, headers={"Content-Type": "application/json"})
    assert refused.status_code == 400
    error = read_error(refused)
    assert error["param"] == param
    assert words in error["message"]
    assert len(control.get("/scopes").json()["data"]) == num_scopes


def test_a_form_is_not_json(control: httpx2.Client) -> None:
    """What `curl -d` sends without a content type is told what it lacks."""
    refused = control.post("/scopes", data={"a": "b"})
    assert refused.status_code == 400
    assert "Content-Type: application/json" in read_error(refused)["message"]


def test_what_is_not_there(control: httpx2.Client) -> None:
    """An unknown scope, path or method is refused in the envelope, and the default scope stays open."""
    assert read_error(control.get("/scopes/sk-none/calls"))["code"] == "scope_not_found"
    assert control.get("/nothing").status_code == 404
    assert control.put("/scopes").status_code == 405
    assert control.delete("/scopes/default").status_code == 400


@pytest.mark.parametrize(
    ("header", "text"),
    [
        ("It rains.", "It rains."),
        ('"429"', "429"),
        ('{"text": "\\u00fc", "usage": {"prompt_tokens": 1}}', "ü"),
        ('{"json": {"a": 1}}', '{"a":1}'),
    ],
)
def test_a_request_brings_its_own_reply(control: httpx2.Client, header: str, text: str) -> None:
    """The header's reply goes before the script, which stays as it is, and the journal says whose it was."""
    scope = open_scope(control, script=["It is sunny."])
    assert ask(scope, extra_headers={"x-fake-llm-reply": header}) == text
    assert ask(scope) == "It is sunny."
    calls = control.get(f"/scopes/{scope['api_key']}/calls").json()["data"]
    assert [call["source"] for call in calls] == ["header", "script"]


def test_a_request_brings_its_own_error(controlled: FakeLLMServer) -> None:
    """A status in the header is an error; so it is for a key without a scope."""
    with (
        openai.OpenAI(base_url=controlled.base_url, api_key="any", max_retries=0) as client,
        pytest.raises(openai.RateLimitError),
    ):
        client.responses.create(model=MODEL, input="Hi", extra_headers={"x-fake-llm-reply": "429"})
    controlled.fake_llm.take_faults()


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ('{"txt": "a"}', "x-fake-llm-reply: txt: there is no such key; did you mean text?"),
        ('{"text":', "x-fake-llm-reply: is no JSON"),
        ("200", "x-fake-llm-reply: The status of an error is from 400 to 599; it was 200."),
    ],
)
def test_a_header_that_is_no_reply_is_refused(control: httpx2.Client, header: str, words: str) -> None:
    """400 with the reason, and the call doesn't come."""
    scope = open_scope(control, script=["It is sunny."])
    with pytest.raises(openai.BadRequestError) as caught:
        ask(scope, extra_headers={"x-fake-llm-reply": header})
    assert words in caught.value.message
    assert control.get(f"/scopes/{scope['api_key']}").json()["num_calls"] == 0
    control.delete(f"/scopes/{scope['api_key']}")


def test_pages_may_use_it_where_their_origin_may(controlled: FakeLLMServer) -> None:
    """A browser asks for permission without the key, and gets it as for the rest."""
    asked = httpx2.options(
        f"{find_root(controlled)}/scopes",
        headers={
            "Origin": "http://localhost:3000",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type",
        },
    )
    assert asked.status_code == 200
    assert asked.headers["access-control-allow-origin"] == "*"


def test_its_document_describes_it(controlled: FakeLLMServer) -> None:
    """The OpenAPI document needs no key, has every operation, and what it describes is kept under fuzzing."""
    document = httpx2.get(f"{find_root(controlled)}/openapi.json").json()
    names = {operation["operationId"] for item in document["paths"].values() for operation in item.values()}
    assert {"open_scope", "write_scope", "list_calls", "advance_clock", "check_scope"} <= names
    assert "description" in document["components"]["schemas"]["Reply"]["properties"]["reasoning"]
    fuzzing = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{find_root(controlled)}/openapi.json"),
            *("--header", f"Authorization: Bearer {KEY}", "--seed", "20", "--max-examples", "3"),
            *("--phases", "fuzzing", "--mode", "all", "--generation-database", ":memory:"),
            *("--checks", "not_a_server_error,response_schema_conformance,content_type_conformance"),
            *("--suppress-health-check", "all", "--warnings", "off"),
        ],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert fuzzing.returncode == 0, fuzzing.stdout[-8000:] + fuzzing.stderr[-2000:]
