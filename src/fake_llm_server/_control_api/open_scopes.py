"""What the control API asks of a server's scopes; `_app` has them."""

from collections.abc import Mapping
from typing import Protocol

from fake_llm_server._seam import Scope


class OpenScopes(Protocol):
    """The scopes of a server, by the API keys that they are open for.

    Attributes:
        default: takes every request whose key no scope was opened for.
    """

    default: Scope

    @property
    def by_key(self) -> Mapping[str, Scope]:
        """The open scopes, in the order in which they were opened, without the default one."""

    def create_key(self) -> str:
        """A key for which no scope is open."""

    def open(self, api_key: str) -> Scope:
        """Open a scope for all requests with this key.

        Raises:
            ConfigurationError: the key is empty, or has a scope already.
        """

    async def close(self, api_key: str) -> None:
        """Give the key back to the default scope, and delete what its scope has stored. Twice is once."""

    async def reset(self, scope: Scope) -> None:
        """Have a scope be as one that has just been opened: nothing scripted, received or stored."""
