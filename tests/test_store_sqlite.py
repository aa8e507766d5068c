"""A store in a file: shared by processes, brought up to date, and clear about files that can't be used."""

import asyncio
import json
import resource
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest

from fake_llm_server import ConfigurationError
from fake_llm_server._errors import StoreBusyError, StoreError
from fake_llm_server._store.protocol import Store, StoredObject
from fake_llm_server._store.sqlite import MAX_WAITING, SqliteStore
from fake_llm_server._store.sqlite_errors import word_sqlite_error

T = TypeVar("T")

OLD_LAYOUT = """
CREATE TABLE objects (sequence INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, id TEXT NOT NULL UNIQUE,
model TEXT NOT NULL, metadata TEXT NOT NULL, request TEXT NOT NULL, reply TEXT NOT NULL)
"""
"""The tables of files that were made before layouts were counted."""


def stored(number: int, *, size: int = 1) -> StoredObject:
    """An object with a number for its id."""
    return StoredObject("k", f"id-{number}", "m", {}, "{}", "x" * size)


def run(path: Path, work: Callable[[SqliteStore], Coroutine[Any, Any, T]]) -> T:
    """Do work on a store."""

    async def live() -> T:
        store = SqliteStore(path)
        try:
            return await work(store)
        finally:
            await store.aclose()

    return asyncio.run(live())


async def list_ids(store: Store) -> list[str]:
    """Ids of all objects."""
    return [found.object_id for found in (await store.list_page("", "k", limit=10_000)).objects]


def test_a_killed_process_leaves_whole_objects(tmp_path: Path) -> None:
    """A process that is killed while it stores leaves every object that it had told of."""
    path = tmp_path / "store.sqlite"
    script = (
        "import asyncio, sys; from pathlib import Path\n"
        "from fake_llm_server._store.sqlite import SqliteStore, StoredObject\n"
        "async def work():\n"
        "    store = SqliteStore(Path(sys.argv[1]))\n"
        "    for number in range(10_000):\n"
        "        await store.put('', StoredObject('k', str(number), 'm', {}, '{}', 'x' * 1000))\n"
        "        print(number, flush=True)\n"
        "asyncio.run(work())\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, path], stdout=subprocess.PIPE, text=True) as storing:
        assert storing.stdout is not None
        told = [storing.stdout.readline().strip() for _ in range(20)]
        storing.kill()

    async def work(store: Store) -> None:
        assert set(told) <= set(await list_ids(store))
        page = await store.list_page("", "k", limit=10_000)
        assert all(len(found.reply) == 1000 for found in page.objects)

    run(path, work)


def test_processes_share_a_new_file(tmp_path: Path) -> None:
    """Processes that open one new file at once, and claim the same ids, get all of them and none twice."""
    path = tmp_path / "store.sqlite"
    script = (
        "import asyncio, sys; from pathlib import Path\n"
        "from fake_llm_server._store.sqlite import SqliteStore\n"
        "async def work():\n"
        "    sys.stdin.readline()\n"
        "    store = SqliteStore(Path(sys.argv[1]))\n"
        "    names = [str(number) for number in range(90)]\n"
        "    print(*[await store.claim_id('', names) for _ in range(30)])\n"
        "    await store.aclose()\n"
        "asyncio.run(work())\n"
    )
    command = [sys.executable, "-c", script, str(path)]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    claimed = [name for process in processes for name in process.communicate()[0].split()]
    assert sorted(claimed, key=int) == [str(number) for number in range(90)]


def test_an_older_file_is_brought_up_to_date(tmp_path: Path) -> None:
    """Objects of a file from before layouts were counted are all there, and found by every index."""
    path = tmp_path / "store.sqlite"
    conversation = json.dumps([{"type": "message", "id": "msg_1"}, {"type": "message"}])
    rows = [
        ("chat.completion", "chatcmpl-1", "m", '{"a": "b"}', '{"messages": []}', "{}"),
        ("response", "resp_1", "m", "{}", conversation, '{"output": [{"id": "msg_2"}, {"id": "msg_1"}]}'),
        ("response.events", "resp_1/events", "m", "{}", "null", '[{"type":"a","n":1.5},{"type":"b"}]'),
    ]
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(OLD_LAYOUT)
        insert = "INSERT INTO objects (kind, id, model, metadata, request, reply) VALUES (?, ?, ?, ?, ?, ?)"
        database.executemany(insert, rows)

    async def work(store: Store) -> None:
        completion = StoredObject(*rows[0][:3], {"a": "b"}, *rows[0][4:])
        page = await store.list_page("", "chat.completion", limit=2, metadata={"a": "b"}, model="m")
        assert page.objects == [completion]
        response = await store.find_item("", "response", "msg_2")
        assert response is not None
        assert (response.object_id, response.item_ids) == ("resp_1", ("msg_1", "msg_2", "msg_1"))
        events = await store.get_events("", "resp_1")
        assert [json.loads(event) for event in events] == [{"type": "a", "n": 1.5}, {"type": "b"}]
        assert await store.claim_id("", ["chatcmpl-1", "resp_1", "resp_2"]) == "resp_2"

    run(path, work)
    run(path, lambda store: store.delete("", "response", "resp_1"))


def test_a_newer_file_is_refused(tmp_path: Path) -> None:
    """A file of a later version is refused, and stays as it was."""
    path = tmp_path / "store.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 999")
    with pytest.raises(ConfigurationError, match="a newer version of fake-llm-server made it"):
        SqliteStore(path)
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)


def test_other_file_is_refused(tmp_path: Path) -> None:
    """A file that is no database is a clear error, and stays as it was."""
    path = tmp_path / "notes.txt"
    path.write_text("not a database, but quite long enough to be looked at as one" * 20)
    with pytest.raises(ConfigurationError, match=r"notes\.txt can't be used as the store"):
        SqliteStore(path)
    assert path.read_text().startswith("not a database")


def test_file_in_a_missing_folder_is_refused(tmp_path: Path) -> None:
    """A file that can't be opened is named, with what is needed."""
    with pytest.raises(ConfigurationError, match=r"nowhere/s\.sqlite can't be opened .* folder that exists"):
        SqliteStore(tmp_path / "nowhere" / "s.sqlite")


def test_a_file_that_can_only_be_read_is_refused() -> None:
    """A file that the server may not write is a clear error."""
    script = (
        "import os, sys; from pathlib import Path; from fake_llm_server._store.sqlite import SqliteStore\n"
        "if os.getuid() == 0: os.setuid(65534)\n"
        "try: SqliteStore(Path(sys.argv[1]))\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store.sqlite"
        run(path, list_ids)
        path.chmod(0o444)
        Path(folder).chmod(0o555)
        try:
            done = subprocess.run(
                [sys.executable, "-c", script, path], capture_output=True, text=True, check=True
            )
        finally:
            Path(folder).chmod(0o700)
    assert "ConfigurationError" in done.stdout
    assert "readonly" in done.stdout


def test_a_locked_file_is_told_and_read(tmp_path: Path) -> None:
    """While another program writes, what is to be stored fails after a short time; what is stored is read."""
    path = tmp_path / "store.sqlite"

    async def work(store: Store) -> None:
        await store.put("", stored(1))
        with closing(sqlite3.connect(path)) as other:
            other.execute("BEGIN EXCLUSIVE")
            with pytest.raises(StoreBusyError, match=r"store\.sqlite is locked by another program"):
                await asyncio.wait_for(store.put("", stored(2)), timeout=30)
            assert await store.get("", "k", "id-1") == stored(1)
        assert await store.put("", stored(2))

    run(path, work)


def test_a_locked_file_leaves_the_loop_free(tmp_path: Path) -> None:
    """A call that waits for a lock costs the event loop nothing."""
    path = tmp_path / "store.sqlite"

    async def work(store: Store) -> None:
        with closing(sqlite3.connect(path)) as other:
            other.execute("BEGIN EXCLUSIVE")
            putting = asyncio.create_task(store.put("", stored(1)))
            for _ in range(10):
                await asyncio.sleep(0.01)
                assert not putting.done()
        assert await putting

    run(path, work)


@contextmanager
def no_file_larger_than(num_bytes: int) -> Iterator[None]:
    """Have writes beyond a size fail, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (num_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_loses_nothing_that_was_stored(tmp_path: Path) -> None:
    """What doesn't fit is refused whole; what was there stays, and the store goes on once there is room."""
    path = tmp_path / "store.sqlite"

    async def work(store: Store) -> None:
        await store.put("", stored(1))
        with no_file_larger_than(1_000_000):
            with pytest.raises(StoreError, match=r"store\.sqlite failed: .* disk .* Nothing was stored"):
                await store.put("", stored(2), stored(3, size=4_000_000))
            assert await list_ids(store) == ["id-1"]
            await store.put("", stored(4))
        await store.put("", stored(3, size=4_000_000))
        assert await list_ids(store) == ["id-1", "id-4", "id-3"]

    run(path, work)


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    """Bytes that were overwritten in the middle of a file are a clear error, each time."""
    path = tmp_path / "store.sqlite"

    async def fill(store: Store) -> None:
        for number in range(200):
            await store.put("", stored(number, size=500))

    run(path, fill)
    with path.open("r+b") as file:
        file.seek(8192)
        file.write(b"\xff" * (path.stat().st_size - 8192))

    async def work(store: Store) -> None:
        for _ in range(2):
            with pytest.raises(StoreError, match="it is damaged"):
                await list_ids(store)
            with pytest.raises(StoreError, match="it is damaged"):
                await store.put("", stored(7))

    run(path, work)


def test_a_deleted_file_is_told(tmp_path: Path) -> None:
    """Nothing is stored into a file that has no name any more."""
    path = tmp_path / "store.sqlite"

    async def work(store: Store) -> None:
        await store.put("", stored(1))
        moved = path.rename(tmp_path / "moved.sqlite")
        for attempt in (store.put("", stored(2)), store.get("", "k", "id-1")):
            with pytest.raises(StoreError, match="moved or deleted"):
                await attempt
        moved.rename(path)
        assert await list_ids(store) == ["id-1"]

    run(path, work)


def test_too_many_calls_are_refused(tmp_path: Path) -> None:
    """What waits for the store is bounded: calls beyond that fail at once, and the others are done."""
    path = tmp_path / "store.sqlite"

    async def work(store: Store) -> None:
        with closing(sqlite3.connect(path)) as other:
            other.execute("BEGIN EXCLUSIVE")
            calls = [asyncio.create_task(store.put("", stored(number))) for number in range(MAX_WAITING + 50)]
            await asyncio.sleep(0.05)
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
        refused = [outcome for outcome in outcomes if isinstance(outcome, StoreBusyError)]
        assert len(refused) == 50
        assert len(await list_ids(store)) == MAX_WAITING

    run(path, work)


def test_those_who_wait_for_a_lock_wait_together(tmp_path: Path) -> None:
    """Many calls that a lock refuses are refused about when the first one is, not one after another."""
    path = tmp_path / "store.sqlite"

    async def work(store: Store) -> None:
        with closing(sqlite3.connect(path)) as other:
            other.execute("BEGIN EXCLUSIVE")
            calls = [store.put("", stored(number)) for number in range(100)]
            outcomes = await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), timeout=60)
        assert all(isinstance(outcome, StoreBusyError) for outcome in outcomes)

    run(path, work)


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    """Calls after the end are refused, and closing again changes nothing."""

    async def work(store: Store) -> None:
        await store.aclose()
        with pytest.raises(StoreError, match="closed"):
            await store.get("", "k", "id-1")

    run(tmp_path / "store.sqlite", work)


def test_each_kind_of_failure_is_worded(tmp_path: Path) -> None:
    """What SQLite says is put in words that say what to do."""
    path = tmp_path / "store.sqlite"
    run(path, lambda store: store.put("", stored(1)))
    refusals = {
        "PRAGMA query_only = ON": "can only be read",
        "PRAGMA max_page_count = 1": "the disk is full",
    }
    for pragma, expected in refusals.items():
        with closing(sqlite3.connect(path)) as database:
            database.execute(pragma)
            with pytest.raises(sqlite3.Error) as caught:
                database.execute("INSERT INTO claims VALUES ('', ?)", ("x" * 100_000,))
        assert expected in str(word_sqlite_error(caught.value, path))
    assert "it can't be used" in str(word_sqlite_error(sqlite3.ProgrammingError("?"), path))


def test_large_numbers_are_numbers(tmp_path: Path) -> None:
    """Limits and positions that no integer column holds are as good as the largest one."""

    async def work(store: Store) -> None:
        await store.put("", stored(1))
        assert len((await store.list_page("", "k", limit=2**70)).objects) == 1
        assert await store.get_events("", "id-1", 2**70) == []

    run(tmp_path / "store.sqlite", work)


def test_a_relative_path_stays_what_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that goes to another folder keeps its store."""
    monkeypatch.chdir(tmp_path)

    async def work(store: Store) -> None:
        (tmp_path / "other").mkdir()
        monkeypatch.chdir(tmp_path / "other")
        assert await store.put("", stored(1))

    run(Path("store.sqlite"), work)
    assert not (tmp_path / "other" / "store.sqlite").exists()
