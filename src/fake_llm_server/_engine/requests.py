"""What is asked of the engine, and the events it answers with.

Tokens go in, text comes out: chat templates, tools and wire formats are others' work.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from fake_llm_server._seam import Constraint, Sampling, TokenLogprob


@dataclass(frozen=True, slots=True)
class EngineRequest:
    """One prompt to continue.

    Attributes:
        prompt: token ids, at least one.
        max_tokens: upper bound of generated tokens per choice; None is bounded by the window.
        num_choices: continuations of the one prompt, from seeds derived from `sampling.seed`.
        stop: strings that end a choice; they are not part of its text.
        constraint: language that each choice's text must lie in, or None.
        offered: a language that the client offered and that must be a valid one too, although the texts
            needn't lie in it; or None.
        alternatives: create constraints, each wider than the one before, that take its place where the limit
            is too small for any of its texts and `lead_to_end` is set.
        num_top_logprobs: alternatives reported with each token; None reports no logprobs.
        lead_to_end: whether a constrained choice comes to a valid end before its limit, if one is in reach.
        deadline_s: when the request fails if it isn't answered, by the monotonic clock; None is never.
        ends_repetition: whether greedy text ends when it goes round in circles; it must be free to end
            anywhere.
    """

    prompt: tuple[int, ...]
    sampling: Sampling = field(default_factory=Sampling)
    max_tokens: int | None = None
    num_choices: int = 1
    stop: tuple[str, ...] = ()
    constraint: Constraint | None = None
    offered: Constraint | None = None
    alternatives: tuple[Callable[[], Constraint | None], ...] = ()
    num_top_logprobs: int | None = None
    lead_to_end: bool = False
    deadline_s: float | None = None
    ends_repetition: bool = False


@dataclass(frozen=True, slots=True)
class TextGenerated:
    """Text of a choice that is safe to show: whole characters, no part of a stop string.

    `num_tokens` counts the tokens whose text this is, including any that were held back before;
    `logprobs` has one entry for each of them when logprobs were asked for.
    """

    choice: int
    text: str
    num_tokens: int
    logprobs: tuple[TokenLogprob, ...] = ()


@dataclass(frozen=True, slots=True)
class ChoiceFinished:
    """A choice has ended.

    Attributes:
        reason: `stop` at an end-of-generation token, a stop string or the end of the constraint's
            language; `length` at a token limit.
        num_tokens: tokens generated for this choice, as OpenAI counts them: without the
            end-of-generation token.
        stop: the stop string that ended it, or None.
        is_whole: whether a text that ends at a token limit is known to lie in the constraint's language.
    """

    choice: int
    reason: str
    num_tokens: int
    stop: str | None = None
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class RequestFinished:
    """The request's last event when it succeeded.

    Attributes:
        num_cached_tokens: prompt tokens that the prefix cache spared.
    """

    num_prompt_tokens: int
    num_cached_tokens: int
    num_generated_tokens: int


@dataclass(frozen=True, slots=True)
class RequestFailed:
    """The request's last event when it did not succeed."""

    error: Exception


EngineEvent = TextGenerated | ChoiceFinished | RequestFinished | RequestFailed
EngineListener = Callable[[EngineEvent], None]
