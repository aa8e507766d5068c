"""What every store promises, held for each of them."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from fake_llm_server._store.memory import MemoryStore
from fake_llm_server._store.protocol import Events, Lease, Page, Store, StoredObject
from fake_llm_server._store.sqlite import SqliteStore

T = TypeVar("T")
OpenStore = Callable[[Path], Store]
"""Opens a new store, in a folder that it may use."""


def open_memory(folder: Path) -> Store:
    """A store in memory."""
    del folder  # it leaves nothing behind
    return MemoryStore()


def open_sqlite(folder: Path) -> Store:
    """A store in a file."""
    return SqliteStore(folder / "store.sqlite")


each_store = pytest.mark.parametrize("open_store", [open_memory, open_sqlite])


def stored(number: int, *, kind: str = "k", model: str = "m", **metadata: str) -> StoredObject:
    """An object with a number for its id."""
    return StoredObject(
        kind, f"id-{number}", model, metadata, f'{{"request": {number}}}', f'{{"reply": {number}}}'
    )


def run(open_store: OpenStore, folder: Path, work: Callable[[Store], Coroutine[Any, Any, T]]) -> T:
    """Do work on a new store."""

    async def live() -> T:
        store = open_store(folder)
        try:
            return await work(store)
        finally:
            await store.aclose()

    return asyncio.run(live())


@each_store
def test_an_object_comes_back_whole(open_store: OpenStore, tmp_path: Path) -> None:
    """What was put is what is got: in its scope, of its kind."""
    given = StoredObject(
        "k", "id", "m", {"a": "b", "": "\0 ü"}, '"request"', '"reply"', ("i", "j"), Lease("me", 1.5)
    )

    async def work(store: Store) -> None:
        assert await store.put("scope", given)
        assert await store.get("scope", "k", "id") == given
        assert await store.get("scope", "other", "id") is None
        assert await store.get("", "k", "id") is None

    run(open_store, tmp_path, work)


@each_store
def test_an_id_is_claimed_once(open_store: OpenStore, tmp_path: Path) -> None:
    """Of many who claim at once each gets another id; one that was deleted isn't given out again."""

    async def work(store: Store) -> None:
        names = [f"id-{number}" for number in range(8)]
        claimed = await asyncio.gather(*(store.claim_id("", names) for _ in range(8)))
        assert sorted(filter(None, claimed)) == names
        assert await store.claim_id("", names) is None
        await store.put("", stored(8))
        await store.delete("", "k", "id-8")
        assert await store.claim_id("", ["id-8", "id-9"]) == "id-9"
        assert await store.claim_id("other", names) == "id-0"

    run(open_store, tmp_path, work)


@each_store
def test_a_lease_guards_its_object(open_store: OpenStore, tmp_path: Path) -> None:
    """Of two who change what they have read, one succeeds; nothing of the other's is kept."""
    old, new = Lease("a", 1.0), Lease("a", 2.0)
    leased = StoredObject("k", "id", "m", {}, "1", "1", lease=old)
    renewed = StoredObject("k", "id", "m", {}, "2", "2", lease=new)
    taken_over = StoredObject("k", "id", "m", {}, "3", "3")

    async def work(store: Store) -> None:
        assert not await store.put("", leased, expected_lease=old)
        assert await store.get("", "k", "id") is None
        await store.put("", leased, events=Events(0, ["0"]))
        assert await store.put("", renewed, events=Events(1, ["1", "2"]), expected_lease=old)
        assert not await store.put("", taken_over, events=Events(0, ["x"]), expected_lease=old)
        assert await store.get("", "k", "id") == renewed
        assert await store.get_events("", "id") == ["0", "1", "2"]
        assert await store.put("", taken_over, expected_lease=new)
        assert not await store.put("", renewed, expected_lease=new)
        assert await store.get("", "k", "id") == taken_over

    run(open_store, tmp_path, work)


@each_store
def test_events_are_appended_and_replaced(open_store: OpenStore, tmp_path: Path) -> None:
    """Events follow those before; from the first number given on they take the place of what was there."""

    async def work(store: Store) -> None:
        await store.put("", stored(1), stored(2), events=Events(0, ["a", "b"]))
        await store.put("", stored(1), events=Events(2, ["c"]))
        assert await store.get_events("", "id-1") == ["a", "b", "c"]
        assert await store.get_events("", "id-1", 2) == ["c"]
        await store.put("", stored(1), events=Events(1, ["d"]))
        assert await store.get_events("", "id-1") == ["a", "d"]
        assert await store.get_events("", "id-2") == []
        await store.delete("", "k", "id-1")
        assert await store.get_events("", "id-1") == []

    run(open_store, tmp_path, work)


@each_store
def test_a_cancelled_call_breaks_nothing(open_store: OpenStore, tmp_path: Path) -> None:
    """Calls whose callers were cancelled leave whole objects or none, and the store goes on."""

    async def work(store: Store) -> None:
        both = [asyncio.create_task(_put_two(store, 2 * number)) for number in range(50)]
        await asyncio.sleep(0)
        for task in both[::2]:
            task.cancel()
        await asyncio.gather(*both, return_exceptions=True)
        page = await store.list_page("", "k", limit=200)
        numbers = {int(found.object_id.removeprefix("id-")) for found in page.objects}
        assert {number ^ 1 for number in numbers} == numbers
        assert {number for number in range(100) if number % 4 > 1} <= numbers

    run(open_store, tmp_path, work)


async def _put_two(store: Store, number: int) -> None:
    await store.put("", stored(number), stored(number + 1))


@each_store
def test_a_scope_is_cleared(open_store: OpenStore, tmp_path: Path) -> None:
    """A scope that is cleared is as new; others keep what they have."""

    async def work(store: Store) -> None:
        for scope in ("a", "b"):
            await store.put(scope, stored(1, x="y"), events=Events(0, ["e"]))
        await store.clear("a")
        assert await store.get("a", "k", "id-1") is None
        assert not (await store.list_page("a", "k", limit=1, metadata={"x": "y"})).objects
        assert await store.claim_id("a", ["id-1"]) == "id-1"
        assert await store.get_events("b", "id-1") == ["e"]

    run(open_store, tmp_path, work)


SCOPES = st.sampled_from(["", "s"])
KINDS = st.sampled_from(["k", "l"])
IDS = st.sampled_from([f"id-{number}" for number in range(6)])
MODELS = st.sampled_from(["a", "b"])
METADATA = st.dictionaries(st.sampled_from(["x", "y"]), st.sampled_from(["1", "2"]))
ITEMS = st.lists(st.sampled_from(["i", "j"]), max_size=3)


class StoreMachine(RuleBasedStateMachine):
    """Does the same to a store and to a list, and compares them."""

    open_store: ClassVar[list[OpenStore]]

    @initialize()
    def begin(self) -> None:
        """Open an empty store."""
        self._folder = tempfile.TemporaryDirectory()
        self._runner = asyncio.Runner()
        self._store = self.open_store[0](Path(self._folder.name))
        self._objects: dict[tuple[str, str], StoredObject] = {}
        self._taken: set[tuple[str, str]] = set()

    def teardown(self) -> None:
        """Close the store."""
        if hasattr(self, "_store"):
            self._run(self._store.aclose())
            self._runner.close()
            self._folder.cleanup()

    def _run(self, work: Awaitable[T]) -> T:
        async def wait() -> T:
            return await work

        return self._runner.run(wait())

    @rule(
        scope=SCOPES, kind=KINDS, object_id=IDS, model=MODELS, metadata=METADATA, items=ITEMS, text=st.text()
    )
    def put(
        self,
        *,
        scope: str,
        kind: str,
        object_id: str,
        model: str,
        metadata: dict[str, str],
        items: list[str],
        text: str,
    ) -> None:
        """Store an object, or replace it where it stands."""
        given = StoredObject(kind, object_id, model, metadata, text, text, tuple(items))
        assert self._run(self._store.put(scope, given))
        self._objects[scope, object_id] = given
        self._taken.add((scope, object_id))

    @rule(scope=SCOPES, candidates=st.lists(IDS, max_size=3))
    def claim(self, scope: str, candidates: list[str]) -> None:
        """Claim an id."""
        free = [object_id for object_id in candidates if (scope, object_id) not in self._taken]
        assert self._run(self._store.claim_id(scope, candidates)) == (free[0] if free else None)
        self._taken.update((scope, object_id) for object_id in free[:1])

    @rule(scope=SCOPES, kind=KINDS, object_id=IDS)
    def delete(self, scope: str, kind: str, object_id: str) -> None:
        """Delete an object."""
        found = self._objects.get((scope, object_id))
        is_there = found is not None and found.kind == kind
        assert self._run(self._store.delete(scope, kind, object_id)) == is_there
        if is_there:
            del self._objects[scope, object_id]

    @rule(
        scope=SCOPES,
        kind=KINDS,
        after=st.none() | IDS,
        limit=st.integers(1, 3),
        is_descending=st.booleans(),
        model=st.none() | MODELS,
        metadata=METADATA,
    )
    def list_page(
        self,
        *,
        scope: str,
        kind: str,
        after: str | None,
        limit: int,
        is_descending: bool,
        model: str | None,
        metadata: dict[str, str],
    ) -> None:
        """List a page."""
        ordered = [(key[1], found) for key, found in self._objects.items() if key[0] == scope]
        ordered = ordered[::-1] if is_descending else ordered
        ids = [object_id for object_id, _ in ordered]
        start = 0 if after is None else ids.index(after) + 1 if after in ids else len(ids)
        matching = [
            found
            for _, found in ordered[start:]
            if found.kind == kind
            and model in (None, found.model)
            and metadata.items() <= found.metadata.items()
        ]
        page = self._run(
            self._store.list_page(
                scope,
                kind,
                after=after,
                limit=limit,
                is_descending=is_descending,
                model=model,
                metadata=metadata,
            )
        )
        assert page == Page(matching[:limit], has_more=len(matching) > limit)

    @rule(scope=SCOPES, kind=KINDS, item_id=st.sampled_from(["i", "j", "k"]))
    def find_item(self, scope: str, kind: str, item_id: str) -> None:
        """Find the newest object with an item."""
        found = [
            each
            for (where, _), each in self._objects.items()
            if where == scope and each.kind == kind and item_id in each.item_ids
        ]
        assert self._run(self._store.find_item(scope, kind, item_id)) == (found[-1] if found else None)

    @invariant()
    def objects_are_there(self) -> None:
        """Every object is as it was put last."""
        for (scope, object_id), expected in getattr(self, "_objects", {}).items():
            assert self._run(self._store.get(scope, expected.kind, object_id)) == expected


@each_store
def test_a_store_is_as_a_list(open_store: OpenStore) -> None:
    """Whatever is done to a store, it answers as a plain list would."""

    class Machine(StoreMachine):
        pass

    Machine.open_store = [open_store]
    run_state_machine_as_test(Machine, settings=settings(max_examples=30, stateful_step_count=30))
