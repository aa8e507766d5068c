"""Holds what replies give of the wire itself to the contract."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from fake_llm_server._api.shared.given_fields import list_field_faults
from fake_llm_server._generated.chat.wire import CreateChatCompletionResponse
from fake_llm_server._generated.responses.wire import Response
from fake_llm_server._seam import Call

_REPLIES: Mapping[str, tuple[type[BaseModel], str]] = {
    "createChatCompletion": (CreateChatCompletionResponse, "a chat completion"),
    "createResponse": (Response, "a response"),
}
"""What each operation sends, and words for it."""


def list_wire_faults(call: Call, fields: Mapping[str, Any]) -> list[str]:
    """What of a reply's own fields the API could not send in answer to a call, in words."""
    if call.operation not in _REPLIES:
        return [f"the reply of {call.operation} takes no fields: {', '.join(fields)}."] if fields else []
    model, what = _REPLIES[call.operation]
    return list(list_field_faults(model, what, fields))
