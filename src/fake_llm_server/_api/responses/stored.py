"""Stored responses: kept with the conversation they ended and the events of their stream."""

import json
from collections.abc import Sequence

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
from fake_llm_server._api.shared.paging import take_page
from fake_llm_server._contract import dump_json
from fake_llm_server._errors import NotFoundError
from fake_llm_server._generated.responses.wire import (
    ListInputItemsQuery,
    Response,
    ResponseItemList,
    ResponseStreamEvent,
)
from fake_llm_server._store.sqlite import ObjectStore, StoredObject

KIND = "response"
EVENTS_KIND = "response.events"
_ALL = 1_000_000_000

_DEFERRED = ConfigDict(defer_build=True)
"""Validators are built when they are first used: importing this package must be quick."""

_EVENTS: TypeAdapter[list[ResponseStreamEvent]] = TypeAdapter(list[ResponseStreamEvent], config=_DEFERRED)


class StoredResponses:
    """The responses of one server that are kept."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def put(self, items: Sequence[Item], response: Response, events: Sequence[Event]) -> None:
        """Keep a response, in the place of what it was before.

        Args:
            items: the conversation up to its input.
            response: as far as it has come.
            events: of its stream, from the first on.
        """
        kept = [dump_item(item) for item in items if item_type(item) != "compaction_trigger"]
        self._store.put(
            StoredObject(
                kind=KIND,
                object_id=response.id,
                model=response.model,
                metadata=response.metadata or {},
                request=json.dumps(kept, ensure_ascii=False),
                reply=dump_json(response).decode(),
            )
        )
        self._store.put(
            StoredObject(
                kind=EVENTS_KIND,
                object_id=_events_id(response.id),
                model=response.model,
                metadata={},
                request="null",
                reply=f"[{b','.join(dump_json(event) for event in events).decode()}]",
            )
        )

    def get(self, response_id: str) -> Response:
        """A stored response.

        Raises:
            NotFoundError: there is none with this id.
        """
        return Response.model_validate_json(self._find(response_id).reply)

    def get_events(self, response_id: str) -> list[Event]:
        """The events of a stored response's stream.

        Raises:
            NotFoundError: there is none with this id.
        """
        stored = self._store.get(EVENTS_KIND, _events_id(response_id))
        if stored is None:
            raise not_found(response_id)
        return list(_EVENTS.validate_json(stored.reply))

    def delete(self, response_id: str) -> None:
        """Delete a response.

        Raises:
            NotFoundError: there is none with this id.
        """
        if not self._store.delete(KIND, response_id):
            raise not_found(response_id)
        self._store.delete(EVENTS_KIND, _events_id(response_id))

    def list_input_items(self, response_id: str, query: ListInputItemsQuery) -> ResponseItemList:
        """A page of the items that a response answered, those of earlier responses among them.

        Raises:
            NotFoundError: there is no such response, or `after` names none of its items.
        """
        items = list_resources(parse_items(json.loads(self._find(response_id).request)))
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

    def find_conversation(self, response_id: str) -> Sequence[Item] | None:
        """What was said up to the end of a response; see `History`."""
        stored = self._store.get(KIND, response_id)
        return None if stored is None else _read_conversation(stored)

    def find_item(self, item_id: str) -> Item | None:
        """An item of any stored conversation; see `History`. It looks through all of them: tests keep few."""
        for stored in self._store.list_page(KIND, limit=_ALL, is_descending=True).objects:
            for item in _read_conversation(stored):
                if item.id == item_id:
                    return item
        return None

    def _find(self, response_id: str) -> StoredObject:
        stored = self._store.get(KIND, response_id)
        if stored is None:
            raise not_found(response_id)
        return stored


def not_found(response_id: str) -> NotFoundError:
    """OpenAI's error for an id that names no response."""
    return NotFoundError(f"Response with id '{response_id}' not found.")


def _events_id(response_id: str) -> str:
    """Ids are unique in a store, whatever their kind."""
    return f"{response_id}/events"


def _read_conversation(stored: StoredObject) -> list[Item]:
    response = Response.model_validate_json(stored.reply)
    return [*parse_items(json.loads(stored.request)), *output_as_input(response.output)]
