"""The journal's entries: what a scope was asked, and what it answered."""

from collections.abc import Sequence
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


@dataclass(eq=False, slots=True)
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
