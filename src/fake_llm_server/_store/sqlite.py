"""A store in an SQLite file, which servers and processes may share."""

import asyncio
import contextlib
import json
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

from fake_llm_server._errors import StoreBusyError, StoreError
from fake_llm_server._store import sqlite_rows as rows
from fake_llm_server._store.protocol import Events, Lease, Page, StoredObject
from fake_llm_server._store.sqlite_errors import word_sqlite_error
from fake_llm_server._store.sqlite_opening import BUSY_TIMEOUT_S, open_database

MAX_WAITING = 1024
"""Calls that may wait for the store's thread."""

T = TypeVar("T")


class SqliteStore:
    """Keeps objects in a file; see `Store`.

    All work on the file is done by one thread of the store's own, a transaction at a time. A call whose
    caller is cancelled isn't begun, or is finished whole.

    Args:
        path: the file, which is made if it isn't there.

    Raises:
        ConfigurationError: the file can't be opened, or isn't a store's.
    """

    def __init__(self, path: Path) -> None:
        self._database = open_database(path)
        self._path = path.absolute()  # the program may change its folder
        self._identity = _identify(self._path)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="fake-llm-store")
        self._places = threading.BoundedSemaphore(MAX_WAITING)
        self._is_closed = False

    async def claim_id(self, scope: str, candidates: Sequence[str]) -> str | None:
        """See `Store`."""
        return await self._write(partial(rows.claim_id, scope=scope, candidates=candidates))

    async def put(
        self,
        scope: str,
        *objects: StoredObject,
        events: Events | None = None,
        expected_lease: Lease | None = None,
    ) -> bool:
        """See `Store`."""
        return await self._write(
            partial(rows.put, scope=scope, objects=objects, events=events, expected_lease=expected_lease)
        )

    async def get(self, scope: str, kind: str, object_id: str) -> StoredObject | None:
        """See `Store`."""
        return await self._read(partial(rows.get, scope=scope, kind=kind, object_id=object_id))

    async def get_events(self, scope: str, object_id: str, first_number: int = 0) -> Sequence[str]:
        """See `Store`."""
        return await self._read(
            partial(rows.get_events, scope=scope, object_id=object_id, first_number=first_number)
        )

    async def delete(self, scope: str, kind: str, object_id: str) -> bool:
        """See `Store`."""
        return await self._write(partial(rows.delete, scope=scope, kind=kind, object_id=object_id))

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
        return await self._read(
            partial(
                rows.list_page,
                scope=scope,
                kind=kind,
                after=after,
                limit=limit,
                is_descending=is_descending,
                model=model,
                metadata=metadata or {},
            )
        )

    async def find_item(self, scope: str, kind: str, item_id: str) -> StoredObject | None:
        """See `Store`."""
        return await self._read(partial(rows.find_item, scope=scope, kind=kind, item_id=item_id))

    async def clear(self, scope: str) -> None:
        """See `Store`."""
        await self._write(partial(rows.clear, scope=scope))

    async def aclose(self) -> None:
        """Let the calls that were made end, and close the file."""
        if not self._is_closed:
            self._is_closed = True
            closing = self._thread.submit(self._database.close)
            self._thread.shutdown(wait=False)
            await asyncio.shield(asyncio.wrap_future(closing))

    async def _read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await self._run("BEGIN", work)

    async def _write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await self._run("BEGIN IMMEDIATE", work)

    async def _run(self, begin: str, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do work on the store's thread.

        Raises:
            StoreBusyError: too much waits already, or the file is locked.
            StoreError: the file can't be used.
        """
        if self._is_closed:
            raise StoreError("The store is closed.")
        if not self._places.acquire(blocking=False):
            raise StoreBusyError(f"{MAX_WAITING} calls wait for the store already. Try again.")
        deadline = time.monotonic() + BUSY_TIMEOUT_S
        future = self._thread.submit(self._transact, begin, work, deadline)
        future.add_done_callback(lambda _: self._places.release())
        return await asyncio.wrap_future(future)

    def _transact(self, begin: str, work: Callable[[sqlite3.Connection], T], deadline: float) -> T:
        """Do work in a transaction, which waits for other connections until a time of the monotonic clock."""
        if _identify(self._path) != self._identity:
            raise StoreError(f"The store {self._path.name} was moved or deleted: put it back, or restart.")
        try:
            wait_ms = max(0, round((deadline - time.monotonic()) * 1000))
            self._database.execute(f"PRAGMA busy_timeout = {wait_ms}")
            self._database.execute(begin)
            done = work(self._database)
            self._database.execute("COMMIT")
        except sqlite3.Error as error:
            raise word_sqlite_error(error, self._path) from error
        except json.JSONDecodeError as error:
            raise StoreError(f"The store {self._path.name} is damaged: {error}.") from error
        finally:
            if self._database.in_transaction:
                with contextlib.suppress(sqlite3.Error):
                    self._database.execute("ROLLBACK")
        return done


def _identify(path: Path) -> tuple[int, int] | None:
    """What tells a file from another one that takes its name; None if there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
