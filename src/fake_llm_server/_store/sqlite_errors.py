"""Words what SQLite says of a file that can't be used.

Source: https://www.sqlite.org/rescode.html
"""

import sqlite3
from pathlib import Path

from fake_llm_server._errors import StoreBusyError, StoreError

_PRIMARY = 0xFF
"""The bits of a result code that name its kind; the others say more about it."""

_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_REASONS = {
    sqlite3.SQLITE_FULL: "the disk is full: make room, or give another store",
    sqlite3.SQLITE_READONLY: "it can only be read: let the server write to it and to its folder",
    sqlite3.SQLITE_PERM: "it can only be read: let the server write to it and to its folder",
    sqlite3.SQLITE_IOERR: "reading or writing it failed: the disk may be full or broken",
    sqlite3.SQLITE_CORRUPT: "it is damaged: put it aside, and start with a new one",
    sqlite3.SQLITE_NOTADB: "it is damaged: put it aside, and start with a new one",
    sqlite3.SQLITE_CANTOPEN: "it can't be opened: it was moved, or its folder isn't there any more",
    sqlite3.SQLITE_TOOBIG: "what is to be stored is larger than SQLite allows",
}


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another try may succeed."""
    return _primary_code(error) in _BUSY


def word_sqlite_error(error: sqlite3.Error, path: Path) -> StoreError:
    """The error of a store whose file SQLite can't use."""
    if is_busy(error):
        return StoreBusyError(f"The store {path.name} is locked by another program. Try again.")
    reason = _REASONS.get(_primary_code(error), "it can't be used")
    return StoreError(f"The store {path.name} failed: {reason} ({error}). Nothing was stored.")


def _primary_code(error: sqlite3.Error) -> int:
    """The kind of an error; 0 for those of Python's own, which have none."""
    return int(getattr(error, "sqlite_errorcode", 0)) & _PRIMARY
