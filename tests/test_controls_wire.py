"""What a reply says of the wire: ids of calls, logprobs, and any field of the API's reply."""

import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from controlled_scope import fake_llm as fake_llm
from controlled_scope import own_client as own_client
from scripted_answers import MODEL, WAYS

from fake_llm_server import ConfigurationError, FakeLLM, FakeLLMServer, ScriptError, reply

every_way = pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way[0]}{'-streamed' * way[1]}")
ANY_TOOL = {"name": "search", "parameters": {"type": "object", "properties": {}}}
TOOLS: Any = {
    "chat": [{"type": "function", "function": ANY_TOOL}],
    "responses": [{"type": "function", "strict": False, **ANY_TOOL}],
}
LOGPROBS: Any = {
    "chat": {"logprobs": True, "top_logprobs": 2},
    "responses": {"include": ["message.output_text.logprobs"], "top_logprobs": 2},
}


@pytest.fixture(scope="module")
def scripted_server(_checked_servers: None) -> Iterator[FakeLLMServer]:
    """A server that has no model loaded."""
    with FakeLLMServer(load="first_use") as opened:
        yield opened


@pytest.fixture
def server(scripted_server: FakeLLMServer) -> FakeLLMServer:
    """In the place of the one with a model."""
    return scripted_server


def ask(client: openai.OpenAI, way: tuple[str, bool], **fields: Any) -> tuple[Any, list[Any]]:
    """The whole answer, or the last of it that a stream brings, and the stream's events."""
    api, is_streamed = way
    given: dict[str, Any] = {"model": MODEL, "stream": is_streamed, **fields}
    if api == "chat":
        answer = client.chat.completions.create(messages=[{"role": "user", "content": "Hi"}], **given)
        chunks = list(answer) if is_streamed else []
        return (chunks[0] if is_streamed else answer), chunks
    answer = client.responses.create(input="Hi", **given)
    events = list(answer) if is_streamed else []
    return (events[-1].response if is_streamed else answer), events


def read_logprobs(way: tuple[str, bool], answer: Any, events: list[Any]) -> list[Any]:
    """The tokens of an answer, as JSON."""
    if way[0] == "responses":
        tokens = answer.output[0].content[0].logprobs
        if events:
            deltas = [
                token for event in events if event.type.endswith("text.delta") for token in event.logprobs
            ]
            assert [token.token for token in deltas] == [token.token for token in tokens]
        return [token.model_dump() for token in tokens]
    choices = [chunk.choices[0] for chunk in events] if events else [answer.choices[0]]
    return [token.model_dump() for choice in choices if choice.logprobs for token in choice.logprobs.content]


@every_way
def test_calls_have_the_ids_that_are_written(fake_llm: FakeLLM, own_client: openai.OpenAI, way: Any) -> None:
    """A call's id is the one of the reply, of each of several calls too."""
    fake_llm.script(
        reply(tool="search", arguments={}, call_id="call_one"),
        reply(tool_calls=[("search", {}, "call_a"), ("search", {}, "call_b")]),
    )
    for expected in (["call_one"], ["call_a", "call_b"]):
        answer, events = ask(own_client, way, tools=TOOLS[way[0]])
        if way[0] == "responses":
            assert [item.call_id for item in answer.output] == expected
            continue
        calls = [call for chunk in events for call in chunk.choices[0].delta.tool_calls or ()]
        calls = calls if way[1] else answer.choices[0].message.tool_calls
        assert [call.id for call in calls if call.id] == expected


@every_way
def test_logprobs_are_made_or_written(fake_llm: FakeLLM, own_client: openai.OpenAI, way: Any) -> None:
    """A scripted token is certain; written ones come as they are, with as many others as are asked for."""
    fake_llm.script(
        "It is sunny.",
        reply("Yes.", logprobs=[("Ye", -0.5, {"No": -3, "Ye": -0.5, "Da": -2}), ("s.", -0.25)]),
        "Not asked.",
    )
    tokens = read_logprobs(way, *ask(own_client, way, **LOGPROBS[way[0]]))
    assert [token["token"] for token in tokens] == ["It i", "s su", "nny."]
    assert {token["logprob"] for token in tokens} == {0.0}
    assert [[other["token"] for other in token["top_logprobs"]] for token in tokens] == [
        [token["token"]] for token in tokens
    ]
    assert fake_llm.calls[0].usage is not None
    assert fake_llm.calls[0].usage.completion_tokens == len(tokens)
    first, second = read_logprobs(way, *ask(own_client, way, **LOGPROBS[way[0]]))
    assert (first["token"], first["logprob"], second["token"]) == ("Ye", -0.5, "s.")
    assert [(other["token"], other["logprob"]) for other in first["top_logprobs"]] == [
        ("Ye", -0.5),
        ("Da", -2),
    ]
    assert [other["token"] for other in second["top_logprobs"]] == ["s."]
    assert read_logprobs(way, *ask(own_client, way)) == []


def test_logprobs_are_those_of_the_loaded_model() -> None:
    """Where the server keeps its model, the tokens are its own, joined the text, as many as are counted."""
    with FakeLLMServer() as loaded, loaded.open_scope() as fake_llm:
        fake_llm.script("It's 21 °C, été 😀.")
        with openai.OpenAI(**fake_llm.openai_client_args()) as client:
            answer, _ = ask(client, ("chat", False), **LOGPROBS["chat"])
        tokens = answer.choices[0].logprobs.content
        assert b"".join(bytes(token.bytes) for token in tokens).decode() == "It's 21 °C, été 😀."
        assert len(tokens) == answer.usage.completion_tokens


@every_way
def test_fields_of_the_reply_are_set(fake_llm: FakeLLM, own_client: openai.OpenAI, way: Any) -> None:
    """A field stands in the place of the server's own, in every event that has it."""
    fields: dict[str, Any] = {"service_tier": "flex", "model": "gpt-4o-2024-08-06"}
    if way[0] == "chat":
        fields |= {"id": "chatcmpl-1", "created": 1, "system_fingerprint": "fp_1"}
    else:
        fields |= {"id": "resp_1", "created_at": 1, "reasoning": {"effort": "low", "summary": None}}
    fake_llm.script(reply("Hi", fields=fields))
    answer, events = ask(own_client, way)
    seen = (
        [answer, *events]
        if way[0] == "chat"
        else [answer, *(e.response for e in events if hasattr(e, "response"))]
    )
    for each in seen:
        dumped = each.model_dump()
        for name, value in fields.items():
            found = dumped[name]
            assert value.items() <= found.items() if isinstance(value, dict) else found == value, name


@pytest.mark.parametrize(
    ("way", "written", "words"),
    [
        (
            ("chat", True),
            {"service_teir": "flex"},
            "a chat completion has no field 'service_teir'; did you mean",
        ),
        (
            ("chat", False),
            {"created_at": 3},
            "a chat completion has no field 'created_at'; did you mean 'created'",
        ),
        (
            ("chat", False),
            {"created": "now"},
            "the field created isn't what a chat completion has there: Input",
        ),
        (("chat", True), {"message": {"content": "a"}}, "message.content is written by the reply's other"),
        (("chat", True), {"message": {"annotations": 3}}, "field annotations isn't what a chat completion's"),
        (("chat", True), {"message": "a"}, "the field message is an object"),
        (("responses", True), {"message": {}}, "a response has no field 'message'"),
        (("responses", True), {"service_tier": "gold"}, "the field service_tier isn't what a response has"),
        (("responses", False), {"reasoning": {"effort": 3}}, r"the field reasoning\.effort"),
        (("responses", False), {"user": 3}, "the field user"),
    ],
    ids=str,
)
def test_fields_are_held_to_the_contract(server: FakeLLMServer, way: Any, written: Any, words: str) -> None:
    """A field that the API doesn't have, or not so, is a 500 for the client, and fails the test."""
    fake_llm = server.open_scope()
    fake_llm.script(reply("Hi", fields=written))
    with (
        openai.OpenAI(**fake_llm.openai_client_args()) as client,
        pytest.raises(openai.InternalServerError, match=words),
    ):
        ask(client, way)
    fake_llm.close()
    with pytest.raises(ScriptError, match=words):
        fake_llm.check()


def test_messages_of_chat_have_fields_of_their_own(fake_llm: FakeLLM, own_client: openai.OpenAI) -> None:
    """The message of each choice may have citations; a stream has no place for them."""
    citation = {"url": "https://example.com", "title": "a", "start_index": 0, "end_index": 2}
    annotations = [{"type": "url_citation", "url_citation": citation}]
    given = reply("Hi", fields={"message": {"annotations": annotations}})
    fake_llm.script(given, given)
    answer, _ = ask(own_client, ("chat", False), n=2)
    assert [choice.message.model_dump()["annotations"] for choice in answer.choices] == [annotations] * 2
    _, chunks = ask(own_client, ("chat", True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "Hi"


def test_a_stored_response_is_found_by_its_id(fake_llm: FakeLLM, own_client: openai.OpenAI) -> None:
    """An id that a test gives names the stored response; one in the background has its id already."""
    given = reply("Hi", fields={"id": "resp_mine", "service_tier": "flex"})
    fake_llm.script(given, given)
    own_client.responses.create(model=MODEL, input="Hi", store=True)
    assert own_client.responses.retrieve("resp_mine").output_text == "Hi"
    begun = own_client.responses.create(model=MODEL, input="Hi", background=True, stream=True)
    seen = [event.response for event in begun if hasattr(event, "response")]
    assert len({response.id for response in seen}) == 1
    assert (seen[0].id != "resp_mine", seen[-1].service_tier) == (True, "flex")


@pytest.mark.parametrize(
    "write",
    [
        lambda: reply("Hi", fields={"usage": {}}),
        lambda: reply("Hi", fields={"object": "response"}),
        lambda: reply("Hi", fields={"metadata": {1}}),
        lambda: reply("Hi", fields=["id"]),  # type: ignore[arg-type] # what is refused
        lambda: reply("Hi", fields={3: "id"}),  # type: ignore[dict-item] # what is refused
        lambda: reply(429, fields={"id": "x"}),
        lambda: reply(choices=[reply("Hi", fields={"id": "x"})]),
        lambda: reply("Hi", logprobs=[("Ho", -1)]),
        lambda: reply("Hi", logprobs=[("Hi", 1)]),
        lambda: reply("Hi", logprobs=[("Hi", None)]),  # type: ignore[list-item] # what is refused
        lambda: reply("Hi", logprobs=["Hi"]),  # type: ignore[list-item] # what is refused
        lambda: reply("Hi", logprobs=[("Hi", -1, {3: -1})]),  # type: ignore[dict-item] # what is refused
        lambda: reply("Hi", logprobs=[("Hi", float("nan"))]),
    ],
)
def test_what_cannot_be_sent_is_refused(write: Any) -> None:
    """It is refused where it is written."""
    with pytest.raises(ConfigurationError):
        write()


def test_written_logprobs_must_be_asked_for(server: FakeLLMServer) -> None:
    """The API gives none that weren't asked for."""
    fake_llm = server.open_scope()
    fake_llm.script(reply("Hi", logprobs=[("Hi", -1)]))
    with openai.OpenAI(**fake_llm.openai_client_args()) as client, pytest.raises(openai.InternalServerError):
        ask(client, ("chat", False))
    fake_llm.close()
    with pytest.raises(ScriptError, match="the reply has logprobs, but the request asks for none"):
        fake_llm.check()


def test_the_models_own_answer_takes_fields() -> None:
    """Where nothing else is written, the model answers, and the fields are set all the same."""
    with FakeLLMServer() as loaded, loaded.open_scope() as fake_llm:
        fake_llm.script(reply(fields={"service_tier": "flex"}))
        with openai.OpenAI(**fake_llm.openai_client_args()) as client:
            answer, _ = ask(client, ("responses", False), max_output_tokens=16)
        assert answer.service_tier == "flex"
        assert json.loads(answer.model_dump_json())["output"]
