"""Answers `compact`: the conversation's messages of users and developers, and a summary of all of it."""

from collections.abc import Sequence
from typing import Any

from fake_llm_server._api.responses.compaction import compact
from fake_llm_server._api.responses.input_items import Item, item_type, list_resources
from fake_llm_server._api.responses.preparation import PreparedResponse
from fake_llm_server._api.responses.response_object import write_usage
from fake_llm_server._api.shared.object_ids import derive_id
from fake_llm_server._generated.responses.wire import CompactionBody, CompactResource, Message


async def compact_conversation(prepared: PreparedResponse, *, created_at: int) -> CompactResource:
    """Condense a conversation into a window that later requests take as their input.

    Args:
        prepared: a request with the conversation; what else it asks for doesn't matter.
        created_at: Unix time, seconds.

    Raises:
        InvalidRequestError: the conversation can't be served.
        OverloadedError: the backend takes no more work.
        GenerationError: the summary can't be finished.
    """
    made = await compact(prepared.backend, prepared.call, replaces_history=False)
    response_id = prepared.head.id
    item = CompactionBody(
        type="compaction",
        id=derive_id("cmp_", response_id),
        encrypted_content=made.sealed_content,
    )
    return CompactResource(
        id=response_id,
        object="response.compaction",
        output=[*_write_messages(prepared.items), item],
        created_at=created_at,
        usage=write_usage(made.usage),
    )


def _write_messages(items: Sequence[Item]) -> list[Any]:
    kept = [item for item in items if item_type(item) == "message" and item.role != "assistant"]
    return [
        Message(
            type="message",
            id=item.id,
            status="completed",
            role=item.role,
            content=item.content,
        )
        for item in list_resources(kept)
    ]
