"""The link that takes the reply which a request brings with it in a header."""

from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from fake_llm_server._api.shared.wire_errors import describe_error
from fake_llm_server._control_api import REPLY_HEADER
from fake_llm_server._controls import OWN_REPLY, Reply
from fake_llm_server._errors import FakeLLMServerError, PermissionDeniedError

_NAME = REPLY_HEADER.encode()


class OwnReplies:
    """Leaves the reply of a request's header where the layer of controls looks for it.

    Args:
        app: the next link.
        read: makes a reply of the header's value; None refuses the header, as control over HTTP is off.
    """

    def __init__(self, app: ASGIApp, read: Callable[[bytes], Reply] | None) -> None:
        self._app = app
        self._read = read

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        given = [value for name, value in scope.get("headers", ()) if name == _NAME]
        if not given or scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            OWN_REPLY.set(self._make(given[0]))
        except FakeLLMServerError as error:
            await describe_error(error).to_response()(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _make(self, value: bytes) -> Reply:
        if self._read is None:
            raise PermissionDeniedError(
                f"The header {REPLY_HEADER} works where control over HTTP is on: start the server with the "
                "setting 'control_key'.",
                param=REPLY_HEADER,
            )
        return self._read(value)
