"""Holds what replies give of the wire itself to the contract, and to what the request offers."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from fake_llm_server._api.responses.given_items import list_item_faults
from fake_llm_server._api.shared.given_fields import list_field_faults
from fake_llm_server._generated.chat.wire import CreateChatCompletionResponse
from fake_llm_server._generated.responses.wire import Response
from fake_llm_server._seam import Call

_REPLIES: Mapping[str, tuple[type[BaseModel], str]] = {
    "createChatCompletion": (CreateChatCompletionResponse, "a chat completion"),
    "createResponse": (Response, "a response"),
}
"""What each operation sends, and words for it."""


def list_wire_faults(call: Call, fields: Mapping[str, Any], items: Sequence[Mapping[str, Any]]) -> list[str]:
    """What of a reply's own fields and items the API could not send in answer to a call, in words."""
    if call.operation not in _REPLIES:
        return [f"the reply of {call.operation} takes no fields and no items."]
    model, what = _REPLIES[call.operation]
    faults = list(list_field_faults(model, what, fields))
    if items and call.operation != "createResponse":
        return [*faults, "a chat completion has no items; the Responses API has."]
    return [*faults, *list_item_faults(items, call.request)]
