"""The link that asks for the control key, where the control API is on."""

import secrets

from starlette.types import ASGIApp, Receive, Scope, Send

from fake_llm_server._api.shared.wire_errors import WireError
from fake_llm_server._app.chain.api_keys import read_api_key
from fake_llm_server._control_api import CONTROL_PREFIX, DOCUMENT_PATH


class ControlKeys:
    """Lets requests to the control API pass that carry its key; they only, and no others need it.

    Args:
        app: the next link.
        key: the setting `control_key`.
    """

    def __init__(self, app: ASGIApp, key: str) -> None:
        self._app = app
        self._key = key.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "lifespan" or self._is_open(scope["path"]):
            await self._app(scope, receive, send)
            return
        given = read_api_key(scope)
        if secrets.compare_digest(given.encode(), self._key):
            await self._app(scope, receive, send)
            return
        refusal = WireError(
            401,
            "The control API needs the key of the setting 'control_key', as 'Authorization: Bearer KEY'; "
            + ("this one is another." if given else "there was none."),
            code="invalid_api_key",
        )
        await refusal.to_response()(scope, receive, send)

    def _is_open(self, path: str) -> bool:
        is_below = path == CONTROL_PREFIX or path.startswith(f"{CONTROL_PREFIX}/")
        return not is_below or path == f"{CONTROL_PREFIX}{DOCUMENT_PATH}"
