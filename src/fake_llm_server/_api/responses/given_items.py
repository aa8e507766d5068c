"""Items that a reply gives as they stand: read and checked, with what says nothing filled in.

How a stream brings them is `given_item_events`'s business.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError

from fake_llm_server._api.responses.input_items import ID_PREFIXES
from fake_llm_server._api.responses.output_items import ItemPlace
from fake_llm_server._generated.responses.wire import OutputItem
from fake_llm_server._seam import GenerationRequest

_DEFERRED = ConfigDict(defer_build=True)
"""Validators are built when they are first used: importing this package must be quick."""

_OUTPUT_ITEM: TypeAdapter[OutputItem] = TypeAdapter(OutputItem, config=_DEFERRED)

_HOSTED = {
    "web_search_call": "web_search",
    "file_search_call": "file_search",
    "code_interpreter_call": "code_interpreter",
    "image_generation_call": "image_generation",
    "mcp_call": "mcp",
    "mcp_list_tools": "mcp",
    "mcp_approval_request": "mcp",
}
"""Items of tools that OpenAI runs itself, with what the types of these tools begin with."""

_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "message": {"role": "assistant", "status": "completed", "content": []},
    "reasoning": {"summary": []},
    "web_search_call": {"status": "completed"},
    "file_search_call": {"status": "completed"},
    "code_interpreter_call": {"status": "completed", "code": None, "outputs": None},
    "image_generation_call": {"status": "completed"},
    "mcp_call": {"status": "completed", "arguments": "{}"},
    "mcp_list_tools": {"tools": []},
    "mcp_approval_request": {"arguments": "{}"},
    "function_call": {"status": "completed"},
    "custom_tool_call": {"status": "completed"},
}
"""What says nothing that an item's type doesn't, and may be left out."""

_PARTS: Mapping[str, Mapping[str, Any]] = {"output_text": {"annotations": [], "logprobs": []}}

_CONTAINED = {"code_interpreter_call": ("container_id", "cntr_")}
_CALLED = ("function_call", "custom_tool_call", "local_shell_call", "shell_call", "apply_patch_call")


def complete_item(given: Mapping[str, Any], place: ItemPlace) -> Any:
    """The item as the contract has it, with ids that are made where it has none.

    Raises:
        ValidationError: it isn't the contract's; `list_item_faults` says so before.
    """
    return _validate(given, place.create_id)


def list_item_faults(items: Sequence[Mapping[str, Any]], request: GenerationRequest) -> Iterator[str]:
    """What keeps items from standing in a response to a request, in words."""
    for position, item in enumerate(items):
        kind = str(item["type"])
        try:
            _validate(item, str)
        except ValidationError as error:
            yield from _word(error, f"items[{position}]")
            continue
        tool = _HOSTED.get(kind)
        if tool is not None and not any(offered.startswith(tool) for offered in request.hosted_tools):
            offered = ", ".join(sorted(request.hosted_tools)) or "none"
            yield (
                f"items[{position}] is a {kind}, but the request doesn't offer {tool!r}; its hosted tools: "
                f"{offered}."
            )
    if request.tool_use.hosted and not any(_meets(item, request.tool_use.hosted) for item in items):
        wanted = " or ".join(sorted(request.tool_use.hosted))
        yield f"the request's tool_choice demands a call of {wanted}, but the reply has no item of it."


def _meets(item: Mapping[str, Any], demanded: frozenset[str]) -> bool:
    tool = _HOSTED.get(str(item["type"]))
    return tool is not None and any(kind.startswith(tool) for kind in demanded)


def _validate(given: Mapping[str, Any], create_id: Any) -> Any:
    kind = str(given["type"])
    item = {**_DEFAULTS.get(kind, {}), **given}
    if "id" not in item and kind in ID_PREFIXES:
        item["id"] = create_id(ID_PREFIXES[kind])
    if "call_id" not in item and kind in _CALLED:
        item["call_id"] = create_id("call_")
    if kind in _CONTAINED:
        name, prefix = _CONTAINED[kind]
        item.setdefault(name, create_id(prefix))
    if kind == "message":
        item["content"] = _complete_parts(item["content"])
    if kind == "reasoning" and isinstance(item["summary"], str):
        item["summary"] = [{"type": "summary_text", "text": item["summary"]}]
    return _OUTPUT_ITEM.validate_python(item)


def _complete_parts(content: Any) -> Any:
    """A message's parts; text alone stands for one."""
    if isinstance(content, str):
        content = [{"type": "output_text", "text": content}]
    if not isinstance(content, list):
        return content
    return [
        {**_PARTS.get(str(part.get("type")), {}), **part} if isinstance(part, Mapping) else part
        for part in content
    ]


def _word(error: ValidationError, place: str) -> Iterator[str]:
    for each in error.errors(include_url=False):
        keys = [part for part in each["loc"] if not str(part).startswith("<")]  # those name a union's member
        path = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys)
        yield f"{place}{path} isn't what the contract has there: {each['msg']}."
