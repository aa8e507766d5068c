"""The link that reads absolute request targets: `GET http://host/v1/models HTTP/1.1`.

Clients send them to proxies, and servers must take them too. Of uvicorn's two readers of HTTP, httptools
gives the path alone, and h11 the whole target.

Source: https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2
"""

import re
from urllib.parse import unquote

from starlette.types import ASGIApp, Receive, Scope, Send

from fake_llm_server._api.shared.wire_errors import WireError

_ABSOLUTE = re.compile(rb"https?://(?P<host>[^/]*)(?P<path>.*)", re.IGNORECASE | re.DOTALL)


class RequestTargets:
    """Passes a request on with the target's path as its path, and the target's host as its `Host`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        root = scope.get("root_path", "").encode()
        target = scope.get("raw_path", b"").removeprefix(root)
        found = _ABSOLUTE.fullmatch(target)
        if found is None:
            await self._app(scope, receive, send)
            return
        host, path = found["host"], root + (found["path"] or b"/")
        if not host or b"@" in host:
            refusal = WireError(400, f"Invalid URL ({target.decode('latin-1')})")
            await refusal.to_response()(scope, receive, send)
            return
        headers = [(name, value) for name, value in scope["headers"] if name != b"host"]
        rewritten = {
            **scope,
            "raw_path": path,
            "path": unquote(path.decode("ascii")),
            "headers": [(b"host", host), *headers],
        }
        await self._app(rewritten, receive, send)
