"""One step of the engine: schedule, evaluate, hand on. Only the engine's thread is here.

A step prefills a few chunks of one prompt and then decodes every running sequence once, so that a long prompt
never starves the others. A fault fails the requests that it struck; a fatal one all that run, and the
context is made anew.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fake_llm_server._engine.jobs import Job, Occupant
from fake_llm_server._engine.native import NativeContext, NativeError, NativeModel, Row
from fake_llm_server._engine.prefix_cache import PrefixCache
from fake_llm_server._engine.rules import FORCED_RUN, PREFILL_PER_STEP, chunk_end
from fake_llm_server._engine.sampling import Logits
from fake_llm_server._engine.schedule import Slots, group_calls
from fake_llm_server._engine.self_check import NOTHING_IS_EXACT, CheckInterruptedError, check_exactness
from fake_llm_server._engine.thread_count import ThreadCount
from fake_llm_server._errors import (
    EngineFailureError,
    GenerationError,
    QueueTimeoutError,
    TimeLimitError,
)

logger = logging.getLogger(__name__)

CreateContext = Callable[[], NativeContext]


class Stepper:
    """Runs jobs on a context.

    Args:
        create_context: makes the context, and makes it anew after a fatal fault.
        model: of that context.
        num_slots: of that context.
        num_threads: of that context.
        max_wait_s: how long a job may wait for a slot; None is unlimited.
        can_share: whether a slot that holds a prompt and more can be cut back to it, for the next choice.
        prefix_cache: filled and used here, where the self-check found restored states exact.

    Attributes:
        is_checked: whether `check_exactness` is done; nothing else may be called before.
    """

    def __init__(
        self,
        create_context: CreateContext,
        *,
        model: NativeModel,
        num_slots: int,
        num_threads: int,
        max_wait_s: float | None,
        can_share: bool,
        prefix_cache: PrefixCache[NDArray[np.uint8]],
    ) -> None:
        self.is_checked = False
        self._create_context = create_context
        self._open_context: NativeContext | None = create_context()
        self._num_slots = num_slots
        self._max_wait_s = max_wait_s
        self._can_share = can_share
        self._model = model
        self._num_threads = num_threads
        self._exactness = NOTHING_IS_EXACT
        self._thread_count: ThreadCount | None = None
        self._slots = Slots(num_slots)
        self._cache = prefix_cache
        self._waiting: deque[Job] = deque()
        self._running: list[Occupant] = []

    @property
    def do_threads_matter(self) -> bool:
        """Whether the check was made, and didn't find that any number of threads computes the same."""
        return self.is_checked and not self._exactness.at_any_thread_count

    @property
    def jobs(self) -> list[Job]:
        """What waits and runs, until the step after its end."""
        return list(dict.fromkeys([*self._waiting, *(occupant.job for occupant in self._running)]))

    def check_exactness(self, should_stop: Callable[[], bool]) -> None:
        """Find out what is exact for these weights; no job may have been added yet.

        Until it is done nothing is taken to be exact, and if the check fails, for good. One that was
        interrupted can be repeated.

        Args:
            should_stop: asked before each call into llama.cpp.
        """
        try:
            self._exactness = check_exactness(
                self._context, self._model, self._num_slots, self._num_threads, should_stop
            )
        except CheckInterruptedError:
            return
        except Exception:
            logger.exception("The self-check failed; sequences are decoded one by one")
            self._replace_context()
        self.is_checked = True
        if self._exactness.at_any_thread_count:
            self._thread_count = ThreadCount(self._num_threads)

    def add(self, job: Job) -> None:
        """Queue a job."""
        self._waiting.append(job)

    def step(self) -> None:
        """Do one step."""
        self._fail_overdue()
        try:
            self._drop()
            self._admit()
            self._prefill_one()
            self._decode_all()
            self._drop()
        except NativeError as error:
            self._start_anew(error)

    def recover(self, error: Exception) -> None:
        """Fail every job after a fault of our own, and start with a new context."""
        for job in self.jobs:
            job.fail(error)
        self._waiting.clear()
        self._replace_context()

    def close(self) -> None:
        """Free the context."""
        context, self._open_context = self._open_context, None
        if context is not None:
            context.close()

    @property
    def _context(self) -> NativeContext:
        """The context; after a fatal fault a new one."""
        if self._open_context is None:
            self._open_context = self._create_context()
        return self._open_context

    def _fail_overdue(self) -> None:
        now = time.monotonic()
        for job in self.jobs:
            age_s = now - job.submitted_s
            max_time_s = job.request.max_time_s
            if max_time_s is not None and age_s > max_time_s:
                job.fail(TimeLimitError(f"The request took longer than its limit of {max_time_s} s."))
            elif self._max_wait_s is not None and not job.has_begun and age_s > self._max_wait_s:
                job.fail(
                    QueueTimeoutError(f"The request waited for a slot longer than {self._max_wait_s} s.")
                )

    def _drop(self) -> None:
        """Free the slots of choices that are finished, cancelled or failed."""
        for occupant in list(self._running):
            if occupant.job.is_dropped or occupant.choice.finished:
                self._running.remove(occupant)
                self._leave(occupant)
        self._waiting = deque(job for job in self._waiting if not job.is_dropped)

    def _leave(self, occupant: Occupant) -> None:
        """Hand a slot to the next choice of the same prompt, or free it."""
        job = occupant.job
        if job.is_dropped or job.prompt_logits is None:
            self._context.cut(occupant.slot)
            self._slots.release(occupant.slot)
            return
        self._context.cut(occupant.slot, len(job.request.prompt))
        self._follow(job, occupant.slot)

    def _admit(self) -> None:
        """Give free slots to waiting choices, in order of arrival; one prompt is prefilled at a time."""
        while self._waiting and self._slots.has_free:
            job = self._waiting[0]
            if job.prompt_logits is not None:
                slot = self._slots.take()
                prompt_length = len(job.request.prompt)
                source = next(one for one in self._running if one.job is job)
                self._context.copy(source.slot, slot, prompt_length)
                self._follow(job, slot)
            elif any(occupant.is_prefilling for occupant in self._running):
                return
            else:
                self._seat(job, self._slots.take())
                self._reuse_prefix(self._running[-1])

    def _seat(self, job: Job, slot: int) -> Occupant:
        """Put a job's next choice into a slot; when none waits any more, the job leaves the queue."""
        occupant = Occupant(job, job.waiting.popleft(), slot)
        self._running.append(occupant)
        job.has_begun = True
        if not job.waiting:
            self._waiting.remove(job)
        return occupant

    def _follow(self, job: Job, slot: int) -> None:
        """Start a further choice in a slot that holds the prompt."""
        logits = job.prompt_logits
        occupant = self._seat(job, slot)
        occupant.position = len(job.request.prompt)
        if not job.waiting:
            job.prompt_logits = None
        if logits is not None:
            self._advance(occupant, [logits])

    def _reuse_prefix(self, occupant: Occupant) -> None:
        if not self._exactness.when_restored:
            return
        prompt = occupant.job.request.prompt
        occupant.borders_to_save = self._cache.borders_to_save(prompt)
        state, num_reused = self._cache.match(prompt)
        if state is not None:
            self._context.restore(occupant.slot, state)
            self._context.cut(occupant.slot, num_reused)
        occupant.position = num_reused
        if occupant.choice.index == 0:
            occupant.job.num_cached_tokens = num_reused

    def _prefill_one(self) -> None:
        """Evaluate the next few chunks of the prompt that is being prefilled."""
        occupant = next((one for one in self._running if one.is_prefilling), None)
        if occupant is None:
            return
        until = occupant.position + PREFILL_PER_STEP
        while occupant.is_prefilling and occupant.position < until and not occupant.job.is_dropped:
            self._guarded(self._prefill_chunk, occupant)

    def _prefill_chunk(self, occupant: Occupant) -> None:
        prompt = occupant.job.request.prompt
        start, end = occupant.position, chunk_end(occupant.position, len(prompt))
        rows = [
            Row(prompt[position], position, occupant.slot, wants_logits=position == len(prompt) - 1)
            for position in range(start, end)
        ]
        logits = self._evaluate(rows)
        occupant.position = end
        if end in occupant.borders_to_save:
            self._cache.add(prompt[:end], self._context.save(occupant.slot))
        if logits:
            self._begin(occupant, logits)

    def _begin(self, occupant: Occupant, logits: list[Logits]) -> None:
        """Start the first choice of a prefilled prompt, and let the others follow."""
        if occupant.job.waiting and self._can_share and self._exactness.when_restored:
            occupant.job.prompt_logits = logits[0].copy()
        self._advance(occupant, logits)

    def _decode_all(self) -> None:
        ready = [one for one in self._running if not one.is_prefilling and one.choice.finished is None]
        ready = [one for one in ready if not one.job.is_dropped]
        for group in group_calls(ready, is_batched=self._exactness.in_company):
            if len(group) == 1:
                self._guarded(self._decode_alone, group[0])
            else:
                self._decode_together(group)

    def _decode_together(self, group: Sequence[Occupant]) -> None:
        """Decode one token of each; if the call fails, each by itself, to find out whose fault it is."""
        rows = [Row(one.choice.pending[0], one.position, one.slot) for one in group]
        try:
            all_logits = self._evaluate(rows)
        except NativeError as error:
            if error.is_fatal:
                raise
            for occupant in group:
                self._context.cut(occupant.slot, occupant.position)
                self._guarded(self._decode_alone, occupant)
            return
        for occupant, logits in zip(group, all_logits, strict=True):
            occupant.position += 1
            self._advance(occupant, [logits])

    def _decode_alone(self, occupant: Occupant) -> None:
        """Decode a sequence's pending tokens, forced ones in runs."""
        pending = occupant.choice.pending
        collected: list[Logits] = []
        for start in range(0, len(pending), FORCED_RUN):
            run = pending[start : start + FORCED_RUN]
            rows = [Row(token, occupant.position + i, occupant.slot) for i, token in enumerate(run)]
            logits = self._evaluate(rows)
            is_last = start + FORCED_RUN >= len(pending)
            collected += logits if is_last else [row.copy() for row in logits]
            occupant.position += len(run)
        self._advance(occupant, collected)

    def _evaluate(self, rows: list[Row]) -> list[Logits]:
        """Evaluate rows with as many threads as do well now."""
        context, count = self._context, self._thread_count
        if count is None:
            return context.evaluate(rows)
        context.set_num_threads(count.current)
        start_s = time.perf_counter()
        logits = context.evaluate(rows)
        count.observe(len(rows), time.perf_counter() - start_s)
        return logits

    def _advance(self, occupant: Occupant, logits: Sequence[Logits]) -> None:
        try:
            events = occupant.choice.advance(logits)
        except GenerationError as error:
            occupant.job.fail(error)
            return
        occupant.job.tell(events)
        if occupant.choice.finished:
            occupant.job.finish_choice(occupant.choice)

    def _guarded(self, evaluate: Callable[[Occupant], Any], occupant: Occupant) -> None:
        """Evaluate one sequence; a fault that isn't fatal fails its request alone."""
        try:
            evaluate(occupant)
        except NativeError as error:
            if error.is_fatal:
                raise
            occupant.job.fail(EngineFailureError(f"llama.cpp failed to evaluate the request: {error}."))

    def _start_anew(self, error: NativeError) -> None:
        """Fail what runs, and replace the context, which can't be trusted any more."""
        logger.error("llama.cpp failed (%s); its context is made anew", error)
        for occupant in self._running:
            occupant.job.fail(EngineFailureError(f"llama.cpp failed, and with it all that ran: {error}."))
        self._replace_context()

    def _replace_context(self) -> None:
        """Give up the context and all slots; the next use makes a new one."""
        self._running.clear()
        self._slots = Slots(self._num_slots)
        try:
            self.close()
        except Exception:
            logger.exception("llama.cpp failed to free a context; a new one is made all the same")
