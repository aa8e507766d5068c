"""What the stores cost: microseconds for each operation, on a store with some thousand objects.

Run `python benchmarks/stores.py [number of objects]`. Each number is the median of many calls, one after the
other; a call to the store in a file goes to its thread and back. For comparison it prints what a plain
transaction of SQLite costs, without a thread.
"""

import asyncio
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

from fake_llm_server._store.memory import MemoryStore
from fake_llm_server._store.protocol import Store, StoredObject
from fake_llm_server._store.sqlite import SqliteStore

NUM_CALLS = 200
SCOPE, KIND, TEXT = "", "response", "x" * 1000
Operation = Callable[[int], Awaitable[object]]


def create_object(number: int) -> StoredObject:
    """An object of 2 kB; one of a hundred has the pair that is looked for."""
    metadata = {"run": "mine" if number % 100 == 0 else "other"}
    return StoredObject(KIND, f"id-{number}", "m", metadata, TEXT, TEXT, (f"in-{number}", f"out-{number}"))


async def measure(store: Store, num_objects: int) -> dict[str, float]:
    """Median times, in microseconds."""
    for number in range(num_objects):
        await store.put(SCOPE, create_object(number))
    operations: dict[str, Operation] = {
        "claim": lambda n: store.claim_id(SCOPE, [f"claimed-{n}"]),
        "put": lambda n: store.put(SCOPE, create_object(num_objects + n)),
        "get": lambda n: store.get(SCOPE, KIND, f"id-{n}"),
        "page of 20": lambda n: store.list_page(SCOPE, KIND, after=f"id-{n}", limit=20),
        "page of 20 by metadata": lambda _: store.list_page(
            SCOPE, KIND, limit=20, metadata={"run": "mine"}, is_descending=True
        ),
        "item": lambda n: store.find_item(SCOPE, KIND, f"out-{n}"),
    }
    return {name: await measure_operation(operation) for name, operation in operations.items()}


async def measure_operation(operation: Operation) -> float:
    """The median time of one call, in microseconds."""
    times = []
    for number in range(NUM_CALLS):
        start = time.perf_counter()
        await operation(number)
        times.append(time.perf_counter() - start)
    return 1e6 * statistics.median(times)


def measure_plain_write(folder: Path) -> float:
    """A transaction of one row, with the same settings, in microseconds."""
    times = []
    with closing(sqlite3.connect(folder / "plain.sqlite", isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        database.execute("CREATE TABLE rows (text TEXT)")
        for _ in range(NUM_CALLS):
            start = time.perf_counter()
            database.execute("INSERT INTO rows VALUES (?)", (2 * TEXT,))
            times.append(time.perf_counter() - start)
    return 1e6 * statistics.median(times)


async def main(num_objects: int) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        stores: dict[str, Store] = {
            "memory": MemoryStore(),
            "SQLite": SqliteStore(Path(folder) / "store.sqlite"),
        }
        for name, store in stores.items():
            figures = await measure(store, num_objects)
            print(f"{name}, {num_objects} objects: ", end="")
            print(", ".join(f"{operation} {figure:.0f} µs" for operation, figure in figures.items()))
            await store.aclose()
        print(f"SQLite without a thread: a row {measure_plain_write(Path(folder)):.0f} µs")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
