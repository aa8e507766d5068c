"""Stored chat completions: kept, listed, changed and deleted as the contract says."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fake_llm_server._api.shared.paging import DEFAULT_LIMIT, ListPage, take_page
from fake_llm_server._contract import dump_json
from fake_llm_server._errors import NotFoundError, StoreError
from fake_llm_server._generated.chat.wire import (
    ChatCompletionDeleted,
    ChatCompletionList,
    ChatCompletionMessageList,
    ChatCompletionMessageListDataItem,
    CreateChatCompletionRequest,
    CreateChatCompletionResponse,
    GetChatCompletionMessagesQuery,
    ListChatCompletionsQuery,
)
from fake_llm_server._store.protocol import Store, StoredObject

KIND = "chat.completion"


class StoredCompletions:
    """The completions of one scope that were created with `store`.

    Each method raises `StoreError` if the store can't be used.
    """

    def __init__(self, store: Store, scope: str) -> None:
        self._store = store
        self._scope = scope

    async def put(self, body: CreateChatCompletionRequest, completion: CreateChatCompletionResponse) -> None:
        """Keep a completion and the request that it answers."""
        await self._store.put(
            self._scope,
            StoredObject(
                kind=KIND,
                object_id=completion.id,
                model=completion.model,
                metadata=completion.metadata or {},
                request=dump_json(body).decode(),
                reply=dump_json(completion).decode(),
            ),
        )

    async def get(self, completion_id: str) -> CreateChatCompletionResponse:
        """A stored completion.

        Raises:
            NotFoundError: there is none with this id.
        """
        return _read_completion(await self._find(completion_id))

    async def list(self, query: ListChatCompletionsQuery) -> ChatCompletionList:
        """A page of stored completions.

        Raises:
            NotFoundError: `after` names no stored completion.
        """
        if query.after is not None:
            await self._find(query.after)
        page = await self._store.list_page(
            self._scope,
            KIND,
            after=query.after,
            limit=query.limit or DEFAULT_LIMIT,
            is_descending=query.order == "desc",
            model=query.model,
            metadata=query.metadata,
        )
        listed = ListPage([_read_completion(stored) for stored in page.objects], has_more=page.has_more)
        return ChatCompletionList(
            object="list",
            data=listed.data,
            first_id=listed.first_id,
            last_id=listed.last_id,
            has_more=listed.has_more,
        )

    async def update(
        self, completion_id: str, metadata: Mapping[str, str] | None
    ) -> CreateChatCompletionResponse:
        """Replace a completion's metadata.

        Raises:
            NotFoundError: there is none with this id.
        """
        stored = await self._find(completion_id)
        completion = _read_completion(stored)
        completion.metadata = dict(metadata or {})
        reply = dump_json(completion).decode()
        await self._store.put(self._scope, replace(stored, metadata=completion.metadata, reply=reply))
        return completion

    async def delete(self, completion_id: str) -> ChatCompletionDeleted:
        """Delete a completion.

        Raises:
            NotFoundError: there is none with this id.
        """
        if not await self._store.delete(self._scope, KIND, completion_id):
            raise _not_found(completion_id)
        return ChatCompletionDeleted(object="chat.completion.deleted", id=completion_id, deleted=True)

    async def list_messages(
        self, completion_id: str, query: GetChatCompletionMessagesQuery
    ) -> ChatCompletionMessageList:
        """A page of the messages that a completion answers.

        Raises:
            NotFoundError: there is no such completion, or `after` names none of its messages.
        """
        messages = json.loads((await self._find(completion_id)).request)["messages"]
        items = [_write_message(completion_id, index, message) for index, message in enumerate(messages)]
        page = take_page(
            items, after=query.after, limit=query.limit, order=query.order or "asc", noun="Message"
        )
        return ChatCompletionMessageList(
            object="list",
            data=page.data,
            first_id=page.first_id,
            last_id=page.last_id,
            has_more=page.has_more,
        )

    async def _find(self, completion_id: str) -> StoredObject:
        stored = await self._store.get(self._scope, KIND, completion_id)
        if stored is None:
            raise _not_found(completion_id)
        return stored


def _read_completion(stored: StoredObject) -> CreateChatCompletionResponse:
    try:
        return CreateChatCompletionResponse.model_validate_json(stored.reply)
    except ValueError as error:
        raise StoreError(f"The stored completion '{stored.object_id}' is damaged.") from error


def _not_found(completion_id: str) -> NotFoundError:
    return NotFoundError(f"Chat completion with id '{completion_id}' not found.", code="not_found")


def _write_message(
    completion_id: str, index: int, message: Mapping[str, Any]
) -> ChatCompletionMessageListDataItem:
    """A message of the request as the list has it: its text apart from its parts."""
    content = message.get("content")
    parts = None if isinstance(content, str | None) else [part for part in content if part["type"] == "text"]
    fields = {
        name: message[name] for name in ("tool_calls", "function_call", "tool_call_id") if message.get(name)
    }
    return ChatCompletionMessageListDataItem.model_validate(
        {
            **fields,
            "id": f"{completion_id}-{index}",
            "role": message["role"],
            "content": content if isinstance(content, str) else None,
            "content_parts": parts,
            "name": message.get("name"),
            "refusal": message.get("refusal"),
        }
    )
