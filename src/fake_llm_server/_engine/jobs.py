"""What the engine knows of a request from its submission to its last event."""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from fake_llm_server._engine.choice import Choice
from fake_llm_server._engine.requests import (
    EngineEvent,
    EngineListener,
    EngineRequest,
    RequestFailed,
    RequestFinished,
)
from fake_llm_server._engine.rules import ChunkedPrompt
from fake_llm_server._engine.sampling import Logits

logger = logging.getLogger(__name__)


class Submission:
    """A request that the engine took; any thread may cancel it."""

    def __init__(self) -> None:
        self._is_cancelled = threading.Event()

    def cancel(self) -> None:
        """End the request within one step, without further events. Cancelling twice is cancelling once."""
        self._is_cancelled.set()

    @property
    def is_cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._is_cancelled.is_set()


@dataclass(slots=True, eq=False)
class Job:
    """A request on its way through the engine.

    Attributes:
        choices: what continues the prompt.
        prompt: of the request, in chunks.
        queued_s: when it began to wait for a slot, by the monotonic clock.
        num_unfinished: choices that haven't ended.
        prompt_logits: those after the prompt, once it is prefilled, if other choices start from them.
        is_over: whether its last event is out, or about to be.
    """

    request: EngineRequest
    listener: EngineListener
    choices: Sequence[Choice]
    prompt: ChunkedPrompt
    queued_s: float
    submission: Submission = field(default_factory=Submission)
    num_unfinished: int = field(init=False)
    num_cached_tokens: int = 0
    num_generated_tokens: int = 0
    prompt_logits: Logits | None = None
    is_over: bool = False

    def __post_init__(self) -> None:
        self.num_unfinished = len(self.choices)

    @property
    def num_prompt_tokens(self) -> int:
        """Tokens to prefill."""
        return len(self.prompt.tokens)

    @property
    def borders(self) -> Sequence[int]:
        """Where the chunks of the prompt end."""
        return self.prompt.borders

    @property
    def num_choices(self) -> int:
        """Sequences that continue the prompt."""
        return len(self.choices)

    @property
    def deadline_s(self) -> float | None:
        """When its answer is of no use any more, by the monotonic clock."""
        return self.request.deadline_s

    def num_pending(self, choice: int) -> int:
        """Generated tokens of a choice that wait to be evaluated."""
        return len(self.choices[choice].pending)

    def is_finished(self, choice: int) -> bool:
        """Whether a choice has ended."""
        return self.choices[choice].finished is not None

    @property
    def is_dropped(self) -> bool:
        """Whether nobody waits for it any more."""
        return self.is_over or self.submission.is_cancelled

    def tell(self, events: Sequence[EngineEvent]) -> None:
        """Hand events to the listener; one that raises has its request cancelled."""
        for event in events:
            if not self.is_dropped:
                self._call_listener(event)

    def fail(self, error: Exception) -> None:
        """End with an error."""
        self._end(RequestFailed(error))

    def finish_choice(self, choice: Choice) -> None:
        """Note the end of a choice; the last one ends the request."""
        self.num_unfinished -= 1
        self.num_generated_tokens += choice.num_tokens
        if self.num_unfinished == 0:
            self._end(
                RequestFinished(len(self.request.prompt), self.num_cached_tokens, self.num_generated_tokens)
            )

    def _end(self, last: RequestFailed | RequestFinished) -> None:
        """Tell the last event; the request's place is free by then, since its client may send another."""
        was_dropped, self.is_over = self.is_dropped, True
        if not was_dropped:
            self._call_listener(last)

    def _call_listener(self, event: EngineEvent) -> None:
        try:
            self.listener(event)
        except BaseException:
            # Whatever it is, the other requests on this thread have nothing to do with it.
            logger.exception("A listener failed; its request is cancelled")
            self.submission.cancel()
