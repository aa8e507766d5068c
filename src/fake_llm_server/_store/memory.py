"""A store in memory: it lives as long as its server, and never waits."""

import bisect
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from fake_llm_server._store.protocol import Events, Lease, Page, StoredObject

_Key = tuple[str, ...]
"""What an index finds objects by, such as `("model", kind, name)`."""


class MemoryStore:
    """Keeps objects in memory; see `Store`. It belongs to one event loop, or to one thread."""

    def __init__(self) -> None:
        self._scopes: defaultdict[str, _Scope] = defaultdict(_Scope)

    async def claim_id(self, scope: str, candidates: Sequence[str]) -> str | None:
        """See `Store`."""
        taken = self._scopes[scope].taken_ids
        for candidate in candidates:
            if candidate not in taken:
                taken.add(candidate)
                return candidate
        return None

    async def put(
        self,
        scope: str,
        *objects: StoredObject,
        events: Events | None = None,
        expected_lease: Lease | None = None,
    ) -> bool:
        """See `Store`."""
        kept = self._scopes[scope]
        if expected_lease is not None:
            current = kept.find(objects[0].object_id)
            if current is None or current.lease != expected_lease:
                return False
        for stored in objects:
            kept.put(stored)
        if events is not None:
            kept.events[objects[0].object_id][events.first_number :] = events.texts
        return True

    async def get(self, scope: str, kind: str, object_id: str) -> StoredObject | None:
        """See `Store`."""
        stored = self._scopes[scope].find(object_id)
        return stored if stored is not None and stored.kind == kind else None

    async def get_events(self, scope: str, object_id: str, first_number: int = 0) -> Sequence[str]:
        """See `Store`."""
        return self._scopes[scope].events.get(object_id, [])[first_number:]

    async def delete(self, scope: str, kind: str, object_id: str) -> bool:
        """See `Store`."""
        if await self.get(scope, kind, object_id) is None:
            return False
        self._scopes[scope].delete(object_id)
        return True

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
        """See `Store`."""
        keys: list[_Key] = [("metadata", kind, name, value) for name, value in (metadata or {}).items()]
        keys.append(("kind", kind) if model is None else ("model", kind, model))
        found: list[StoredObject] = []
        for stored in self._scopes[scope].walk(keys, after, is_descending=is_descending):
            if len(found) == limit:
                return Page(found, has_more=True)
            found.append(stored)
        return Page(found, has_more=False)

    async def find_item(self, scope: str, kind: str, item_id: str) -> StoredObject | None:
        """See `Store`."""
        return next(self._scopes[scope].walk([("item", kind, item_id)], None, is_descending=True), None)

    async def clear(self, scope: str) -> None:
        """See `Store`."""
        self._scopes.pop(scope, None)

    async def aclose(self) -> None:
        """See `Store`."""
        self._scopes.clear()


@dataclass
class _Scope:
    """What one scope has.

    Attributes:
        numbers: of the objects with these ids: they count what was ever stored.
        indexes: ascending numbers of the objects with each key.
    """

    objects: dict[int, StoredObject] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    events: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    taken_ids: set[str] = field(default_factory=set)
    indexes: dict[_Key, list[int]] = field(default_factory=dict)
    num_ever: int = 0

    def find(self, object_id: str) -> StoredObject | None:
        number = self.numbers.get(object_id)
        return None if number is None else self.objects[number]

    def put(self, stored: StoredObject) -> None:
        number, old_keys = self.numbers.get(stored.object_id), set[_Key]()
        if number is None:
            number = self.num_ever
            self.num_ever += 1
            self.numbers[stored.object_id] = number
            self.taken_ids.add(stored.object_id)
        else:
            old_keys = _keys_of(self.objects[number])
        self.objects[number] = stored
        new_keys = _keys_of(stored)
        self._drop_from_indexes(number, old_keys - new_keys)
        for key in new_keys - old_keys:
            bisect.insort(self.indexes.setdefault(key, []), number)

    def delete(self, object_id: str) -> None:
        number = self.numbers.pop(object_id)
        self._drop_from_indexes(number, _keys_of(self.objects.pop(number)))
        self.events.pop(object_id, None)

    def walk(self, keys: Sequence[_Key], after: str | None, *, is_descending: bool) -> Iterator[StoredObject]:
        """The objects with all of these keys that follow one."""
        listed = sorted((self.indexes.get(key, []) for key in keys), key=len)
        shortest, wanted = listed[0], set(keys)
        first, end = 0, len(shortest)
        if after is not None:
            number = self.numbers.get(after)
            if number is None:
                return
            if is_descending:
                end = bisect.bisect_left(shortest, number)
            else:
                first = bisect.bisect_right(shortest, number)
        positions = range(end - 1, -1, -1) if is_descending else range(first, end)
        for position in positions:
            stored = self.objects[shortest[position]]
            if len(keys) == 1 or wanted <= _keys_of(stored):
                yield stored

    def _drop_from_indexes(self, number: int, keys: set[_Key]) -> None:
        for key in keys:
            numbers = self.indexes[key]
            del numbers[bisect.bisect_left(numbers, number)]
            if not numbers:
                del self.indexes[key]


def _keys_of(stored: StoredObject) -> set[_Key]:
    kind = stored.kind
    keys: set[_Key] = {("kind", kind), ("model", kind, stored.model)}
    keys.update(("metadata", kind, name, value) for name, value in stored.metadata.items())
    keys.update(("item", kind, item_id) for item_id in stored.item_ids)
    return keys
