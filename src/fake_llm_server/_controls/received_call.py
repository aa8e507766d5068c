"""The journal's entries: what a scope was asked, and what it answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from fake_llm_server._controls.entry_json import write_call
from fake_llm_server._controls.entry_words import summarize
from fake_llm_server._controls.item_parts import read_item_calls, read_item_texts
from fake_llm_server._controls.received_request import ReceivedRequest
from fake_llm_server._controls.reply import Reply
from fake_llm_server._controls.token_counts import estimate_tokens
from fake_llm_server._seam import (
    AnsweredCall,
    Answers,
    Begun,
    Call,
    FinishReason,
    GenerationEvent,
    GenerationRequest,
    Tool,
    Turn,
    Usage,
)

Source = Literal["header", "script", "rule", "model", "nobody", "server"]
"""What answered; the server itself answers only requests that make no call."""


@dataclass(frozen=True, slots=True)
class ReceivedReply:
    """One choice of what a call was answered with, as far as it has come.

    Attributes:
        text: empty if there is none; the messages among its items count.
        tool_calls: each with `name`, `arguments` (text) and `kind`.
        reasoning: empty if there is none.
        refusal: empty if there is none.
        finish_reason: None if the answer didn't come to its end.
        items: those of a response that a script gave as they stand.
    """

    text: str = ""
    tool_calls: tuple[AnsweredCall, ...] = ()
    reasoning: str = ""
    refusal: str = ""
    finish_reason: FinishReason | None = None
    items: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Timing:
    """When the answer of a call came, by the clock of its scope, in seconds from the call's coming.

    Attributes:
        came_s: when the call came, by `fake_llm.clock.now()`.
        first_event_s: when the first event of its answer was there; None as long as there is none.
        last_event_s: when the last one was, of those that have come.
    """

    came_s: float
    first_event_s: float | None = None
    last_event_s: float | None = None


@dataclass(eq=False, slots=True, repr=False)
class ReceivedCall:
    """A call that a scope received.

    Attributes:
        call: the call itself, as backends get it.
        number: among the calls of its scope, from 0.
        source: what answers it: its own header, the script, a rule or the model; nobody, if a strict scope
            has no reply.
        status: of the HTTP reply; None as long as there is none.
        error: the words of the error that it was answered with, or that ended its stream.
        has_left: whether the client left before the answer was whole.
        written: the reply that was taken for it, made by its function if it has one; None as long as there is
            none.
        is_made: whether a function makes it.
        http: the HTTP request that made it; None if it came before the scope had controls.
        faults: what went wrong with its reply on purpose, as a test writes it, such as `cut(after=3)`.
        is_broken: whether its reply was broken off on purpose.
    """

    call: Call
    source: Source = "model"
    status: int | None = None
    error: str | None = None
    has_left: bool = False
    written: Reply | None = None
    number: int = 0
    is_made: bool = False
    http: ReceivedRequest | None = None
    faults: list[str] = field(default_factory=list)
    is_broken: bool = False
    _answers: Answers = field(default_factory=Answers)
    _came_s: float = 0.0
    _moments_s: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        """Note when it came."""
        self._came_s = self.call.scope.clock.now()

    def take(self, event: GenerationEvent) -> None:
        """Add an event to the answer."""
        now_s = self.call.scope.clock.now() - self._came_s
        if not isinstance(event, Begun):
            self._moments_s = (now_s if self._moments_s is None else self._moments_s[0], now_s)
        self._answers.add(event)

    @property
    def timing(self) -> Timing:
        """When the answer came, by the clock of the scope; a clock that is frozen tells 0 s."""
        return Timing(self._came_s, *(self._moments_s or ()))

    @property
    def tokens_for_nobody(self) -> int:
        """Tokens that were written of an answer that its client didn't wait for, and that were never sent.

        They are estimated, as of scripted texts. A stream is written no further when its client leaves.
        """
        if not self.has_left or (self.http is not None and self.http.began_s is not None):
            return 0
        return sum(
            estimate_tokens(text)
            for answer in self._answers.by_choice.values()
            for text in (
                answer.text,
                answer.reasoning,
                answer.refusal,
                *(call.name + call.arguments for call in answer.calls),
            )
        )

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
                "".join((*read_item_texts(answer.items), answer.text)),
                (*read_item_calls(answer.items), *answer.calls),
                answer.reasoning,
                answer.refusal,
                answer.finish_reason,
                tuple(answer.items),
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

    def as_json(self) -> dict[str, Any]:
        """It with its answer, as a value for JSON."""
        return write_call(self)

    def __repr__(self) -> str:
        return f"<call {summarize(self)}>"
