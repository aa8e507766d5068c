"""The store keeps whole objects, in order, for every thread, and survives a killed process."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_llm_server import ConfigurationError
from fake_llm_server._store.sqlite import ObjectStore, StoredObject


def stored(number: int, *, kind: str = "k", model: str = "m", **metadata: str) -> StoredObject:
    """An object with a number for its id."""
    return StoredObject(
        kind, f"id-{number}", model, metadata, f'{{"request": {number}}}', f'{{"reply": {number}}}'
    )


def test_object_comes_back_whole() -> None:
    """What was put is what is got; of its kind only."""
    store = ObjectStore()
    store.put(stored(1, a="b"))
    assert store.get("k", "id-1") == stored(1, a="b")
    assert store.get("other", "id-1") is None
    assert store.has("id-1")
    assert not store.has("id-2")


def test_putting_again_replaces_in_place() -> None:
    """An object that is put again keeps its place in the order."""
    store = ObjectStore()
    for number in (1, 2, 1):
        store.put(stored(number, version=str(number)))
    page = store.list_page("k", limit=9)
    assert [found.object_id for found in page.objects] == ["id-1", "id-2"]


@given(
    num_objects=st.integers(0, 12),
    limit=st.integers(1, 5),
    is_descending=st.booleans(),
    model=st.sampled_from([None, "a", "b"]),
)
def test_pages_are_the_whole_list(
    num_objects: int, limit: int, is_descending: bool, model: str | None
) -> None:
    """Following the pages gives every matching object once, in order."""
    store = ObjectStore()
    for number in range(num_objects):
        store.put(stored(number, model="ab"[number % 2]))
    expected = [f"id-{number}" for number in range(num_objects) if model in (None, "ab"[number % 2])]
    found: list[str] = []
    while True:
        page = store.list_page(
            "k", after=found[-1] if found else None, limit=limit, is_descending=is_descending, model=model
        )
        found += [each.object_id for each in page.objects]
        if not page.has_more:
            break
    assert found == (expected[::-1] if is_descending else expected)


def test_threads_lose_nothing(tmp_path: Path) -> None:
    """Objects put by many threads into one file are all there for another store on it."""
    path = tmp_path / "store.sqlite"
    first = ObjectStore(path)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: first.put(stored(number)), range(64)))
    second = ObjectStore(path)
    assert len(second.list_page("k", limit=100).objects) == 64
    assert second.delete("k", "id-5")
    assert not first.delete("k", "id-5")
    first.close()
    second.close()


def test_killed_process_leaves_whole_objects(tmp_path: Path) -> None:
    """A process that is killed while it stores leaves every object that it had told of."""
    path = tmp_path / "store.sqlite"
    script = (
        "import sys; from pathlib import Path\n"
        "from fake_llm_server._store.sqlite import ObjectStore, StoredObject\n"
        "store = ObjectStore(Path(sys.argv[1]))\n"
        "for number in range(10_000):\n"
        "    store.put(StoredObject('k', str(number), 'm', {}, '{}', 'x' * 1000))\n"
        "    print(number, flush=True)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, path], stdout=subprocess.PIPE, text=True) as storing:
        assert storing.stdout is not None
        told = [int(storing.stdout.readline()) for _ in range(20)]
        storing.kill()
    store = ObjectStore(path)
    assert all(store.get("k", str(number)) is not None for number in told)
    assert all(len(found.reply) == 1000 for found in store.list_page("k", limit=10_000).objects)
    store.close()


def test_other_file_is_refused(tmp_path: Path) -> None:
    """A file that is no database is a clear error, and stays as it was."""
    path = tmp_path / "notes.txt"
    path.write_text("not a database, but quite long enough to be looked at as one" * 20)
    with pytest.raises(ConfigurationError, match=r"notes\.txt can't be used as the store"):
        ObjectStore(path)
    assert path.read_text().startswith("not a database")


def test_file_in_a_missing_folder_is_refused(tmp_path: Path) -> None:
    """A file that can't be opened is named, with what is needed."""
    with pytest.raises(ConfigurationError, match=r"nowhere/s\.sqlite can't be opened .* folder that exists"):
        ObjectStore(tmp_path / "nowhere" / "s.sqlite")
