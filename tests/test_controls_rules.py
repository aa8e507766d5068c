"""Rules: what they may ask of a call, which of them answers, and which never can."""

import re
import warnings
from collections.abc import Iterator
from typing import Any

import openai
import pydantic
import pytest
from controlled_scope import fake_llm as fake_llm
from controlled_scope import own_client as own_client
from scripted_answers import MODEL

from fake_llm_server import ConfigurationError, FakeLLM, FakeLLMServer, ScriptError, ScriptWarning
from fake_llm_server._seam import RequestHeaders

CITY: dict[str, Any] = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
CALL = {"name": "find", "arguments": '{"city":"Oslo"}'}
TOOLS: Any = [
    {"type": "function", "function": {"name": name, "parameters": CITY}} for name in ("find", "report")
]


class City(pydantic.BaseModel):
    """What `CITY` describes."""

    city: str


@pytest.fixture(scope="module")
def scripted_server(_checked_servers: None) -> Iterator[FakeLLMServer]:
    """A server that has no model loaded."""
    with FakeLLMServer(load="first_use") as opened:
        yield opened


@pytest.fixture
def server(scripted_server: FakeLLMServer) -> FakeLLMServer:
    """In the place of the one with a model."""
    return scripted_server


def ask_with_all(client: openai.OpenAI) -> str | None:
    """A chat request that has something for each condition."""
    messages: Any = [
        {"role": "user", "content": "The weather?"},
        {"role": "assistant", "tool_calls": [{"type": "function", "id": "call_1", "function": CALL}]},
        {"role": "tool", "tool_call_id": "call_1", "content": "-3 degrees"},
    ]
    chunks = client.chat.completions.create(
        model=MODEL,
        messages=messages,
        tools=TOOLS,
        response_format={"type": "json_schema", "json_schema": {"name": "City", "schema": CITY}},
        metadata={"suite": "nightly"},
        extra_headers={"X-Team": "blue"},
        stream=True,
    )
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks)


@pytest.mark.parametrize(
    ("conditions", "matches"),
    [
        ({"tool": ["find", "rep*"]}, True),
        ({"tool": ["find", "search"]}, False),
        ({"tool_result": "-3"}, True),
        ({"tool_result_name": "find"}, True),
        ({"tool_result_name": "report"}, False),
        ({"tool_result_id": "call_1"}, True),
        ({"schema": "Ci*"}, True),
        ({"schema": "Town"}, False),
        ({"schema": CITY}, True),
        ({"schema": City}, True),
        ({"schema": {"type": "object"}}, False),
        ({"headers": {"x-team": "blue", "User-Agent": re.compile("openai", re.IGNORECASE)}}, True),
        ({"headers": {"x-team": "red"}}, False),
        ({"headers": {"x-none": "*"}}, False),
        ({"metadata": {"suite": "night*"}}, True),
        ({"metadata": {"suite": "day"}}, False),
        ({"stream": True}, True),
        ({"stream": False}, False),
    ],
    ids=str,
)
def test_conditions(fake_llm: FakeLLM, own_client: openai.OpenAI, conditions: Any, matches: bool) -> None:
    """Each condition is held to what the request has in its place."""
    fake_llm.when(**conditions).then('{"city":"rule"}')
    fake_llm.when().then('{"city":"default"}')
    assert ask_with_all(own_client) == ('{"city":"rule"}' if matches else '{"city":"default"}')


def test_responses_have_the_same(fake_llm: FakeLLM, own_client: openai.OpenAI) -> None:
    """Headers, metadata and the kind of answer are read in both APIs; keys never show."""
    fake_llm.when(headers={"x-team": "blue"}, metadata={"suite": "*"}, stream=False).then("By rule.")
    answer = own_client.responses.create(
        model=MODEL, input="Hi", metadata={"suite": "nightly"}, extra_headers={"X-Team": "blue"}
    )
    assert answer.output_text == "By rule."
    [call] = fake_llm.calls
    assert call.headers["Authorization"] == "Bearer ***"
    assert fake_llm.api_key not in f"{call.headers} {call!r} {call.call!r}"
    assert (call.metadata, call.is_streamed) == ({"suite": "nightly"}, False)


def test_headers_are_read_in_any_case() -> None:
    """Names have no case, values that came apart are joined, and a key without a scheme is masked whole."""
    headers = RequestHeaders([(b"X-A", b"1"), (b"x-a", b"2"), (b"api-key", b"secret")])
    assert (headers["x-A"], headers.get("API-Key"), headers.get("x-b")) == ("1, 2", "***", None)
    assert dict(headers) == {"x-a": "1, 2", "api-key": "***"}


@pytest.mark.parametrize(
    ("first", "second", "hidden"),
    [
        ({"user": "weather"}, {"user": "weather"}, "user='weather'"),
        ({"user": "weather in Oslo"}, {"user": "weather"}, "user='weather in Oslo'"),
        (
            {"operation": "createResponse", "user": "a"},
            {"operation": "createResponse", "user": "a"},
            "user='a'",
        ),
        ({"user": "Oslo", "turn": 1}, {"turn": 1, "user": "Oslo"}, "turn=1"),
        ({"user": "weather"}, {"user": "weather in Oslo"}, None),
        ({"user": "weather"}, {"user": "news"}, None),
        ({"user": "weather"}, {"user": "weather", "times": 2}, None),
        ({"user": "weather"}, {"system": "weather"}, None),
        ({"user": "weather"}, {}, None),
        ({"turn": 1}, {"stream": True}, None),
        ({"operation": "compactConversation"}, {}, None),
    ],
    ids=str,
)
def test_a_rule_that_can_never_answer_warns(fake_llm: FakeLLM, first: Any, second: Any, hidden: Any) -> None:
    """A rule that another one always goes before is told of where the later one of both is written."""
    fake_llm.when(**first).then("a")
    later = fake_llm.when(**second)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        later.then("b")
    assert [warning.category for warning in told] == [ScriptWarning] * (hidden is not None)
    if hidden is not None:
        assert f"{hidden}" in str(told[0].message).partition("can never answer")[0]
        assert told[0].filename == __file__


def test_an_older_rule_hides_a_newer_one_that_asks_for_less(fake_llm: FakeLLM) -> None:
    """Two conditions that follow from the one of a new rule go before it."""
    fake_llm.when(user="Oslo", text="Oslo").then("a")
    fake_llm.when(user="weather in Oslo").then("b")  # a text of any message isn't known to follow
    fake_llm.when(tool=["find", "find"]).then("d")
    with pytest.warns(ScriptWarning, match=r"when\(tool='find'\) can never answer: when\(tool=\['find"):
        fake_llm.when(tool="find").then("e")


def test_a_rule_that_has_answered_may_be_replaced(fake_llm: FakeLLM, own_client: openai.OpenAI) -> None:
    """A newer rule for the same calls is no mistake once the older one has done its work."""
    fake_llm.when("Hi").then("a")
    assert own_client.responses.create(model=MODEL, input="Hi").output_text == "a"
    fake_llm.when("Hi").then("b")
    assert own_client.responses.create(model=MODEL, input="Hi").output_text == "b"


def test_a_strict_scope_names_the_nearest_rules(server: FakeLLMServer) -> None:
    """What kept each rule from answering is said beside what the call had, nearest first."""
    words = (
        "Nothing was written for this call (strict): createResponse of 'smollm2-135m', user 'Hello'.\n"
        "The nearest rules, and what kept them from answering:\n"
        "  when(user='Hi', stream=False): user='Hi', but it was 'Hello'\n"
        "  when(headers={'x-a': 'b'}, turn=2): headers={'x-a': 'b'}, but there is none; turn=2, but it was 1"
    )
    fake_llm = server.open_scope(strict=True)
    fake_llm.when(headers={"X-A": "b"}, turn=2).then("b")
    fake_llm.when("Hi", stream=False).then("a")
    with (
        openai.OpenAI(**fake_llm.openai_client_args()) as client,
        pytest.raises(openai.InternalServerError),
    ):
        client.responses.create(model=MODEL, input="Hello")
    fake_llm.close()
    with pytest.raises(ScriptError) as raised:
        fake_llm.check()
    assert str(raised.value) == words


@pytest.mark.parametrize(
    "conditions",
    [{"headers": "x-a"}, {"headers": {"x-a": 3}}, {"schema": 3}, {"tool": [3]}, {"where": "x"}],
    ids=str,
)
def test_what_is_no_condition_is_refused(fake_llm: FakeLLM, conditions: Any) -> None:
    """It is refused where it is written; so is a function that would have to be waited for."""
    with pytest.raises(ConfigurationError):
        fake_llm.when(**conditions)

    async def where(_call: Any) -> bool:
        return False

    with pytest.raises(ConfigurationError, match="can't be asynchronous"):
        fake_llm.when(where=where)  # type: ignore[arg-type] # what is refused
