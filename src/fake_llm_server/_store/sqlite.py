"""Keeps the objects that clients ask a server to store: completions and responses.

One SQLite database for each server, in memory unless a file is named. A file is written with a write-ahead
log, so that a killed process leaves whole objects or none. Objects are JSON texts here; what they mean is
their handlers' business.
"""

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fake_llm_server._errors import ConfigurationError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    id TEXT NOT NULL UNIQUE,
    model TEXT NOT NULL,
    metadata TEXT NOT NULL,
    request TEXT NOT NULL,
    reply TEXT NOT NULL
)
"""
_PUT = """
INSERT INTO objects (kind, id, model, metadata, request, reply) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET
    model = excluded.model, metadata = excluded.metadata, request = excluded.request, reply = excluded.reply
"""
_GET = "SELECT kind, id, model, metadata, request, reply FROM objects WHERE kind = ? AND id = ?"
_WALK_UP = """
SELECT kind, id, model, metadata, request, reply FROM objects
WHERE kind = ? AND (? IS NULL OR sequence > (SELECT sequence FROM objects WHERE id = ?))
ORDER BY sequence
"""
_WALK_DOWN = """
SELECT kind, id, model, metadata, request, reply FROM objects
WHERE kind = ? AND (? IS NULL OR sequence < (SELECT sequence FROM objects WHERE id = ?))
ORDER BY sequence DESC
"""
BUSY_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object and what brought it about.

    Attributes:
        kind: such as `chat.completion`.
        model: the name that the client asked for.
        metadata: the client's.
        request: JSON of the request.
        reply: JSON of the object as it is given out.
    """

    kind: str
    object_id: str
    model: str
    metadata: Mapping[str, str]
    request: str
    reply: str


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list."""

    objects: Sequence[StoredObject]
    has_more: bool


class ObjectStore:
    """Stores, finds, lists and deletes objects. Any thread may call it.

    Args:
        path: the database's file; None keeps it in memory.

    Raises:
        ConfigurationError: the file can't be opened as a database.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._lock = threading.Lock()
        try:
            self._database = sqlite3.connect(
                str(path) if path else ":memory:", check_same_thread=False, timeout=BUSY_TIMEOUT_S
            )
        except sqlite3.OperationalError as error:
            raise ConfigurationError(
                f"The store {path} can't be opened ({error}): give a file in a folder that exists and "
                "can be written."
            ) from error
        try:
            with self._database:
                self._database.execute("PRAGMA journal_mode = WAL")
                self._database.execute("PRAGMA synchronous = NORMAL")
                self._database.execute(_SCHEMA)
        except sqlite3.DatabaseError as error:
            self._database.close()
            raise ConfigurationError(
                f"{path} can't be used as the store: {error}. Give a file that is new or was made by a "
                "server of this kind."
            ) from error

    def put(self, stored: StoredObject) -> None:
        """Store an object, in the place of the one with its id if there is one."""
        values = (
            stored.kind,
            stored.object_id,
            stored.model,
            json.dumps(dict(stored.metadata)),
            stored.request,
            stored.reply,
        )
        with self._lock, self._database:
            self._database.execute(_PUT, values)

    def get(self, kind: str, object_id: str) -> StoredObject | None:
        """The object with this id, or None."""
        with self._lock:
            row = self._database.execute(_GET, (kind, object_id)).fetchone()
        return None if row is None else _read_row(row)

    def has(self, object_id: str) -> bool:
        """Whether an object of any kind has this id."""
        with self._lock:
            found = self._database.execute("SELECT 1 FROM objects WHERE id = ?", (object_id,)).fetchone()
        return found is not None

    def delete(self, kind: str, object_id: str) -> bool:
        """Delete an object; says whether there was one."""
        with self._lock, self._database:
            cursor = self._database.execute(
                "DELETE FROM objects WHERE kind = ? AND id = ?", (kind, object_id)
            )
        return cursor.rowcount > 0

    def list_page(
        self,
        kind: str,
        *,
        after: str | None = None,
        limit: int,
        is_descending: bool = False,
        model: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> Page:
        """List objects in the order in which they were stored.

        Args:
            kind: of which kind.
            after: id of the object that the page follows; an unknown one begins no page.
            limit: most objects of the page.
            is_descending: newest first.
            model: only objects of this model.
            metadata: only objects with all of these pairs.
        """
        wanted = (metadata or {}).items()
        found: list[StoredObject] = []
        for stored in self._walk(kind, after, is_descending=is_descending):
            if (model is None or stored.model == model) and wanted <= stored.metadata.items():
                if len(found) == limit:
                    return Page(found, has_more=True)
                found.append(stored)
        return Page(found, has_more=False)

    def _walk(self, kind: str, after: str | None, *, is_descending: bool) -> Iterator[StoredObject]:
        query = _WALK_DOWN if is_descending else _WALK_UP
        with self._lock:
            rows = self._database.execute(query, (kind, after, after)).fetchall()
        return map(_read_row, rows)

    def close(self) -> None:
        """Close the database; what is only in memory is gone."""
        with self._lock:
            self._database.close()


def _read_row(row: tuple[str, str, str, str, str, str]) -> StoredObject:
    kind, object_id, model, metadata, request, reply = row
    return StoredObject(kind, object_id, model, json.loads(metadata), request, reply)
