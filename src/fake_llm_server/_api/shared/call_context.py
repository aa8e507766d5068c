"""Whose request a handler answers: what every call that it makes has in common."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.requests import HTTPConnection

from fake_llm_server._controls.limits import find_limits
from fake_llm_server._controls.token_counts import estimate_prompt
from fake_llm_server._seam import Call, GenerationRequest, RequestHeaders, Scope
from fake_llm_server._settings import ServerSettings

CONTEXT_KEY = "fake_llm_server.call_context"
"""Where the request chain leaves the context, in the ASGI connection scope."""


@dataclass(frozen=True, slots=True)
class CallContext:
    """Who asks, and through which request.

    Attributes:
        settings: of the server.
        headers: of the request, keys masked.
        reply_headers: further headers of the reply; they count until it begins.
    """

    scope: Scope
    request_id: str
    settings: ServerSettings = field(default_factory=ServerSettings)
    headers: Mapping[str, str] = field(default_factory=RequestHeaders)
    reply_headers: dict[str, str] = field(default_factory=dict)

    def create_call(
        self,
        operation: str,
        model: str,
        request: GenerationRequest,
        *,
        metadata: Mapping[str, str] | None = None,
        is_streamed: bool = False,
    ) -> Call:
        """The scope's next call.

        Args:
            operation: of the contract, such as `createChatCompletion`.
            model: the name that the client asked for.
            request: what is to be generated.
            metadata: that the client gave the request.
            is_streamed: whether it asked for a stream.

        Raises:
            RateLimitExceededError: it is beyond the limits of the scope.
        """
        timeout_s = self.settings.answer_timeout_s
        admission = None
        if operation != "getInputTokenCounts" and (limits := find_limits(self.scope, self.settings)):
            # OpenAI's estimate: the larger one of what the answer may have and what the prompt seems to have.
            num_tokens = max(request.max_tokens or 0, estimate_prompt(request))
            admission = limits.admit(model, num_tokens, self.scope.clock.now())
        return Call(
            request=request,
            scope=self.scope,
            operation=operation,
            model=model,
            request_id=self.request_id,
            ordinal=self.scope.next_ordinal(),
            deadline_s=None if timeout_s is None else self.scope.clock.now() + timeout_s,
            rules=self.scope.rules or self.settings.answers,
            headers=self.headers,
            metadata=metadata or {},
            is_streamed=is_streamed,
            admission=admission,
        )


def read_context(connection: HTTPConnection) -> CallContext:
    """The context of a request or a WebSocket that came through the chain."""
    context: CallContext = connection.scope[CONTEXT_KEY]
    return context
