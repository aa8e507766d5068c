"""Occurrences are numbered exactly for the last keys, and uniquely for all."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_llm_server._api.shared.object_ids import ObjectIds
from fake_llm_server._seam import OccurrenceCounts, Scope
from fake_llm_server._store.memory import MemoryStore

KEYS = st.lists(st.binary(max_size=1), max_size=60)


@given(keys=KEYS, max_keys=st.integers(1, 5))
def test_no_number_comes_twice(keys: list[bytes], max_keys: int) -> None:
    """However few counts are kept, no key gets a number again."""
    counts = OccurrenceCounts(max_keys)
    numbered = [(key, counts.take(key)) for key in keys]
    assert len(set(numbered)) == len(numbered)


@given(keys=KEYS, data=st.data())
def test_the_order_of_others_changes_nothing(keys: list[bytes], data: st.DataObject) -> None:
    """Within the bound a key's numbers are 0, 1, 2 and so on, whatever comes between."""
    counts = OccurrenceCounts(256)
    numbered = [(key, counts.take(key)) for key in data.draw(st.permutations(keys))]
    assert sorted(numbered) == sorted((key, n) for key in set(keys) for n in range(keys.count(key)))


def test_what_is_kept_is_bounded() -> None:
    """Many different keys leave no more than the bound, and new ones go on from the highest dropped count."""
    counts = OccurrenceCounts(10)
    for number in range(1000):
        counts.take(str(number).encode())
    assert len(counts._next) == 10
    floor = counts._floor
    assert counts.take(b"new") == floor > 0


@pytest.mark.parametrize("num_taken", [0, 1, 2, 3, 7, 600])
def test_ids_that_a_store_has_are_passed_over(num_taken: int) -> None:
    """A server that comes to a store with earlier ids goes on after them, without a gap."""

    async def work() -> None:
        store, request = MemoryStore(), b"{}"
        earlier, later = Scope(), Scope()
        ids = ObjectIds(store)
        taken = [await ids.create(earlier, "x-", request, is_stored=True) for _ in range(num_taken)]
        following = [await ids.create(later, "x-", request, is_stored=True) for _ in range(2)]
        plain = [await ids.create(Scope("other"), "x-", request) for _ in range(1)]
        expected = Scope()
        whole = [await ids.create(expected, "x-", request) for _ in range(num_taken + 2)]
        assert [*taken, *following] == whole
        assert plain == whole[:1]

    asyncio.run(work())
