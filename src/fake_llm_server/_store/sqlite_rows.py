"""What a store's operations do to the tables, each inside of a transaction that its caller opens."""

import json
import sqlite3
from collections.abc import Mapping, Sequence

from fake_llm_server._store.protocol import Events, Lease, Page, StoredObject

_MAX_INTEGER = 2**63 - 1
_COLUMNS = "kind, id, model, metadata, request, reply, item_ids, lease_owner, lease_expires_at"
_OBJECTS = ", ".join(f"objects.{name}" for name in _COLUMNS.split(", "))
_INSERT = f"INSERT INTO objects (scope, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - names of ours
_UPDATE = """
UPDATE objects SET (kind, id, model, metadata, request, reply, item_ids, lease_owner, lease_expires_at)
= (?, ?, ?, ?, ?, ?, ?, ?, ?) WHERE sequence = ?
"""
_GET = f"SELECT {_COLUMNS} FROM objects WHERE scope = ? AND kind = ? AND id = ?"  # noqa: S608 - names of ours
_GET_EVENTS = """
SELECT event FROM events
WHERE sequence = (SELECT sequence FROM objects WHERE scope = ? AND id = ?) AND number >= ? ORDER BY number
"""
_SEQUENCE_OF = "(SELECT sequence FROM objects WHERE scope = ? AND id = ?)"
_FIND_ITEM = f"""
SELECT {_OBJECTS} FROM items CROSS JOIN objects USING (sequence)
WHERE items.scope = ? AND items.kind = ? AND items.item_id = ? ORDER BY items.sequence DESC LIMIT 1
"""  # noqa: S608 - names of ours


def claim_id(database: sqlite3.Connection, scope: str, candidates: Sequence[str]) -> str | None:
    """See `Store`."""
    for candidate in candidates:
        if _claim(database, scope, candidate):
            return candidate
    return None


def put(
    database: sqlite3.Connection,
    scope: str,
    objects: Sequence[StoredObject],
    events: Events | None,
    expected_lease: Lease | None,
) -> bool:
    """See `Store`."""
    if expected_lease is not None and _find_lease(database, scope, objects[0].object_id) != expected_lease:
        return False
    sequences = [_put_object(database, scope, stored) for stored in objects]
    if events is not None:
        first, sequence = events.first_number, sequences[0]
        database.execute("DELETE FROM events WHERE sequence = ? AND number >= ?", (sequence, first))
        rows = [(sequence, number, text) for number, text in enumerate(events.texts, first)]
        database.executemany("INSERT INTO events VALUES (?, ?, ?)", rows)
    return True


def get(database: sqlite3.Connection, scope: str, kind: str, object_id: str) -> StoredObject | None:
    """See `Store`."""
    row = database.execute(_GET, (scope, kind, object_id)).fetchone()
    return None if row is None else _read_row(row)


def get_events(database: sqlite3.Connection, scope: str, object_id: str, first_number: int) -> list[str]:
    """See `Store`."""
    return [
        event
        for (event,) in database.execute(_GET_EVENTS, (scope, object_id, min(first_number, _MAX_INTEGER)))
    ]


def delete(database: sqlite3.Connection, scope: str, kind: str, object_id: str) -> bool:
    """See `Store`; the tables that refer to an object lose its rows with it."""
    query = "DELETE FROM objects WHERE scope = ? AND kind = ? AND id = ?"
    return database.execute(query, (scope, kind, object_id)).rowcount > 0


def list_page(
    database: sqlite3.Connection,
    scope: str,
    kind: str,
    *,
    after: str | None,
    limit: int,
    is_descending: bool,
    model: str | None,
    metadata: Mapping[str, str],
) -> Page:
    """See `Store`."""
    query, values = _write_listing(
        scope, kind, after=after, is_descending=is_descending, model=model, metadata=metadata
    )
    rows = database.execute(query, (*values, min(limit + 1, _MAX_INTEGER))).fetchall()
    return Page([_read_row(row) for row in rows[:limit]], has_more=len(rows) > limit)


def find_item(database: sqlite3.Connection, scope: str, kind: str, item_id: str) -> StoredObject | None:
    """See `Store`."""
    row = database.execute(_FIND_ITEM, (scope, kind, item_id)).fetchone()
    return None if row is None else _read_row(row)


def clear(database: sqlite3.Connection, scope: str) -> None:
    """See `Store`."""
    database.execute("DELETE FROM objects WHERE scope = ?", (scope,))
    database.execute("DELETE FROM claims WHERE scope = ?", (scope,))


def _claim(database: sqlite3.Connection, scope: str, object_id: str) -> bool:
    return database.execute("INSERT OR IGNORE INTO claims VALUES (?, ?)", (scope, object_id)).rowcount > 0


def _find_lease(database: sqlite3.Connection, scope: str, object_id: str) -> Lease | None:
    query = "SELECT lease_owner, lease_expires_at FROM objects WHERE scope = ? AND id = ?"
    row = database.execute(query, (scope, object_id)).fetchone()
    return None if row is None or row[0] is None else Lease(*row)


def _put_object(database: sqlite3.Connection, scope: str, stored: StoredObject) -> int:
    """Write an object's rows, and return its place in the order."""
    metadata, item_ids = json.dumps(dict(stored.metadata)), json.dumps(list(stored.item_ids))
    lease = (None, None) if stored.lease is None else (stored.lease.owner, stored.lease.expires_at)
    texts = (stored.kind, stored.object_id, stored.model, metadata, stored.request, stored.reply, item_ids)
    found = database.execute(
        "SELECT sequence, kind, metadata, item_ids FROM objects WHERE scope = ? AND id = ?",
        (scope, stored.object_id),
    ).fetchone()
    if found is None:
        _claim(database, scope, stored.object_id)
        sequence = database.execute(_INSERT, (scope, *texts, *lease)).lastrowid
        assert sequence is not None  # noqa: S101 - a row was inserted
    else:
        sequence = int(found[0])
        database.execute(_UPDATE, (*texts, *lease, sequence))
    if found is None or found[1:] != (stored.kind, metadata, item_ids):
        _index(database, scope, stored, sequence, is_new=found is None)
    return sequence


def _index(
    database: sqlite3.Connection, scope: str, stored: StoredObject, sequence: int, *, is_new: bool
) -> None:
    """Have an object found by its metadata and its items."""
    if not is_new:
        database.execute("DELETE FROM pairs WHERE sequence = ?", (sequence,))
        database.execute("DELETE FROM items WHERE sequence = ?", (sequence,))
    pairs = [(scope, stored.kind, name, value, sequence) for name, value in stored.metadata.items()]
    items = [(scope, stored.kind, item_id, sequence) for item_id in dict.fromkeys(stored.item_ids)]
    database.executemany("INSERT INTO pairs VALUES (?, ?, ?, ?, ?)", pairs)
    database.executemany("INSERT INTO items VALUES (?, ?, ?, ?)", items)


def _write_listing(
    scope: str,
    kind: str,
    *,
    after: str | None,
    is_descending: bool,
    model: str | None,
    metadata: Mapping[str, str],
) -> tuple[str, list[str]]:
    """A query without its limit's value: along the index of the first pair, the model, or the kind."""
    tables, conditions, values = [], [], []
    for number, (name, value) in enumerate(metadata.items()):
        pair = f"pair{number}"
        tables.append(f"pairs AS {pair}")
        conditions.append(f"({pair}.scope, {pair}.kind, {pair}.name, {pair}.value) = (?, ?, ?, ?)")
        values += [scope, kind, name, value]
        if number:
            conditions.append(f"{pair}.sequence = pair0.sequence")
    place = "pair0.sequence" if metadata else "objects.sequence"
    conditions.append(f"objects.sequence = {place}" if metadata else "(objects.scope, objects.kind) = (?, ?)")
    values += [] if metadata else [scope, kind]
    if model is not None:
        conditions.append("objects.model = ?")
        values.append(model)
    if after is not None:
        sign = "<" if is_descending else ">"
        conditions.append(f"{place} {sign} {_SEQUENCE_OF}")
        values += [scope, after]
    # CROSS JOIN: SQLite keeps the order of the tables, and so reads the rows in the order of the first one.
    query = f"""
SELECT {_OBJECTS} FROM {" CROSS JOIN ".join([*tables, "objects"])}
WHERE {" AND ".join(conditions)} ORDER BY {place} {"DESC" if is_descending else "ASC"} LIMIT ?
"""  # noqa: S608 - names of ours; values are bound
    return query, values


def _read_row(row: tuple[str, str, str, str, str, str, str, str | None, float | None]) -> StoredObject:
    kind, object_id, model, metadata, request, reply, item_ids, owner, expires_at = row
    lease = None if owner is None or expires_at is None else Lease(owner, expires_at)
    return StoredObject(
        kind, object_id, model, json.loads(metadata), request, reply, tuple(json.loads(item_ids)), lease
    )
