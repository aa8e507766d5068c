"""A request to a model, with what it belongs to."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from fake_llm_server._errors import TimeLimitError
from fake_llm_server._seam.events import Usage
from fake_llm_server._seam.request import GenerationRequest
from fake_llm_server._seam.scope import Scope
from fake_llm_server._settings import AnswerRules


class Admission(Protocol):
    """What a limit let in, and counts when it is answered."""

    def settle(self, usage: Usage, now_s: float) -> None:
        """Count what an answer has used, at this time of the scope's clock."""


@dataclass(frozen=True, slots=True, repr=False)
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
        deadline_s: when the answer must be finished, by its scope's clock, in seconds; None is never.
        rules: what is done so that a program can use the answer.
        headers: of the HTTP request, keys masked.
        metadata: that the client gave the request.
        is_streamed: whether the client asked for a stream.
        admission: by the limits of its scope; None without any.
    """

    request: GenerationRequest
    scope: Scope = field(default_factory=Scope)
    operation: str = ""
    model: str = ""
    request_id: str = ""
    ordinal: int = 0
    deadline_s: float | None = None
    rules: AnswerRules = field(default_factory=AnswerRules)
    headers: Mapping[str, str] = field(default_factory=dict, compare=False)
    metadata: Mapping[str, str] = field(default_factory=dict)
    is_streamed: bool = False
    admission: Admission | None = field(default=None, compare=False)

    def counted_whole(self) -> "Call":
        """The same call, for counting its prompt's tokens as if nothing were left out."""
        return replace(self, rules=replace(self.rules, long_prompts="refuse"))

    def asking(self, request: GenerationRequest) -> "Call":
        """The same call with another request, such as a shortened one."""
        return replace(self, request=request)

    @property
    def left_s(self) -> float | None:
        """Seconds until the answer must be finished, below 0 if that is past; None is for ever."""
        return None if self.deadline_s is None else self.deadline_s - self.scope.clock.now()

    async def sleep_until(self, moment_s: float) -> None:
        """Wait for a moment of the scope's clock, but not beyond the time that the answer may take.

        Raises:
            TimeLimitError: that is over first.
        """
        is_in_time = self.deadline_s is None or moment_s <= self.deadline_s
        await self.scope.clock.sleep_until(moment_s if is_in_time else self.deadline_s or 0.0)
        if not is_in_time:
            raise TimeLimitError

    def __repr__(self) -> str:
        """Which call it is; its request would fill a screen."""
        return f"<Call {self.ordinal} of {self.scope!r}: {self.operation} {self.model!r}>"
