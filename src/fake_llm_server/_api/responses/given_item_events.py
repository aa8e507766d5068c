"""How a stream brings an item that a reply gives: as OpenAI's does, from its beginning to its end.

Between `response.output_item.added` and `response.output_item.done` come

| item | events |
| --- | --- |
| web_search_call, file_search_call | in_progress, searching, completed |
| code_interpreter_call | in_progress, code.delta…, code.done, interpreting, completed |
| image_generation_call | in_progress, generating, completed |
| mcp_call | in_progress, arguments.delta, arguments.done, completed or failed |
| mcp_list_tools | in_progress, completed or failed |
| message | for each part content_part.added, its deltas, annotation.added…, its done, content_part.done |
| reasoning | for each part of the summary and of the content the same |
| function_call, custom_tool_call | delta…, done |

and nothing for the others. Source: the contract, and the streams that OpenAI's guides show.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from typing import Any, get_args

from fake_llm_server._api.responses.output_items import Event, ItemPlace
from fake_llm_server._controls.words import split_words
from fake_llm_server._generated.responses.wire import ResponseStreamEvent

_OPENED: Mapping[str, Mapping[str, Any]] = {
    "message": {"content": []},
    "reasoning": {"summary": [], "content": []},
    "function_call": {"arguments": ""},
    "custom_tool_call": {"input": ""},
    "mcp_call": {"arguments": "", "output": None, "error": None},
    "mcp_list_tools": {"tools": [], "error": None},
    "code_interpreter_call": {"code": "", "outputs": None},
    "image_generation_call": {"result": None},
    "file_search_call": {"results": None},
}
"""What an item has as long as nothing of it has come."""

Create = Callable[..., Event]
"""Makes an event of the item: its type, and its own fields."""


def write_given(item: Any, place: ItemPlace) -> Iterator[Event]:
    """All events of an item.

    Args:
        item: the contract's, whole.
        place: where it stands.
    """
    yield place.added(_open(item))
    yield from _WRITERS.get(item.type, _write_nothing)(item, partial(_create_event, item, place))
    yield place.done(item)


def _open(item: Any) -> Any:
    """The item as its first event has it."""
    changes = {"status": "in_progress", **_OPENED.get(item.type, {})}
    has = item.model_fields_set
    return item.model_copy(update={name: value for name, value in changes.items() if name in has})


def _create_event(item: Any, place: ItemPlace, kind: str, **fields: Any) -> Event:
    return _events()[kind](type=kind, item_id=item.id, **place.number(), **fields)


@cache
def _events() -> Mapping[str, type[Any]]:
    """The contract's events by their types."""
    [members, *_] = get_args(ResponseStreamEvent.__value__)
    return {get_args(event.model_fields["type"].annotation)[0]: event for event in get_args(members)}


def _write_nothing(_item: Any, _create: Create) -> Iterator[Event]:
    yield from ()


def _write_stages(item: Any, create: Create, *stages: str) -> Iterator[Event]:
    for stage in stages:
        yield create(f"response.{item.type}.{stage}")


def _end(item: Any, create: Create) -> Iterator[Event]:
    """The stage that an item ends in; where it failed, only MCP has one."""
    has_failed = getattr(item, "status", None) in ("failed", "incomplete") or getattr(item, "error", None)
    stage = "failed" if has_failed else "completed"
    if f"response.{item.type}.{stage}" in _events():
        yield create(f"response.{item.type}.{stage}")


def _write_search(item: Any, create: Create) -> Iterator[Event]:
    yield from _write_stages(item, create, "in_progress", "searching")
    yield from _end(item, create)


def _write_image(item: Any, create: Create) -> Iterator[Event]:
    yield from _write_stages(item, create, "in_progress", "generating")
    yield from _end(item, create)


def _write_code(item: Any, create: Create) -> Iterator[Event]:
    yield from _write_stages(item, create, "in_progress")
    kind = "response.code_interpreter_call_code"
    for piece in split_words(item.code or ""):
        yield create(f"{kind}.delta", delta=piece)
    yield create(f"{kind}.done", code=item.code or "")
    yield from _write_stages(item, create, "interpreting")
    yield from _end(item, create)


def _write_mcp_call(item: Any, create: Create) -> Iterator[Event]:
    yield from _write_stages(item, create, "in_progress")
    yield create("response.mcp_call_arguments.delta", delta=item.arguments)
    yield create("response.mcp_call_arguments.done", arguments=item.arguments)
    yield from _end(item, create)


def _write_mcp_list(item: Any, create: Create) -> Iterator[Event]:
    yield from _write_stages(item, create, "in_progress")
    yield from _end(item, create)


def _write_function(item: Any, create: Create) -> Iterator[Event]:
    kind = "response.function_call_arguments"
    for piece in split_words(item.arguments):
        yield create(f"{kind}.delta", delta=piece)
    yield create(f"{kind}.done", name=item.name, arguments=item.arguments)


def _write_custom(item: Any, create: Create) -> Iterator[Event]:
    kind = "response.custom_tool_call_input"
    for piece in split_words(item.input):
        yield create(f"{kind}.delta", delta=piece)
    yield create(f"{kind}.done", input=item.input)


def _write_message(item: Any, create: Create) -> Iterator[Event]:
    for index, part in enumerate(item.content):
        at = partial(create, content_index=index)
        is_text = part.type == "output_text"
        opened = {"text": "", "annotations": [], "logprobs": []} if is_text else {"refusal": ""}
        yield at("response.content_part.added", part=part.model_copy(update=opened))
        if is_text:
            yield from _write_text(part, at)
        else:
            for piece in split_words(part.refusal):
                yield at("response.refusal.delta", delta=piece)
            yield at("response.refusal.done", refusal=part.refusal)
        yield at("response.content_part.done", part=part)


def _write_text(part: Any, create: Create) -> Iterator[Event]:
    for piece in split_words(part.text):
        yield create("response.output_text.delta", delta=piece, logprobs=[])
    for number, annotation in enumerate(part.annotations):
        yield create("response.output_text.annotation.added", annotation_index=number, annotation=annotation)
    yield create("response.output_text.done", text=part.text, logprobs=[])


def _write_reasoning(item: Any, create: Create) -> Iterator[Event]:
    for index, part in enumerate(item.summary):
        at = partial(create, summary_index=index)
        kind = "response.reasoning_summary"
        yield at(f"{kind}_part.added", part=_summary_part(f"{kind}_part.added", ""))
        for piece in split_words(part.text):
            yield at(f"{kind}_text.delta", delta=piece)
        yield at(f"{kind}_text.done", text=part.text)
        yield at(f"{kind}_part.done", part=_summary_part(f"{kind}_part.done", part.text))
    for index, part in enumerate(item.content or ()):
        at = partial(create, content_index=index)
        yield at("response.content_part.added", part=part.model_copy(update={"text": ""}))
        for piece in split_words(part.text):
            yield at("response.reasoning_text.delta", delta=piece)
        yield at("response.reasoning_text.done", text=part.text)
        yield at("response.content_part.done", part=part)


def _summary_part(kind: str, text: str) -> Any:
    """The part as its event has it, which the contract gives a type of its own."""
    return _events()[kind].model_fields["part"].annotation(type="summary_text", text=text)


_WRITERS: Mapping[str, Callable[[Any, Create], Iterator[Event]]] = {
    "web_search_call": _write_search,
    "file_search_call": _write_search,
    "code_interpreter_call": _write_code,
    "image_generation_call": _write_image,
    "mcp_call": _write_mcp_call,
    "mcp_list_tools": _write_mcp_list,
    "message": _write_message,
    "reasoning": _write_reasoning,
    "function_call": _write_function,
    "custom_tool_call": _write_custom,
}
