"""Which scope a path names."""

from typing import Annotated

from fastapi import Path

from fake_llm_server._control_api.open_scopes import OpenScopes
from fake_llm_server._control_api.wire import DEFAULT_SCOPE
from fake_llm_server._errors import NotFoundError
from fake_llm_server._seam import Scope

ScopeName = Annotated[str, Path(description=f"The API key of an open scope, or `{DEFAULT_SCOPE}`.")]


def find_scope(scopes: OpenScopes, name: str) -> Scope:
    """The scope that a path names.

    Raises:
        NotFoundError: none is open.
    """
    found = scopes.default if name == DEFAULT_SCOPE else scopes.by_key.get(name)
    if found is None:
        raise NotFoundError(
            f"No scope is open for the API key {name!r}.", param="scope", code="scope_not_found"
        )
    return found
