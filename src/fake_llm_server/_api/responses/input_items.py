"""Reads what a request adds to a conversation as items that have an id, and writes items for lists.

The items of a conversation are kept as the contract's `InputItem`s: what a client sends, what it is given,
and what is stored all have that form, so that each can stand where another stood.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from pydantic import BaseModel, ConfigDict, TypeAdapter

from fake_llm_server._api.shared.object_ids import derive_id
from fake_llm_server._errors import InvalidRequestError, NotFoundError
from fake_llm_server._generated.responses.wire import InputItem, ItemResource, OutputItem

Item: TypeAlias = Any
"""One of the members of the contract's `InputItem`."""

HOSTED_PREFIXES = {
    "web_search_call": "ws_",
    "file_search_call": "fs_",
    "code_interpreter_call": "ci_",
    "image_generation_call": "ig_",
    "mcp_call": "mcp_",
    "mcp_list_tools": "mcpl_",
    "mcp_approval_request": "mcpr_",
    "mcp_approval_response": "mcprr_",
}
"""Items of tools that OpenAI runs itself: scripts have them, and no model here sees them."""

ID_PREFIXES = {
    "message": "msg_",
    "function_call": "fc_",
    "function_call_output": "fco_",
    "custom_tool_call": "ctc_",
    "custom_tool_call_output": "ctco_",
    "reasoning": "rs_",
    "compaction": "cmp_",
    "additional_tools": "at_",
    "local_shell_call": "lsh_",
    "local_shell_call_output": "lsho_",
    "shell_call": "sh_",
    "shell_call_output": "sho_",
    "apply_patch_call": "apc_",
    "apply_patch_call_output": "apco_",
    "computer_call": "cu_",
    "computer_call_output": "cuo_",
    "tool_search_call": "tsc_",
    "tool_search_output": "tso_",
    **HOSTED_PREFIXES,
}
"""The types of item that a conversation here can have, with what their ids begin with."""

_WITHOUT_STATUS = frozenset(
    {
        *("reasoning", "compaction", "additional_tools"),
        *("mcp_list_tools", "mcp_approval_request", "mcp_approval_response"),
    }
)
"""Types that have no status in a list, or needn't have one."""

_PASSTHROUGH = "internal_chat_message_metadata_passthrough"
"""A field of items that only OpenAI's own programs make use of."""

_DEFERRED = ConfigDict(defer_build=True)
"""Validators are built when they are first used: importing this package must be quick."""

_PARSED_AT_ONCE = 50
"""Items of one call of Pydantic, which lets no other thread run: about 2 ms."""

_INPUT_ITEMS: TypeAdapter[list[InputItem]] = TypeAdapter(list[InputItem], config=_DEFERRED)
_ITEM_RESOURCES: TypeAdapter[list[ItemResource]] = TypeAdapter(list[ItemResource], config=_DEFERRED)


def list_references(given: Any) -> list[str]:
    """Ids of the stored items that a request's `input` refers to."""
    if given is None or isinstance(given, str):
        return []
    return [item.id for item in given if item_type(item) == "item_reference"]


def read_input(given: Any, response_id: str, referred: Mapping[str, Item]) -> list[Item]:
    """Read a request's `input`: give each item an id, and put items where references to them stand.

    Args:
        given: a string, items, or None.
        response_id: of the response that is asked for; ids are derived from it.
        referred: stored items by their ids, for references.

    Raises:
        InvalidRequestError: an item is of a kind that no conversation here has.
        NotFoundError: a reference to an item that isn't stored.
    """
    if given is None:
        return []
    if isinstance(given, str):
        given = [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": given}]}]
        return parse_items([_identify(item, response_id, 0) for item in given])
    items = []
    for position, item in enumerate(given):
        kind = item_type(item)
        if kind == "item_reference":
            items.append(_resolve(item.id, referred))
        elif kind == "compaction_trigger":
            items.append(item)
        elif kind in ID_PREFIXES:
            items += parse_items([_identify(dump_item(item), response_id, position)])
        else:
            raise _refuse_kind(kind, position)
    return items


def item_type(item: Item) -> str:
    """The type of an item, which a message and a reference may leave out."""
    if item.type is not None:
        return str(item.type)
    return "message" if hasattr(item, "role") else "item_reference"


def dump_item(item: BaseModel) -> dict[str, Any]:
    """An item as JSON."""
    dumped: dict[str, Any] = item.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return {"type": item_type(item), **dumped}


def parse_items(dumped: Sequence[dict[str, Any]]) -> list[Item]:
    """Read items from JSON: some at a time, so that other threads get their turns."""
    parsed: list[Item] = []
    for start in range(0, len(dumped), _PARSED_AT_ONCE):
        part = dumped[start : start + _PARSED_AT_ONCE]
        parsed += _INPUT_ITEMS.validate_python([_drop_status_of_thoughts(item) for item in part])
    return parsed


def _drop_status_of_thoughts(item: dict[str, Any]) -> dict[str, Any]:
    """Leave out what responses of earlier versions, kept in a file, have and no request may have."""
    has_status = item.get("type") == "reasoning" and "status" in item
    return {name: value for name, value in item.items() if name != "status"} if has_status else item


def output_as_input(output: Sequence[OutputItem]) -> list[Item]:
    """The items of an answer as they stand in the conversation afterwards."""
    return parse_items([dump_item(item) for item in output])


def list_resources(items: Sequence[Item]) -> list[Any]:
    """The items as lists give them out: every field that the contract's `ItemResource` demands is there."""
    return list(_ITEM_RESOURCES.validate_python([_write_resource(dump_item(item)) for item in items]))


def _identify(item: dict[str, Any], response_id: str, position: int) -> dict[str, Any]:
    """Give an item an id, unless it has one; what says nothing about it is left out."""
    item = {name: value for name, value in item.items() if value is not None and name != _PASSTHROUGH}
    is_local = item["type"] == "local_shell_call_output"
    if is_local and not str(item.get("id")).startswith(ID_PREFIXES[item["type"]]):
        call_id = item.pop("id", None)  # its `id` is that of the call
        item.setdefault("call_id", call_id)
    if item.get("id"):
        return item
    return {**item, "id": derive_id(ID_PREFIXES[item["type"]], response_id, "input", position)}


_RESOURCE_DEFAULTS: dict[str, dict[str, Any]] = {
    "shell_call": {"environment": {"type": "local"}},
    "shell_call_output": {"max_output_length": None},
    "tool_search_call": {"call_id": None, "execution": "client"},
    "tool_search_output": {"call_id": None, "execution": "client"},
}
"""What lists give out of items, and a client may leave out."""


def _write_resource(item: dict[str, Any]) -> dict[str, Any]:
    kind = item["type"]
    if kind == "message":
        item = {**item, "content": _write_content(item)}
        if item["role"] != "assistant":
            item.pop("phase", None)  # lists have it for answers only
    item = {**_RESOURCE_DEFAULTS.get(kind, {}), **item}
    if kind == "shell_call":
        item["action"] = {"timeout_ms": None, "max_output_length": None, **item["action"]}
    if kind not in _WITHOUT_STATUS:
        item = {**item, "status": item.get("status") or "completed"}
    return item


def _write_content(message: dict[str, Any]) -> list[dict[str, Any]]:
    content, is_answer = message["content"], message["role"] == "assistant"
    kind = "output_text" if is_answer else "input_text"
    parts = [{"type": kind, "text": content}] if isinstance(content, str) else content
    return [{**_PART_DEFAULTS.get(part["type"], {}), **_drop_null(part)} for part in parts]


_PART_DEFAULTS: dict[str, dict[str, Any]] = {"output_text": {"annotations": [], "logprobs": []}}


def _drop_null(part: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in part.items() if value is not None}


def _resolve(item_id: str, referred: Mapping[str, Item]) -> Item:
    item = referred.get(item_id)
    if item is None:
        message = (
            f"Item with id '{item_id}' not found. Items are not persisted when `store` is set to false. "
            "Try again with `store` set to true, or remove this item from your input."
        )
        raise NotFoundError(message, param="input")
    return item


def _refuse_kind(kind: str, position: int) -> InvalidRequestError:
    allowed = ", ".join(f"'{name}'" for name in (*ID_PREFIXES, "item_reference"))
    return InvalidRequestError(
        f"Invalid value: '{kind}'. This server runs no programs, so no conversation with it has such an "
        f"item. Supported values are: {allowed}.",
        param=f"input[{position}].type",
        code="invalid_value",
    )
