"""The scopes of one server: who they are opened for, and which one a request belongs to."""

import hashlib
import itertools
from collections.abc import Mapping

from fake_llm_server._controls import Controls, forget_written
from fake_llm_server._errors import ConfigurationError
from fake_llm_server._seam import OccurrenceCounts, Scope
from fake_llm_server._store.protocol import Store

_NAME_LENGTH = 16


class Scopes:
    """The scopes of one server.

    Args:
        store: where what they own is stored.
        control_key: of the control API, if that is on: its requests are in no scope that a test could see.

    Attributes:
        default: takes every request whose key no scope was opened for.
    """

    def __init__(self, store: Store, control_key: str | None = None) -> None:
        self._store = store
        self._control_key = control_key
        self.default = Scope()
        self._by_key: dict[str, Scope] = {}
        if control_key is not None:
            self.open(control_key)
        self._numbers = itertools.count(1)

    @property
    def by_key(self) -> Mapping[str, Scope]:
        """The open scopes, in the order in which they were opened, without the default one."""
        return {key: scope for key, scope in self._by_key.items() if key != self._control_key}

    def create_key(self) -> str:
        """A key for which no scope is open."""
        keys = (f"sk-fake-{number}" for number in self._numbers)
        return next(key for key in keys if key not in self._by_key)

    def open(self, api_key: str) -> Scope:
        """Open a scope for all requests with this key.

        Raises:
            ConfigurationError: the key is empty, or has a scope already.
        """
        if not api_key.strip():
            raise ConfigurationError("A scope needs an API key of its own; it was empty.")
        if api_key in self._by_key:
            raise ConfigurationError(
                "A scope is open for this API key already: close it, or take another key."
            )
        return self._by_key.setdefault(api_key, Scope(_name_scope(api_key)))

    async def close(self, api_key: str) -> None:
        """Give the key back to the default scope, and delete what its scope has stored. Twice is once."""
        scope = self._by_key.pop(api_key, None)
        if scope is not None:
            await self._store.clear(scope.name)

    async def reset(self, scope: Scope) -> None:
        """Have a scope be as one that has just been opened: nothing scripted, received, limited or stored.

        Its clock tells real time again.
        """
        forget_written(scope)
        scope.own(Controls).journal.clear()
        scope.occurrences = OccurrenceCounts()
        scope.clock.tell_real_time()
        await self._store.clear(scope.name)

    def find(self, api_key: str) -> Scope:
        """The scope of a request with this key; empty is a request without one."""
        return self._by_key.get(api_key, self.default)

    def has(self, api_key: str) -> bool:
        """Whether a scope is open for this key; the control API's is none."""
        return api_key in self._by_key and api_key != self._control_key


def _name_scope(api_key: str) -> str:
    """A name that tells nothing of the key, as it goes into the store."""
    return hashlib.sha256(api_key.encode()).hexdigest()[:_NAME_LENGTH]
