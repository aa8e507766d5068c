"""Whose request a handler answers: what every call that it makes has in common."""

from dataclasses import dataclass

from starlette.requests import HTTPConnection

from fake_llm_server._api.shared.request_ids import current_request_id
from fake_llm_server._seam import Call, GenerationRequest, Scope

SCOPE_KEY = "fake_llm_server.scope"
"""Where the request chain leaves the `Scope` in the ASGI connection scope."""


@dataclass(frozen=True, slots=True)
class CallContext:
    """Who asks, and through which request."""

    scope: Scope
    request_id: str

    def create_call(self, operation: str, model: str, request: GenerationRequest) -> Call:
        """The scope's next call.

        Args:
            operation: of the contract, such as `createChatCompletion`.
            model: the name that the client asked for.
            request: what is to be generated.
        """
        return Call(
            request=request,
            scope=self.scope,
            operation=operation,
            model=model,
            request_id=self.request_id,
            ordinal=self.scope.next_ordinal(),
        )


def read_context(connection: HTTPConnection) -> CallContext:
    """The context of a request or a WebSocket that came through the chain."""
    scope: Scope = connection.scope[SCOPE_KEY]
    return CallContext(scope, current_request_id())
