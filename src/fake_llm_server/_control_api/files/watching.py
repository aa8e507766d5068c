"""Keeps scopes as a script file says, as it is when the server starts and whenever it changes."""

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path

from fake_llm_server._control_api.documents.scopes import ScopeDocument, ScriptFile, write_into
from fake_llm_server._control_api.files.script_file import read_script_file
from fake_llm_server._control_api.open_scopes import OpenScopes
from fake_llm_server._controls import forget_written
from fake_llm_server._errors import ConfigurationError
from fake_llm_server._seam import Scope

_LOGGER = logging.getLogger("fake_llm_server")

POLL_S = 0.25
"""How often the file is looked at. A change is read once it has rested for as long."""

Signature = tuple[int, int, int] | None
"""What changes with a file: its node, its size, and when it was written; None if it is gone."""


class WatchedScript:
    """The scopes of one script file.

    A new version of it takes the place of the old one: script and rules of its scopes begin anew, and scopes
    that it no longer names are closed. Journals stay. A version that can't be read changes nothing.

    Args:
        file: to read.
        scopes: of the server.
    """

    def __init__(self, file: Path, scopes: OpenScopes) -> None:
        self._file = file.absolute()  # a program may go to another folder
        self._scopes = scopes
        self._own_keys: set[str] = set()
        self._read = _sign(self._file)

    async def apply(self) -> None:
        """Read the file, and write it into the scopes.

        Raises:
            ConfigurationError: it can't be read, or names a scope that isn't its own; nothing was changed.
        """
        document = await asyncio.to_thread(read_script_file, self._file)
        taken = document.scopes.keys() & self._scopes.by_key.keys() - self._own_keys
        if taken:
            raise ConfigurationError(
                f"{self._file}: scopes: {', '.join(sorted(taken))} is open already, and not by this file."
            )
        for key in self._own_keys - document.scopes.keys():
            self._own_keys.discard(key)
            await self._scopes.close(key)
        for warning in self._write(document):
            _LOGGER.warning("%s: %s", self._file, warning)

    def _write(self, document: ScriptFile) -> Iterator[str]:
        yield from _rewrite(self._scopes.default, document)
        for key, own in document.scopes.items():
            found = self._scopes.by_key.get(key)
            scope = self._scopes.open(key) if found is None else found
            self._own_keys.add(key)
            yield from _rewrite(scope, own)

    async def watch(self) -> None:
        """Apply each new version of the file, until cancelled."""
        seen = self._read
        while True:
            await asyncio.sleep(POLL_S)
            last, seen = seen, _sign(self._file)
            if seen != last or seen == self._read:
                continue  # it is being written, or it is as it was read
            self._read = seen
            try:
                await self.apply()
            except ConfigurationError as error:
                _LOGGER.warning("The script file stays as it was read before. %s", error)
            else:
                _LOGGER.info("%s was read again.", self._file)


def _rewrite(scope: Scope, document: ScopeDocument) -> list[str]:
    """Have a scope say what a document says, and nothing that was written before."""
    forget_written(scope)
    return write_into(scope, document)


def _sign(file: Path) -> Signature:
    try:
        found = file.stat()
    except OSError:
        return None
    return (found.st_ino, found.st_size, found.st_mtime_ns)
