"""The journal's entries: what a scope was asked, and what it answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from fake_llm_server._seam import (
    AnsweredCall,
    Answers,
    Call,
    FinishReason,
    GenerationRequest,
    Tool,
    Turn,
    Usage,
)

Source = Literal["script", "rule", "model", "nobody"]
"""What answered a call."""


@dataclass(frozen=True, slots=True)
class ReceivedReply:
    """One choice of what a call was answered with, as far as it has come.

    Attributes:
        text: empty if there is none.
        tool_calls: each with `name`, `arguments` (text) and `kind`.
        reasoning: empty if there is none.
        refusal: empty if there is none.
        finish_reason: None if the answer didn't come to its end.
    """

    text: str = ""
    tool_calls: tuple[AnsweredCall, ...] = ()
    reasoning: str = ""
    refusal: str = ""
    finish_reason: FinishReason | None = None


@dataclass(eq=False, slots=True, repr=False)
class ReceivedCall:
    """A call that a scope received.

    Attributes:
        call: the call itself, as backends get it.
        source: what answers it: the script, a rule or the model; nobody, if a strict scope has no reply.
        status: of the HTTP reply; None as long as there is none.
        error: the words of the error that it was answered with, or that ended its stream.
        has_left: whether the client left before the answer was whole.
    """

    call: Call
    source: Source = "model"
    status: int | None = None
    error: str | None = None
    has_left: bool = False
    _answers: Answers = field(default_factory=Answers)

    @property
    def request(self) -> GenerationRequest:
        """Everything that was asked for, free of any wire format."""
        return self.call.request

    @property
    def model(self) -> str:
        """The name that the client asked for."""
        return self.call.model

    @property
    def operation(self) -> str:
        """Of the contract: `createChatCompletion`, `createResponse` or `compactConversation`."""
        return self.call.operation

    @property
    def headers(self) -> Mapping[str, str]:
        """Of the HTTP request, by their names in whatever case; keys are masked."""
        return self.call.headers

    @property
    def metadata(self) -> Mapping[str, str]:
        """That the client gave the request."""
        return self.call.metadata

    @property
    def is_streamed(self) -> bool:
        """Whether the client asked for a stream."""
        return self.call.is_streamed

    @property
    def messages(self) -> Sequence[Turn]:
        """The conversation; each has `role`, `text`, `name`, `calls`, `call_id` and `reasoning`."""
        return self.request.turns

    @property
    def tools(self) -> Sequence[Tool]:
        """The tools that were offered; each has `name`, `kind`, `parameters` and more."""
        return self.request.tools

    @property
    def user_text(self) -> str:
        """The text of the user's last message; empty if there is none."""
        return next((turn.text for turn in reversed(self.messages) if turn.role == "user"), "")

    @property
    def system_text(self) -> str:
        """The texts of all system and developer messages, a line between them."""
        return "\n".join(turn.text for turn in self.messages if turn.role in ("system", "developer"))

    @property
    def tool_results(self) -> Sequence[Turn]:
        """The tools' messages at the end of the conversation."""
        results: list[Turn] = []
        for turn in reversed(self.messages):
            if turn.role != "tool":
                break
            results.insert(0, turn)
        return results

    @property
    def tool_result_names(self) -> Sequence[str]:
        """The names of the tools whose results stand at the end of the conversation."""
        made = {call.call_id: call.name for turn in self.messages for call in turn.calls}
        return [made.get(result.call_id or "", result.name or "") for result in self.tool_results]

    @property
    def turn(self) -> int:
        """Which answer of its conversation this is, from 1."""
        return 1 + sum(turn.role == "assistant" for turn in self.messages)

    @property
    def reply(self) -> ReceivedReply:
        """The first choice of the answer."""
        choices = self.choices
        return choices[0] if choices else ReceivedReply()

    @property
    def choices(self) -> Sequence[ReceivedReply]:
        """All choices of the answer."""
        return [
            ReceivedReply(
                answer.text, tuple(answer.calls), answer.reasoning, answer.refusal, answer.finish_reason
            )
            for _, answer in sorted(self._answers.by_choice.items())
        ]

    @property
    def usage(self) -> Usage | None:
        """The token counts of the answer; None if it didn't come to its end."""
        return self._answers.usage

    @property
    def answers(self) -> Answers:
        """What gathers the answer."""
        return self._answers

    def __repr__(self) -> str:
        """Which call it is and how it was answered; `FakeLLM.describe` says more."""
        status = "no reply" if self.status is None else self.status
        return (
            f"<ReceivedCall {self.call.ordinal}: {self.operation} {self.model!r}, {status} by {self.source}>"
        )
