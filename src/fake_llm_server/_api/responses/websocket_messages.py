"""The messages of the WebSocket form: what a client's mean, and how ours are written.

Each is a JSON object. A client's carry the fields of the HTTP request beside an envelope of their own.
"""

import re
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json

from fake_llm_server._api.shared.validation_wording import name_type, word_supported
from fake_llm_server._api.shared.wire_errors import describe_error
from fake_llm_server._contract import RequestFaultError, find_unused_names
from fake_llm_server._errors import InvalidRequestError
from fake_llm_server._generated.responses.wire import CreateResponse

_STREAM_ID = re.compile(r"[A-Za-z0-9_.-]{1,256}")

Lane = str | None
"""A lane's `stream_id`; None for requests that name none."""


@dataclass(frozen=True, slots=True)
class ClientRequest:
    """A `response.create`.

    Attributes:
        lane: in which it is answered.
        body: the fields of the HTTP request.
        raw: the message's bytes, from which ids are made.
        is_generated: whether there is to be an answer at all.
    """

    lane: Lane
    body: CreateResponse
    raw: bytes
    is_generated: bool


def parse_message(raw: bytes) -> dict[str, Any]:
    """Parse a message.

    Raises:
        InvalidRequestError: it is no JSON object.
    """
    try:
        data = from_json(raw, allow_inf_nan=False)
    except ValueError as error:
        message = f"We could not parse the JSON of your message: {error}."
        raise InvalidRequestError(message, code="invalid_json") from error
    if not isinstance(data, dict):
        message = f"Invalid type: expected an object, but got {name_type(data)} instead."
        raise InvalidRequestError(message, code="invalid_type")
    return data


def read_lane(data: dict[str, Any]) -> Lane:
    """The lane that a message names.

    Raises:
        InvalidRequestError: the name isn't one.
    """
    lane = data.get("stream_id")
    if lane is None or (isinstance(lane, str) and _STREAM_ID.fullmatch(lane)):
        return lane
    raise InvalidRequestError(
        "Invalid 'stream_id': string does not match pattern. Expected a string that matches the pattern "
        f"'^{_STREAM_ID.pattern}$'.",
        param="stream_id",
        code="invalid_value",
    )


def read_request(data: dict[str, Any], lane: Lane, raw: bytes) -> ClientRequest:
    """Read a `response.create`.

    Raises:
        InvalidRequestError: the message is none, or asks for what only HTTP has.
        RequestFaultError: its fields aren't as the contract says.
    """
    kind = data.get("type")
    if kind != "response.create":
        message, code = word_supported(kind if isinstance(kind, str) else "", ["response.create"])
        raise InvalidRequestError(message, param="type", code=code)
    is_generated = data.get("generate", True)
    if not isinstance(is_generated, bool):
        found = name_type(is_generated)
        message = f"Invalid type for 'generate': expected a boolean, but got {found} instead."
        raise InvalidRequestError(message, param="generate", code="invalid_type")
    fields = {name: value for name, value in data.items() if name not in ("type", "stream_id", "generate")}
    if fields.get("background"):
        message = "Unsupported parameter: 'background' is not supported over WebSocket."
        raise InvalidRequestError(message, param="background", code="unsupported_parameter")
    try:
        body = CreateResponse.model_validate({**fields, "stream": True})
    except ValidationError as fault:
        raise RequestFaultError(fault, find_unused_names(CreateResponse, raw)) from fault
    return ClientRequest(lane, body, raw, is_generated)


def refuse_steering(data: dict[str, Any]) -> dict[str, Any]:
    """The answer to `response.steer`, which the client has and the contract hasn't yet."""
    message = "This server's models don't support steering. Send the input with the next 'response.create'."
    return {
        "type": "response.steer.failed",
        "sequence_number": 0,
        "error": {"code": "steering_not_supported", "message": message, "type": "invalid_request_error"},
        "steer": {"input": data.get("input"), "previous_response_id": data.get("previous_response_id")},
    }


def write_error(error: Exception) -> dict[str, Any]:
    """An error that isn't an event of a response; the contract's `ResponseWsError`."""
    wire = describe_error(error)
    return {"type": "error", "status": wire.status, **wire.to_body()}


def write_message(data: dict[str, Any]) -> dict[str, Any]:
    """An event as a message: all are alike but errors, which carry their details in an object."""
    if data["type"] != "error":
        return data
    return {name: data[name] for name in ("type", "sequence_number", "error")}
