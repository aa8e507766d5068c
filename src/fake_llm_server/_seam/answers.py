"""Gathers the events of an answer into what a whole reply says of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fake_llm_server._seam.events import (
    Begun,
    CallDelta,
    CallStarted,
    Finished,
    FinishReason,
    GenerationEvent,
    ItemGiven,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
    TokenLogprob,
    Usage,
)
from fake_llm_server._seam.request import CallKind


@dataclass(slots=True)
class AnsweredCall:
    """A tool call of an answer, as far as it has come."""

    kind: CallKind
    name: str
    arguments: str = ""
    call_id: str | None = None


@dataclass(slots=True)
class Answer:
    """One choice, as far as it has come."""

    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    calls: list[AnsweredCall] = field(default_factory=list)
    logprobs: list[TokenLogprob] = field(default_factory=list)
    items: list[Mapping[str, Any]] = field(default_factory=list)
    finish_reason: FinishReason | None = None


@dataclass(slots=True)
class Answers:
    """All choices of a request; what answered, and the usage, once they are known."""

    fingerprint: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    by_choice: dict[int, Answer] = field(default_factory=dict)
    usage: Usage | None = None

    def add(self, event: GenerationEvent) -> None:
        """Take an event in."""
        if isinstance(event, Begun):
            self.fingerprint, self.fields = event.fingerprint, event.fields
            return
        if isinstance(event, Usage):
            self.usage = event
            return
        answer = self._find(event.choice)
        match event:
            case TextDelta():
                answer.text += event.text
                answer.logprobs.extend(event.logprobs)
            case ReasoningDelta():
                answer.reasoning += event.text
            case RefusalDelta():
                answer.refusal += event.text
            case CallStarted():
                answer.calls.append(AnsweredCall(event.kind, event.name, call_id=event.call_id))
            case CallDelta():
                answer.calls[event.index].arguments += event.arguments
                answer.logprobs.extend(event.logprobs)
            case ItemGiven():
                answer.items.append(event.item)
            case Finished():
                answer.finish_reason = event.reason

    def _find(self, choice: int) -> Answer:
        answer = self.by_choice.get(choice)
        if answer is None:
            answer = self.by_choice[choice] = Answer()
        return answer
