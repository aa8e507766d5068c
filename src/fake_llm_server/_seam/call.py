"""A request to a model, with what it belongs to."""

from dataclasses import dataclass, field, replace

from fake_llm_server._seam.request import GenerationRequest
from fake_llm_server._seam.scope import Scope
from fake_llm_server._settings import AnswerRules


@dataclass(frozen=True, slots=True)
class Call:
    """What a backend is asked, by whom and through what.

    Layers match on it, and draws of chance are keyed by `(scope, ordinal)`, never by times of arrival.

    Attributes:
        request: what is to be generated.
        scope: whose call it is.
        operation: of the contract, such as `createChatCompletion`.
        model: the name that the client asked for.
        request_id: of the HTTP request, or of the message.
        ordinal: of the call within its scope, from 0.
        deadline_s: when the answer must be finished, by the monotonic clock, in seconds; None is never.
        rules: what is done so that a program can use the answer.
    """

    request: GenerationRequest
    scope: Scope = field(default_factory=Scope)
    operation: str = ""
    model: str = ""
    request_id: str = ""
    ordinal: int = 0
    deadline_s: float | None = None
    rules: AnswerRules = field(default_factory=AnswerRules)

    def counted_whole(self) -> "Call":
        """The same call, for counting its prompt's tokens as if nothing were left out."""
        return replace(self, rules=replace(self.rules, long_prompts="refuse"))

    def asking(self, request: GenerationRequest) -> "Call":
        """The same call with another request, such as a shortened one."""
        return replace(self, request=request)
