"""The scopes of one server: who they are opened for, and which one a request belongs to."""

from fake_llm_server._errors import ConfigurationError
from fake_llm_server._seam import Scope


class Scopes:
    """The scopes of one server.

    Attributes:
        default: takes every request whose key no scope was opened for.
    """

    def __init__(self) -> None:
        self.default = Scope()
        self._by_key: dict[str, Scope] = {}

    def open(self, api_key: str) -> Scope:
        """Open a scope for all requests with this key.

        Raises:
            ConfigurationError: the key is empty, or has a scope already.
        """
        if not api_key.strip() or api_key in self._by_key:
            raise ConfigurationError(f"A scope needs an API key of its own; it was {api_key!r}.")
        return self._by_key.setdefault(api_key, Scope(api_key))

    def close(self, api_key: str) -> None:
        """Give the key back to the default scope."""
        self._by_key.pop(api_key, None)

    def find(self, api_key: str) -> Scope:
        """The scope of a request with this key; empty is a request without one."""
        return self._by_key.get(api_key, self.default)

    def has(self, api_key: str) -> bool:
        """Whether a scope is open for this key."""
        return api_key in self._by_key
