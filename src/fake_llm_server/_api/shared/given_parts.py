"""Holds what replies give of the wire itself to the contract, and to what the request offers."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from fake_llm_server._api.chat.reply import MESSAGE
from fake_llm_server._api.responses.given_items import list_item_faults
from fake_llm_server._api.shared.given_fields import list_field_faults
from fake_llm_server._generated.chat.wire import ChatCompletionResponseMessage, CreateChatCompletionResponse
from fake_llm_server._generated.responses.wire import Response
from fake_llm_server._seam import Call

_REPLIES: Mapping[str, tuple[type[BaseModel], str]] = {
    "createChatCompletion": (CreateChatCompletionResponse, "a chat completion"),
    "createResponse": (Response, "a response"),
}
"""What each operation sends, and words for it."""

_OF_PARTS = ("role", "content", "refusal", "tool_calls", "function_call", "reasoning_content")
"""Fields of a message that a reply writes otherwise."""


def list_wire_faults(call: Call, fields: Mapping[str, Any], items: Sequence[Mapping[str, Any]]) -> list[str]:
    """What of a reply's own fields and items the API could not send in answer to a call, in words."""
    if call.operation not in _REPLIES:
        return [f"the reply of {call.operation} takes no fields and no items."]
    model, what = _REPLIES[call.operation]
    if call.operation == "createResponse":
        return [*list_field_faults(model, what, fields), *list_item_faults(items, call.request)]
    own = {name: value for name, value in fields.items() if name != MESSAGE}
    faults = [*list_field_faults(model, what, own), *_list_message_faults(fields.get(MESSAGE, {}))]
    return [*faults, "a chat completion has no items; the Responses API has."] if items else faults


def _list_message_faults(fields: Any) -> list[str]:
    """What keeps fields from standing in the messages of a chat completion."""
    if not isinstance(fields, Mapping):
        return [f"the field {MESSAGE} is an object, the fields of each choice's message; it was {fields!r}."]
    written = [name for name in fields if name in _OF_PARTS]
    if written:
        return [f"the field {MESSAGE}.{written[0]} is written by the reply's other parts."]
    return list(list_field_faults(ChatCompletionResponseMessage, "a chat completion's message", fields))
