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

from fake_llm_server import FakeLLMServer

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


def test_lanes_are_told_apart(connection: ResponsesConnection) -> None:
    """Requests in two lanes are answered beside each other, each event with its lane."""
    ask(connection, stream_id="a")
    ask(connection, stream_id="b", input="Count to ten.")
    events = [*read(connection), *read(connection)]
    for lane in ("a", "b"):
        numbers = [event.sequence_number for event in events if event.stream_id == lane]
        assert numbers == list(range(len(numbers)))
        assert numbers


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
