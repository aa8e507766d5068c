"""What a store promises: the objects of each scope, whole or not at all, found by index.

Objects are JSON texts here; what they mean is their handlers' business. A scope is named by a string: a
test's or a tenant's name, or empty for the default scope. Scopes share nothing, ids included.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Lease:
    """Says that a server is still at work on an object.

    Attributes:
        owner: names the work, uniquely among all servers on the store.
        expires_at: Unix time, seconds; an owner that lives renews its lease before.
    """

    owner: str
    expires_at: float


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object and what brought it about.

    Attributes:
        kind: such as `chat.completion`.
        object_id: unique in its scope, whatever the kind.
        model: the name that the client asked for.
        metadata: the client's.
        request: JSON of the request.
        reply: JSON of the object as it is given out.
        item_ids: ids of the items in it, by which it is found.
        lease: who is at work on it; None if nobody is.
    """

    kind: str
    object_id: str
    model: str
    metadata: Mapping[str, str]
    request: str
    reply: str
    item_ids: Sequence[str] = ()
    lease: Lease | None = None


@dataclass(frozen=True, slots=True)
class Events:
    """A part of the stream of an object.

    Attributes:
        first_number: of the first of them; events with this number or a greater one are replaced.
        texts: JSON of each.
    """

    first_number: int
    texts: Sequence[str]


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list."""

    objects: Sequence[StoredObject]
    has_more: bool


class Store(Protocol):
    """Keeps objects. Servers may share one, where its medium allows that.

    Each call is one transaction: it happens whole or not at all, also if its caller is cancelled. Any of them
    raises `StoreBusyError` if the store can't be had now, and `StoreError` if it can't be used at all.
    """

    async def claim_id(self, scope: str, candidates: Sequence[str]) -> str | None:
        """Take the first of these ids that nobody has; None if all are taken.

        An id is taken once it is claimed or put, and stays so when its object is deleted.
        """

    async def put(
        self,
        scope: str,
        *objects: StoredObject,
        events: Events | None = None,
        expected_lease: Lease | None = None,
    ) -> bool:
        """Store objects, each in the place of the one with its id if there is one.

        Args:
            scope: whose.
            *objects: what to store.
            events: of the first object.
            expected_lease: store only if the first object is there with exactly this lease.

        Returns:
            Whether they were stored: False only if the lease wasn't as expected.
        """

    async def get(self, scope: str, kind: str, object_id: str) -> StoredObject | None:
        """The object with this id, or None."""

    async def get_events(self, scope: str, object_id: str, first_number: int = 0) -> Sequence[str]:
        """JSON of an object's events, from a number on; none if it has none, or isn't there."""

    async def delete(self, scope: str, kind: str, object_id: str) -> bool:
        """Delete an object with its events; says whether there was one."""

    async def list_page(
        self,
        scope: str,
        kind: str,
        *,
        after: str | None = None,
        limit: int,
        is_descending: bool = False,
        model: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> Page:
        """List objects in the order in which they were first stored.

        Args:
            scope: whose.
            kind: of which kind.
            after: id of the object that the page follows; an unknown one begins no page.
            limit: most objects of the page.
            is_descending: newest first.
            model: only objects of this model.
            metadata: only objects with all of these pairs.
        """

    async def find_item(self, scope: str, kind: str, item_id: str) -> StoredObject | None:
        """The newest object of a kind that has an item with this id, or None."""

    async def clear(self, scope: str) -> None:
        """Delete all that a scope has, its claims included."""

    async def aclose(self) -> None:
        """End what is under way, and let go of the store's medium."""
