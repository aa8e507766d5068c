"""The WebSocket form of responses, as the client's `connect` speaks it."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from contract_checks import compile_schema
from openai.resources.responses.responses import ResponsesConnection
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from fake_llm_server import FakeLLMServer
from fake_llm_server._api.responses.websocket import MAX_WAITING

MODEL = "gpt-4o-mini"
LAST = (
    "response.completed",
    "response.incomplete",
    "response.failed",
    "error",
    "response.steer.failed",
)


@pytest.fixture
def connection(client: openai.OpenAI) -> Iterator[ResponsesConnection]:
    """An open connection."""
    with client.responses.connect() as opened:
        yield opened


def ask(connection: ResponsesConnection, **fields: Any) -> None:
    """Request a small response."""
    connection.response.create(**{"model": MODEL, "input": "Say hi.", "max_output_tokens": 16, **fields})


def read(connection: ResponsesConnection) -> list[Any]:
    """The events up to the last one of a response, each held to the contract."""
    events = []
    while True:
        data = json.loads(connection.recv_bytes())
        check(data)
        events.append(connection.parse_event(json.dumps(data)))
        if data["type"] in LAST:
            return events


def check(data: dict[str, Any]) -> None:
    """Hold a message to the contract's event; its envelope and its errors have forms of their own."""
    event = {name: value for name, value in data.items() if name != "stream_id"}
    schema = "ResponseStreamEvent"
    if data["type"] == "error":
        event, schema = {"error": data["error"]}, "ErrorResponse"
    if data["type"] != "response.steer.failed":
        faults = [
            fault.message for fault in compile_schema(f"/components/schemas/{schema}").iter_errors(event)
        ]
        assert not faults, (data, faults)


def test_the_events_are_those_of_the_stream(client: openai.OpenAI, connection: ResponsesConnection) -> None:
    """A request over the connection gets the events of its HTTP stream."""
    ask(connection)
    told = read(connection)
    streamed = list(client.responses.create(model=MODEL, input="Say hi.", max_output_tokens=16, stream=True))
    assert [event.type for event in told] == [event.type for event in streamed]
    assert [event.sequence_number for event in told] == list(range(len(told)))
    assert told[-1].response.output_text == streamed[-1].response.output_text  # type: ignore[union-attr]  # the last event is the completed one


def test_the_last_response_is_remembered(client: openai.OpenAI, connection: ResponsesConnection) -> None:
    """A connection goes on from its last response without `store`, and other connections can't."""
    ask(connection)
    first = read(connection)[-1].response
    ask(connection, input="Again.", previous_response_id=first.id)
    second = read(connection)[-1].response
    assert second.usage.input_tokens > first.usage.input_tokens
    with client.responses.connect() as other:
        ask(other, previous_response_id=second.id)
        assert read(other)[-1].error.code == "previous_response_not_found"


def test_a_stored_response_is_found_elsewhere(client: openai.OpenAI, connection: ResponsesConnection) -> None:
    """With `store` a response outlives its connection's memory."""
    ask(connection, store=True)
    response = read(connection)[-1].response
    assert client.responses.retrieve(response.id).output_text == response.output_text


LONG_LIST = {
    "type": "json_schema",
    "name": "list",
    "schema": {"type": "array", "items": {"type": "boolean"}, "minItems": 150, "maxItems": 150},
}


def test_lanes_are_answered_beside_each_other(connection: ResponsesConnection) -> None:
    """A short request isn't kept waiting by a long one in another lane, and each event names its lane."""
    ask(connection, stream_id="long", text={"format": LONG_LIST}, max_output_tokens=1000)
    ask(connection, stream_id="short", input="Count to ten.")
    first, second = read(connection), read(connection)
    assert (first[-1].stream_id, second[-1].stream_id) == ("short", "long")
    for lane, response in (("short", first[-1].response), ("long", second[-1].response)):
        events = [event for event in (*first, *second) if event.stream_id == lane]
        assert [event.sequence_number for event in events] == list(range(len(events)))
        deltas = [event.delta for event in events if event.type == "response.output_text.delta"]
        assert "".join(deltas) == response.output_text


def test_one_lane_is_answered_in_turn(connection: ResponsesConnection) -> None:
    """A second request waits for the first."""
    ask(connection)
    ask(connection, input="Count to ten.")
    for _ in range(2):
        events = read(connection)
        assert [event.sequence_number for event in events] == list(range(len(events)))


def test_a_response_can_be_prepared(connection: ResponsesConnection) -> None:
    """With `generate` false there is no output, and the next request goes on from it."""
    ask(connection, generate=False)
    prepared = read(connection)[-1].response
    assert (prepared.status, prepared.output) == ("completed", [])
    ask(connection, input="Now.", previous_response_id=prepared.id)
    assert read(connection)[-1].response.output_text


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"previous_response_id": "resp_x"}, "previous_response_not_found"),
        ({"model": "nope"}, "model_not_found"),
        ({"background": True}, "unsupported_parameter"),
        ({"input": 3}, "invalid_type"),
        ({"stream_id": "a b"}, "invalid_value"),
        ({"generate": "no"}, "invalid_type"),
        ({"max_output_tokens": 1}, "integer_below_min_value"),
        ({"input": "a " * 9000}, "context_length_exceeded"),
    ],
)
def test_errors_leave_the_connection_open(
    connection: ResponsesConnection, fields: dict[str, Any], code: str
) -> None:
    """A refused request is answered with its error, and the next one as ever."""
    ask(connection, **fields)
    error = read(connection)[-1]
    assert (error.type, error.error.code) == ("error", code)
    assert error.status in (400, 404)
    ask(connection)
    assert read(connection)[-1].response.output_text


SUPPORTED = "Supported values are: 'response.create'."


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("nonsense", "We could not parse the JSON of your message: "),
        ("[]", "Invalid type: expected an object, but got an empty array instead."),
        ('{"type": "response.dance"}', f"Invalid value: 'response.dance'. {SUPPORTED}"),
        ("{}", f"Invalid value: ''. {SUPPORTED}"),
        ('{"type": 5}', f"Invalid value: ''. {SUPPORTED}"),
        (
            '{"type": "response.create", "model": "m", "input": "a", "stor": true}',
            "Unknown parameter: 'stor'. Did you mean 'store'?",
        ),
    ],
)
def test_what_is_no_request_is_refused(connection: ResponsesConnection, message: str, words: str) -> None:
    """A message that isn't a client event gets an error, in the words that HTTP has."""
    connection.send_raw(message)
    error = read(connection)[-1].error
    assert error.type == "invalid_request_error"
    assert error.message.startswith(words)


def test_steering_is_refused(connection: ResponsesConnection) -> None:
    """Steering fails as it does for a model that doesn't support it, and the input comes back."""
    connection.response.steer(input="Stop.", previous_response_id="resp_x")
    event = read(connection)[-1]
    assert (event.error.code, event.steer.input) == ("steering_not_supported", "Stop.")


def test_a_failed_request_forgets_what_it_went_on_from(connection: ResponsesConnection) -> None:
    """As OpenAI does, so that a client starts anew instead of repeating what fails."""
    ask(connection)
    first = read(connection)[-1].response
    ask(connection, input="a " * 9000, previous_response_id=first.id)
    assert read(connection)[-1].type == "error"
    ask(connection, previous_response_id=first.id)
    assert read(connection)[-1].error.code == "previous_response_not_found"


def test_the_async_client_connects(server: FakeLLMServer) -> None:
    """The asynchronous client speaks the same."""

    async def talk() -> str:
        async with (
            openai.AsyncOpenAI(**server.openai_client_args(), max_retries=0) as client,
            client.responses.connect() as connection,
        ):
            await connection.response.create(model=MODEL, input="Say hi.", max_output_tokens=16)
            async for event in connection:
                if event.type in ("response.completed", "response.incomplete"):
                    return str(event.response.output_text)
        return ""

    assert asyncio.run(talk())


def test_a_server_closes_with_a_connection_open() -> None:
    """A server that is closed ends its connections, also with a response under way."""
    with (
        FakeLLMServer("smollm2-135m", aliases={MODEL: "smollm2-135m"}) as server,
        openai.OpenAI(**server.openai_client_args()) as client,
        client.responses.connect() as connection,
    ):
        ask(connection, input="Tell a long story.", max_output_tokens=2000)
        assert connection.recv().type == "response.created"
        server.close()
        with pytest.raises(ConnectionClosedError):
            list(connection)


def test_a_key_is_asked_for() -> None:
    """A server with keys refuses the handshake of a client that has none of them."""
    with (
        FakeLLMServer("smollm2-135m", api_keys=["sk-good"]) as server,
        openai.OpenAI(base_url=server.base_url, api_key="sk-bad") as client,
        pytest.raises(InvalidStatus, match="401"),
    ):
        client.responses.connect().enter()


def test_messages_count_as_requests() -> None:
    """Beyond `requests_per_minute` a message is answered with the error that HTTP has, in its lane."""
    with (
        FakeLLMServer("smollm2-135m", requests_per_minute=1) as server,
        openai.OpenAI(**server.openai_client_args()) as client,
        client.responses.connect() as connection,
    ):
        ask(connection, model="smollm2-135m")
        assert read(connection)[-1].response.output_text
        ask(connection, model="smollm2-135m", stream_id="a")
        refused = read(connection)[-1]
    assert (refused.status, refused.stream_id) == (429, "a")
    assert refused.error.code == "rate_limit_exceeded"
    assert "on requests per min (RPM): Limit 1, Used 1, Requested 1." in refused.error.message


def test_messages_are_bounded() -> None:
    """A message above `max_body_bytes` gets an error and the next an answer; a huge one ends it all."""
    with (
        FakeLLMServer("smollm2-135m", max_body_bytes=2000) as server,
        openai.OpenAI(**server.openai_client_args()) as client,
        client.responses.connect() as connection,
    ):
        ask(connection, model="smollm2-135m", input="a" * 2500)
        refused = read(connection)[-1]
        assert refused.status == 413
        assert refused.error.message.startswith("Maximum content size limit (2000) exceeded")
        ask(connection, model="smollm2-135m")
        assert read(connection)[-1].response.output_text
        ask(connection, input="a" * 10_000)
        with pytest.raises(ConnectionClosedError, match="1009"):
            list(connection)


def test_a_lane_is_bounded(connection: ResponsesConnection) -> None:
    """Requests beyond those that may wait in a lane are refused at once, and the others are answered."""
    ask(connection, text={"format": LONG_LIST}, max_output_tokens=1000)
    assert connection.recv().type == "response.created"
    for _ in range(MAX_WAITING + 2):
        ask(connection, generate=False)
    last = [read(connection)[-1] for _ in range(MAX_WAITING + 3)]
    assert [event.status for event in last if event.type == "error"] == [429, 429]
    assert last[-1].type == "response.completed"


@pytest.mark.parametrize(
    ("allowed", "origin", "is_refused"),
    [
        ([], "http://evil.example", True),
        ([], "http://localhost:3000", True),
        (["http://localhost:3000"], "http://localhost:3000", False),
        (["http://localhost:3000"], "http://evil.example", True),
        (["*"], "null", False),
        (["http://localhost:3000"], None, False),
    ],
)
def test_only_pages_of_allowed_origins_connect(
    server: FakeLLMServer,
    caplog: pytest.LogCaptureFixture,
    allowed: list[str],
    origin: str | None,
    is_refused: bool,
) -> None:
    """A web page's handshake is refused with 403 unless `cors_origins` has its origin; others send none.

    A refusal is nothing that goes wrong, so nothing of it is logged as an error.
    """
    del server  # it keeps the model loaded
    with FakeLLMServer("smollm2-135m", cors_origins=allowed) as open_server:
        address = open_server.base_url.replace("http", "ws", 1) + "/responses"
        sent = None if origin is None else Origin(origin)
        if not is_refused:
            connect(address, origin=sent).close()
            return
        with pytest.raises(InvalidStatus) as refusal:
            connect(address, origin=sent)
    response = refusal.value.response
    assert response.status_code == 403
    assert json.loads(response.body)["error"]["code"] == "origin_not_allowed"
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
