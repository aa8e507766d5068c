"""Keeps the objects that clients ask a server to store."""

from pathlib import Path

from fake_llm_server._store.memory import MemoryStore
from fake_llm_server._store.protocol import Store as Store
from fake_llm_server._store.sqlite import SqliteStore


def open_store(path: Path | None) -> Store:
    """Open the store in a file, or a new one in memory if there is no path, or it is SQLite's `:memory:`.

    Raises:
        ConfigurationError: the file can't be used.
    """
    return MemoryStore() if path is None or str(path) == ":memory:" else SqliteStore(path)
