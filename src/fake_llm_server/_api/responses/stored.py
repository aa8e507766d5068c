"""Stored responses: kept with the conversation they ended and the events of their stream."""

import json
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from pydantic import ConfigDict, TypeAdapter

from fake_llm_server._api.responses.input_items import (
    Item,
    dump_item,
    item_type,
    list_resources,
    output_as_input,
    parse_items,
)
from fake_llm_server._api.responses.output_items import Event
from fake_llm_server._api.responses.unfinished import UNFINISHED, end_stored
from fake_llm_server._api.shared.paging import take_page
from fake_llm_server._contract import dump_json, run_aside_if_large
from fake_llm_server._errors import NotFoundError, StoreError
from fake_llm_server._generated.responses.wire import (
    ListInputItemsQuery,
    Response,
    ResponseItemList,
    ResponseStreamEvent,
)
from fake_llm_server._store.protocol import Events, Lease, Store, StoredObject

KIND = "response"

_DEFERRED = ConfigDict(defer_build=True)
"""Validators are built when they are first used: importing this package must be quick."""

_EVENT: TypeAdapter[ResponseStreamEvent] = TypeAdapter(ResponseStreamEvent, config=_DEFERRED)


_BYTES_OF_ITEM = 256
"""What an item is taken for where its size isn't known."""


@dataclass(frozen=True, slots=True)
class WrittenConversation:
    """A conversation as it is stored: JSON of its items, and their ids."""

    text: str
    item_ids: Sequence[str]


async def write_conversation(items: Sequence[Item]) -> WrittenConversation:
    """Write the conversation up to a response's input; for a response that is kept again and again, once."""

    def write() -> WrittenConversation:
        kept = [dump_item(item) for item in items if item_type(item) != "compaction_trigger"]
        text = json.dumps(kept, ensure_ascii=False)
        return WrittenConversation(text, [item["id"] for item in kept if item.get("id")])

    return await run_aside_if_large(len(items) * _BYTES_OF_ITEM, write)


class StoredResponses:
    """The responses of one scope that are kept.

    Each method raises `StoreError` if the store can't be used.

    Args:
        store: of the server.
        scope: the scope's name.
        now: Unix time, seconds.
    """

    def __init__(self, store: Store, scope: str, *, now: Callable[[], float] = time.time) -> None:
        self.scope = scope
        self._store = store
        self._now = now

    async def put(
        self,
        conversation: WrittenConversation,
        response: Response,
        events: Sequence[Event],
        *,
        first_number: int = 0,
        lease: Lease | None = None,
        expected_lease: Lease | None = None,
    ) -> bool:
        """Keep a response with its events, in the place of what it was before.

        Args:
            conversation: up to the response's input.
            response: as far as it has come.
            events: of its stream, from the first number on.
            first_number: of the events.
            lease: who is at work on it.
            expected_lease: who must have been at work on it, for it to be kept.

        Returns:
            Whether it was kept: False if another server ended or deleted it.
        """
        output_ids = [item.id for item in response.output if item.id]
        stored = StoredObject(
            kind=KIND,
            object_id=response.id,
            model=response.model,
            metadata=response.metadata or {},
            request=conversation.text,
            reply=dump_json(response).decode(),
            item_ids=[*conversation.item_ids, *output_ids],
            lease=lease,
        )
        written = Events(first_number, [dump_json(event).decode() for event in events])
        return await self._store.put(self.scope, stored, events=written, expected_lease=expected_lease)

    async def get(self, response_id: str) -> Response:
        """A stored response. If its server died before it was finished, it has failed.

        Raises:
            NotFoundError: there is none with this id.
        """
        _, response = await self._settle(response_id)
        return response

    async def cancel(self, response_id: str) -> Response:
        """End a background response that another server may be at work on; that server will notice.

        Raises:
            NotFoundError: there is none with this id.
        """
        while True:
            stored, response = await self._settle(response_id)
            if response.status not in UNFINISHED:
                return response
            if ended := await end_stored(self._store, self.scope, stored, response, "cancelled"):
                return ended

    async def get_events(self, response_id: str, first_number: int) -> list[Event]:
        """The events of a response's stream, from a number on; none if it isn't stored."""
        texts = await self._store.get_events(self.scope, response_id, first_number)
        try:
            return [_EVENT.validate_json(text) for text in texts]
        except ValueError as error:
            raise _damaged(response_id) from error

    async def delete(self, response_id: str) -> None:
        """Delete a response.

        Raises:
            NotFoundError: there is none with this id.
        """
        if not await self._store.delete(self.scope, KIND, response_id):
            raise not_found(response_id)

    async def list_input_items(self, response_id: str, query: ListInputItemsQuery) -> ResponseItemList:
        """A page of the items that a response answered, those of earlier responses among them.

        Raises:
            NotFoundError: there is no such response, or `after` names none of its items.
        """
        stored = await self._find(response_id)
        items = await run_aside_if_large(len(stored.request), lambda: list_resources(_read_request(stored)))
        page = take_page(
            items, after=query.after, limit=query.limit, order=query.order or "desc", noun="Item"
        )
        return ResponseItemList(
            object="list",
            data=page.data,
            first_id=page.first_id,
            last_id=page.last_id,
            has_more=page.has_more,
        )

    async def find_conversation(self, response_id: str) -> Sequence[Item] | None:
        """What was said up to the end of a response; see `History`."""
        stored = await self._store.get(self.scope, KIND, response_id)
        return None if stored is None else await _read_conversation(stored)

    async def find_items(self, item_ids: Collection[str]) -> Mapping[str, Item]:
        """Items of stored conversations; see `History`."""
        found: dict[str, Item] = {}
        for item_id in item_ids:
            if item_id in found:
                continue
            stored = await self._store.find_item(self.scope, KIND, item_id)
            for item in () if stored is None else await _read_conversation(stored):
                if item.id in item_ids:
                    found.setdefault(item.id, item)
        return found

    async def _settle(self, response_id: str) -> tuple[StoredObject, Response]:
        """What is stored of a response, and the response, which is failed if its lease has expired."""
        while True:
            stored = await self._find(response_id)
            response = _read_response(stored)
            is_held = stored.lease is not None and stored.lease.expires_at > self._now()
            if response.status not in UNFINISHED or is_held:
                return stored, response
            if ended := await end_stored(self._store, self.scope, stored, response, "failed"):
                return stored, ended

    async def _find(self, response_id: str) -> StoredObject:
        stored = await self._store.get(self.scope, KIND, response_id)
        if stored is None:
            raise not_found(response_id)
        return stored


def not_found(response_id: str) -> NotFoundError:
    """OpenAI's error for an id that names no response."""
    return NotFoundError(f"Response with id '{response_id}' not found.")


def _read_response(stored: StoredObject) -> Response:
    try:
        return Response.model_validate_json(stored.reply)
    except ValueError as error:
        raise _damaged(stored.object_id) from error


def _read_request(stored: StoredObject) -> list[Item]:
    try:
        return parse_items(json.loads(stored.request))
    except ValueError as error:
        raise _damaged(stored.object_id) from error


async def _read_conversation(stored: StoredObject) -> list[Item]:
    def read() -> list[Item]:
        return [*_read_request(stored), *output_as_input(_read_response(stored).output)]

    return await run_aside_if_large(len(stored.request) + len(stored.reply), read)


def _damaged(response_id: str) -> StoreError:
    return StoreError(f"The stored response '{response_id}' is damaged.")
