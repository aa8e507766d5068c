"""Opens a store's file."""

import sqlite3
import time
from pathlib import Path

from fake_llm_server._errors import ConfigurationError
from fake_llm_server._store.sqlite_errors import is_busy
from fake_llm_server._store.sqlite_layout import NewerLayoutError, bring_up_to_date

BUSY_TIMEOUT_S = 2.0
"""How long a call waits for the transactions of other connections, also if many wait together."""

OPEN_TIMEOUT_S = 10.0
"""How long opening waits while others open the same file, and may be changing its layout."""

_RETRY_S = 0.05


def open_database(path: Path) -> sqlite3.Connection:
    """Open a file as a database of the present layout; transactions are the caller's to begin.

    It has a write-ahead log, so that a killed process leaves whole transactions or none, and readers don't
    wait for writers.

    Raises:
        ConfigurationError: the file can't be opened, or isn't a store's.
    """
    try:
        database = sqlite3.connect(
            path, check_same_thread=False, timeout=BUSY_TIMEOUT_S, isolation_level=None
        )
    except sqlite3.OperationalError as error:
        raise ConfigurationError(
            f"The store {path} can't be opened ({error}): give a file in a folder that exists and "
            "can be written."
        ) from error
    try:
        _prepare(database)
    except BaseException as error:
        database.close()
        if isinstance(error, NewerLayoutError):
            raise ConfigurationError(
                f"{path} can't be used as the store: a newer version of fake-llm-server made it. Give "
                "another file, or update fake-llm-server."
            ) from error
        if isinstance(error, sqlite3.DatabaseError):
            raise ConfigurationError(
                f"{path} can't be used as the store: {error}. Give a file that is new or was made by a "
                "server of this kind, and that can be written."
            ) from error
        raise
    return database


def _prepare(database: sqlite3.Connection) -> None:
    """Set a connection up, and wait while another one does so: some of its locks SQLite doesn't wait for."""
    deadline = time.monotonic() + OPEN_TIMEOUT_S
    while True:
        try:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = NORMAL")
            database.execute("PRAGMA foreign_keys = ON")
            bring_up_to_date(database)
        except sqlite3.OperationalError as error:
            if not is_busy(error) or time.monotonic() > deadline:
                raise
            time.sleep(_RETRY_S)
        else:
            return
