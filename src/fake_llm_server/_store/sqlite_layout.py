"""The tables of a store's file, and the steps that bring an older file up to them.

`PRAGMA user_version` counts the steps that a file has been through. A step, once released, stays as it is:
what changes later is a further step. Files from before the steps were counted have the tables of the first.
"""

import sqlite3

_FIRST_TABLES = (
    """
CREATE TABLE IF NOT EXISTS objects (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    id TEXT NOT NULL UNIQUE,
    model TEXT NOT NULL,
    metadata TEXT NOT NULL,
    request TEXT NOT NULL,
    reply TEXT NOT NULL
)
""",
)

_SCOPES_AND_INDEXES = (
    "ALTER TABLE objects RENAME TO old",
    """
CREATE TABLE objects (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    scope TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    model TEXT NOT NULL,
    metadata TEXT NOT NULL,
    request TEXT NOT NULL,
    reply TEXT NOT NULL,
    item_ids TEXT NOT NULL,
    lease_owner TEXT,
    lease_expires_at REAL,
    UNIQUE (scope, id)
)
""",
    "CREATE INDEX objects_by_kind ON objects (scope, kind, sequence)",
    "CREATE INDEX objects_by_model ON objects (scope, kind, model, sequence)",
    """
CREATE TABLE pairs (
    scope TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    sequence INTEGER NOT NULL REFERENCES objects ON DELETE CASCADE,
    PRIMARY KEY (scope, kind, name, value, sequence)
) WITHOUT ROWID
""",
    "CREATE INDEX pairs_by_object ON pairs (sequence)",
    """
CREATE TABLE items (
    scope TEXT NOT NULL,
    kind TEXT NOT NULL,
    item_id TEXT NOT NULL,
    sequence INTEGER NOT NULL REFERENCES objects ON DELETE CASCADE,
    PRIMARY KEY (scope, kind, item_id, sequence)
) WITHOUT ROWID
""",
    "CREATE INDEX items_by_object ON items (sequence)",
    """
CREATE TABLE events (
    sequence INTEGER NOT NULL REFERENCES objects ON DELETE CASCADE,
    number INTEGER NOT NULL,
    event TEXT NOT NULL,
    PRIMARY KEY (sequence, number)
) WITHOUT ROWID
""",
    "CREATE TABLE claims (scope TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (scope, id)) WITHOUT ROWID",
    """
INSERT INTO objects (sequence, scope, kind, id, model, metadata, request, reply, item_ids)
SELECT sequence, '', kind, id, model, metadata, request, reply, CASE kind WHEN 'response' THEN (
    SELECT json_group_array(item_id) FROM (
        SELECT json_extract(value, '$.id') AS item_id FROM json_each(old.request)
        UNION ALL SELECT json_extract(value, '$.id') FROM json_each(old.reply, '$.output')
    ) WHERE item_id IS NOT NULL
) ELSE '[]' END
FROM old WHERE kind <> 'response.events' ORDER BY sequence
""",
    "INSERT INTO claims SELECT '', id FROM objects",
    """
INSERT INTO pairs SELECT '', objects.kind, pair.key, pair.value, sequence
FROM objects, json_each(objects.metadata) AS pair
""",
    """
INSERT OR IGNORE INTO items SELECT '', kind, item.value, sequence
FROM objects, json_each(objects.item_ids) AS item
""",
    """
INSERT INTO events SELECT objects.sequence, event.key, event.value
FROM old JOIN objects ON old.id = objects.id || '/events', json_each(old.reply) AS event
WHERE old.kind = 'response.events'
""",
    "DROP TABLE old",
)

_STEPS = (_FIRST_TABLES, _SCOPES_AND_INDEXES)


class NewerLayoutError(Exception):
    """The file was made by a newer version of this package."""


def bring_up_to_date(database: sqlite3.Connection) -> None:
    """Take the steps that a file hasn't been through, all or none.

    Raises:
        NewerLayoutError: there are more steps in it than are known.
        sqlite3.Error: the file can't be used.
    """
    if _num_steps_taken(database) == len(_STEPS):
        return
    database.execute("BEGIN IMMEDIATE")
    try:
        for step in _STEPS[_num_steps_taken(database) :]:
            for statement in step:
                database.execute(statement)
        database.execute(f"PRAGMA user_version = {len(_STEPS)}")
        database.execute("COMMIT")
    finally:
        if database.in_transaction:
            database.execute("ROLLBACK")


def _num_steps_taken(database: sqlite3.Connection) -> int:
    [num_steps] = database.execute("PRAGMA user_version").fetchone()
    if num_steps > len(_STEPS):
        raise NewerLayoutError
    return int(num_steps)
