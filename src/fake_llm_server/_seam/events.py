"""What comes back from a model: the events of an answer, in order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from fake_llm_server._seam.request import CallKind

FinishReason = Literal["stop", "length", "tool_calls", "content_filter"]


@dataclass(frozen=True, slots=True)
class TokenLogprob:
    """A token with the natural logarithm of its probability at temperature 1, before any mask.

    Attributes:
        token_id: in the model's vocabulary.
        piece: the token's bytes; they needn't be whole UTF-8.
        logprob: natural logarithm, at most 0.
        alternatives: the most probable tokens at this position, best first.
    """

    token_id: int
    piece: bytes
    logprob: float
    alternatives: tuple["TokenLogprob", ...] = ()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What a model didn't see of a request that was too long for it.

    Attributes:
        num_tools: whose descriptions were shortened.
        num_texts: turns that lost the middle of a text.
        num_turns: that were dropped.
    """

    num_tools: int = 0
    num_texts: int = 0
    num_turns: int = 0


@dataclass(frozen=True, slots=True)
class Begun:
    """The first event: the call is admitted, and nothing about it will be refused any more.

    Attributes:
        fingerprint: of what answers.
        left_out: of the request; None if the model saw all of it.
        fields: of the API's reply, in place of those that the handler writes.
    """

    fingerprint: str
    left_out: LeftOut | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of a choice's text; `logprobs` are those of the tokens that it completes."""

    choice: int
    text: str
    logprobs: tuple[TokenLogprob, ...] = ()


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """A piece of what a choice thinks before it speaks."""

    choice: int
    text: str


@dataclass(frozen=True, slots=True)
class RefusalDelta:
    """A piece of the words in which a choice declines to answer."""

    choice: int
    text: str


@dataclass(frozen=True, slots=True)
class CallStarted:
    """A choice begins its `index`-th tool call; the handler makes an id for it, if it has none."""

    choice: int
    index: int
    kind: CallKind
    name: str
    call_id: str | None = None


@dataclass(frozen=True, slots=True)
class CallDelta:
    """A piece of the arguments of the `index`-th tool call, or of its input if its `kind` is custom."""

    choice: int
    index: int
    kind: CallKind
    arguments: str
    logprobs: tuple[TokenLogprob, ...] = ()


@dataclass(frozen=True, slots=True)
class CallEnded:
    """The `index`-th tool call is whole, though marks of the model's own form may still follow it.

    A call that a limit cut has none. A backend may leave it out: what comes next then ends the call.
    """

    choice: int
    index: int


@dataclass(frozen=True, slots=True)
class ItemGiven:
    """A whole item of an answer, which only the API that sends it understands."""

    choice: int
    item: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Finished:
    """A choice is complete."""

    choice: int
    reason: FinishReason


@dataclass(frozen=True, slots=True)
class Usage:
    """The last event of a request: its token counts, over all choices.

    Attributes:
        prompt_tokens: of the prompt, once, however many choices.
        cached_tokens: how many of those came from the prefix cache.
        completion_tokens: all generated tokens, reasoning included.
        reasoning_tokens: how many of those were thoughts.
        accepted_prediction_tokens: generated tokens that the prediction foretold.
        rejected_prediction_tokens: predicted tokens that did not come.
    """

    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    accepted_prediction_tokens: int = 0
    rejected_prediction_tokens: int = 0


ChoiceEvent = (
    TextDelta | ReasoningDelta | RefusalDelta | CallStarted | CallDelta | CallEnded | ItemGiven | Finished
)
GenerationEvent = Begun | ChoiceEvent | Usage
