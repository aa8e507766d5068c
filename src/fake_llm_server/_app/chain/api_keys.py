"""The link that asks for an API key, where the server has any."""

import base64
import binascii
import secrets
from collections.abc import Collection

from starlette.types import ASGIApp, Receive, Scope, Send

from fake_llm_server._api.shared.wire_errors import WireError
from fake_llm_server._app.apis import API_PREFIX
from fake_llm_server._app.chain.request_headers import find_header
from fake_llm_server._app.scopes import Scopes

_KEYS_PAGE = "https://platform.openai.com/account/api-keys"
_READ_KEY = "fake_llm_server.api_key"
_SHOWN_BEGIN, _SHOWN_END = 8, 4
"""Characters of a wrong key that the error repeats."""


class ApiKeys:
    """Lets requests with one of the keys pass, or all where there are no keys.

    The words are OpenAI's: for a wrong key https://github.com/popjane/free_chatgpt_api/issues/3, for none
    https://github.com/xebia-functional/xef/pull/279 and https://github.com/openai/openai-cookbook/issues/2347.

    Args:
        app: the next link.
        keys: those that are good; empty lets every request pass.
        scopes: the keys of open scopes are good as well.
    """

    def __init__(self, app: ASGIApp, keys: Collection[str], scopes: Scopes) -> None:
        self._app = app
        self._scopes = scopes
        self._keys = [key.encode() for key in keys]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        is_protected = scope["type"] != "lifespan" and scope["path"].startswith(API_PREFIX)
        if not self._keys or not is_protected:
            await self._app(scope, receive, send)
            return
        given = read_api_key(scope)
        if given and self._is_good(given):
            await self._app(scope, receive, send)
            return
        refusal = _wrong_key(given) if given else _no_key(scope["path"])
        # Starlette writes it for a WebSocket as well, as a refused handshake.
        await refusal.to_response()(scope, receive, send)

    def _is_good(self, given: str) -> bool:
        is_own = any(secrets.compare_digest(given.encode(), key) for key in self._keys)
        return is_own or self._scopes.has(given)


def read_api_key(connection: Scope) -> str:
    """The key of a request: a bearer's token, or the password of basic authentication; empty without.

    Several links ask for it; it is read once, and kept in the connection.
    """
    key: str | None = connection.get(_READ_KEY)
    if key is None:
        key = connection[_READ_KEY] = _read_api_key(connection)
    return key


def _read_api_key(connection: Scope) -> str:
    authorization = find_header(connection, b"authorization", "")
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""


def _wrong_key(key: str) -> WireError:
    message = f"Incorrect API key provided: {_mask(key)}. You can find your API key at {_KEYS_PAGE}."
    return WireError(401, message, code="invalid_api_key")


def _mask(key: str) -> str:
    num_hidden = len(key) - _SHOWN_BEGIN - _SHOWN_END
    return key if num_hidden <= 0 else f"{key[:_SHOWN_BEGIN]}{'*' * num_hidden}{key[-_SHOWN_END:]}"


def _no_key(path: str) -> WireError:
    if path.startswith(f"{API_PREFIX}/responses"):
        return WireError(401, "Missing bearer or basic authentication in header")
    return WireError(
        401,
        "You didn't provide an API key. You need to provide your API key in an Authorization header using "
        "Bearer auth (i.e. Authorization: Bearer YOUR_KEY), or as the password field (with blank username) "
        "if you're accessing the API from your browser and are prompted for a username and password. You "
        f"can obtain an API key from {_KEYS_PAGE}.",
    )
