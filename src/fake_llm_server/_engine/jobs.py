"""What the engine knows of a request from its submission to its last event."""

import logging
import threading
from collections import deque
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
        waiting: choices that have no slot yet.
        submitted_s: when, by the monotonic clock.
        prompt_logits: after the prompt, once it is prefilled and while other choices wait.
        has_begun: whether a choice has or had a slot.
        is_over: whether its last event is out, or about to be.
    """

    request: EngineRequest
    listener: EngineListener
    waiting: deque[Choice]
    submitted_s: float
    submission: Submission = field(default_factory=Submission)
    num_unfinished: int = 0
    num_cached_tokens: int = 0
    num_generated_tokens: int = 0
    prompt_logits: Logits | None = None
    has_begun: bool = False
    is_over: bool = False

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


@dataclass(slots=True, eq=False)
class Occupant:
    """A choice in a slot.

    Attributes:
        position: tokens of its sequence whose KV the slot holds.
        borders_to_save: positions at which its state is to be cached.
    """

    job: Job
    choice: Choice
    slot: int
    position: int = 0
    borders_to_save: frozenset[int] = frozenset()

    @property
    def is_prefilling(self) -> bool:
        """Whether a part of the prompt is still to be evaluated."""
        return self.position < len(self.job.request.prompt)

    @property
    def num_pending(self) -> int:
        """Generated tokens that wait to be evaluated."""
        return len(self.choice.pending)
