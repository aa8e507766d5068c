"""One step of the engine: evaluate what the scheduler says, hand on what comes of it.

Only one thread at a time may be here. A step prefills a few chunks of one prompt and then decodes every
running sequence once, so that a long prompt never starves the others. A fault fails the requests that it
struck; a fatal one all that run, and the context is made anew.
"""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Concatenate, ParamSpec

import numpy as np
from numpy.typing import NDArray

from fake_llm_server._engine.choice import Choice
from fake_llm_server._engine.jobs import Job
from fake_llm_server._engine.native import NativeContext, NativeError, NativeModel, Row
from fake_llm_server._engine.prefix_cache import PrefixCache
from fake_llm_server._engine.rules import FORCED_RUN, ChunkedPrompt
from fake_llm_server._engine.sampling import Logits
from fake_llm_server._engine.schedule import Scheduler, Seat
from fake_llm_server._engine.self_check import (
    NOTHING_IS_EXACT,
    CheckInterruptedError,
    Conditions,
    check_exactness,
)
from fake_llm_server._engine.statistics import EngineStatistics
from fake_llm_server._engine.thread_count import ThreadCount
from fake_llm_server._errors import (
    ConstraintError,
    EngineFailureError,
    GenerationError,
    QueueTimeoutError,
    TimeLimitError,
)

logger = logging.getLogger(__name__)

CreateContext = Callable[[], NativeContext]
P = ParamSpec("P")


class Stepper:
    """Runs jobs on a context.

    Args:
        create_context: makes the context, and makes it anew after a fatal fault.
        model: of that context.
        conditions: of that context, for the self-check.
        max_wait_s: how long a job may wait for a slot; None is unlimited.
        can_share: whether a slot that holds a prompt and more can be cut back to it, for the next choice.
        prefix_cache: filled and used here, where the self-check found restored states exact.

    Attributes:
        is_checked: whether `check_exactness` is done; no job may be added before.
        statistics: as of the last step; any thread may read it.
    """

    def __init__(
        self,
        create_context: CreateContext,
        *,
        model: NativeModel,
        conditions: Conditions,
        max_wait_s: float | None,
        can_share: bool,
        prefix_cache: PrefixCache[NDArray[np.uint8]],
    ) -> None:
        self.is_checked = False
        self._create_context = create_context
        self._open_context: NativeContext | None = create_context()
        self._max_wait_s = max_wait_s
        self._can_share = can_share
        self._model = model
        self._conditions = conditions
        self._exactness = NOTHING_IS_EXACT
        self._thread_count: ThreadCount | None = None
        self._scheduler: Scheduler[Job] = Scheduler(conditions.num_slots, max_wait_s)
        self._cache = prefix_cache
        self.statistics = EngineStatistics(conditions.num_slots)
        self._num_steps = self._num_prefill_tokens = self._num_generated_tokens = 0

    @property
    def do_threads_matter(self) -> bool:
        """Whether the check was made, and didn't find that any number of threads computes the same."""
        return self.is_checked and not self._exactness.at_any_thread_count

    @property
    def jobs(self) -> list[Job]:
        """What waits and runs, until the step after its end."""
        return self._scheduler.jobs

    def check_exactness(self, should_stop: Callable[[], bool]) -> None:
        """Find out what is exact for these weights; no job may have been added yet.

        Until it is done nothing is taken to be exact, and if the check fails, for good. One that was
        interrupted can be repeated.

        Args:
            should_stop: asked before each call into llama.cpp.
        """
        try:
            self._exactness = check_exactness(self._context, self._model, self._conditions, should_stop)
        except CheckInterruptedError:
            return
        except Exception:
            logger.exception("The self-check failed; sequences are decoded one by one")
            self._replace_context()
        self.is_checked = True
        if self._exactness.at_any_thread_count:
            self._thread_count = ThreadCount(self._conditions.num_threads)

    def add(self, job: Job) -> None:
        """Queue a job; from now on it waits for a slot, and no longer for the self-check."""
        job.queued_s = time.monotonic()
        self._scheduler.add(job)

    def step(self) -> None:
        """Do one step."""
        self._num_steps += 1
        self._fail_late()
        try:
            self._vacate()
            self._admit()
            self._prefill()
            self._decode()
            self._vacate()
        except NativeError as error:
            self._start_anew(error)
        self._measure()

    def recover(self, error: Exception) -> None:
        """Fail every job after a fault of our own, and start with a new context."""
        for job in self.jobs:
            job.fail(error)
        self._scheduler.clear()
        self._replace_context()
        self._measure()

    def close(self) -> None:
        """Forget every job, and free the context."""
        self._scheduler.clear()
        self._measure()
        self._free_context()

    def _free_context(self) -> None:
        context, self._open_context = self._open_context, None
        if context is not None:
            context.close()

    @property
    def _context(self) -> NativeContext:
        """The context; after a fatal fault a new one."""
        if self._open_context is None:
            self._open_context = self._create_context()
        return self._open_context

    def _measure(self) -> None:
        self.statistics = EngineStatistics(
            num_slots=self._scheduler.num_slots,
            num_running=len(self._scheduler.running),
            num_waiting=self._scheduler.num_waiting,
            num_cached_bytes=self._cache.num_bytes,
            num_prefill_tokens=self._num_prefill_tokens,
            num_generated_tokens=self._num_generated_tokens,
            num_steps=self._num_steps,
        )

    def _fail_late(self) -> None:
        now_s = time.monotonic()
        for job, lateness in self._scheduler.find_late(now_s):
            if lateness == "deadline":
                job.fail(TimeLimitError())
            else:
                job.fail(
                    QueueTimeoutError(f"The request waited for a slot longer than {self._max_wait_s} s.")
                )

    def _vacate(self) -> None:
        """Empty the slots of choices that are over, or go on in them with others of the same prompt."""
        for vacancy in self._scheduler.vacate():
            self._context.cut(vacancy.slot, vacancy.num_kept)
            if vacancy.successor is not None:
                self._follow(vacancy.successor)

    def _admit(self) -> None:
        """Fill the slots that were given with what is known of their prompts.

        Prompts that were answered before need no prefill, so that others can follow them at once.
        """
        while admissions := self._scheduler.admit():
            for admission in admissions:
                seat = admission.seat
                if admission.source is None:
                    self._reuse(seat)
                else:
                    self._context.copy(admission.source, seat.slot, seat.position)
                    self._follow(seat)
            self._vacate()

    def _follow(self, seat: Seat[Job]) -> None:
        """Start a further choice in a slot that holds the prompt."""
        if seat.job.prompt_logits is not None:
            self._advance(seat, [seat.job.prompt_logits])

    def _reuse(self, seat: Seat[Job]) -> None:
        """Give a slot what is cached of its prompt; if that is all, start the choice."""
        if not self._exactness.when_restored:
            return
        whole = self._cache.find_whole(seat.job.request.prompt)
        if whole is None:
            self._reuse_prefix(seat)
            return
        state, logits = whole
        seat.position = seat.job.num_prompt_tokens
        if seat.choice == 0:
            seat.job.num_cached_tokens = seat.job.prompt.last_inner_border
        self._begin(seat, [logits])
        if not seat.is_over or self._scheduler.has_waiting_choices(seat.job):
            self._context.restore(seat.slot, state)

    def _reuse_prefix(self, seat: Seat[Job]) -> None:
        prompt = seat.job.prompt
        seat.borders_to_save = self._cache.borders_to_save(prompt)
        state, num_reused = self._cache.match(prompt)
        if state is not None:
            self._context.restore(seat.slot, state)
            self._context.cut(seat.slot, num_reused)
        seat.position = num_reused
        if seat.choice == 0:
            seat.job.num_cached_tokens = num_reused

    def _prefill(self) -> None:
        """Evaluate the next few chunks of the prompt that is being prefilled."""
        plan = self._scheduler.plan_prefill()
        if plan is None:
            return
        for start, end in plan.chunks:
            if not plan.seat.job.is_dropped:
                self._guarded(self._prefill_chunk, plan.seat, start, end)

    def _prefill_chunk(self, seat: Seat[Job], start: int, end: int) -> None:
        prompt = seat.job.request.prompt
        rows = [
            Row(prompt[position], position, seat.slot, wants_logits=position == len(prompt) - 1)
            for position in range(start, end)
        ]
        logits = self._evaluate(rows)
        seat.position = end
        self._num_prefill_tokens += end - start
        if end in seat.borders_to_save:
            self._cache.add(seat.job.prompt.until(end), self._context.save(seat.slot))
        if logits:
            self._begin(seat, logits)
            self._keep(seat.job.prompt, seat.slot, logits[0])

    def _keep(self, prompt: ChunkedPrompt, slot: int, logits: Logits) -> None:
        """Cache a whole prompt: an equal one then needs no evaluation."""
        if self._exactness.when_restored and self._cache.keeps_anything:
            self._cache.add(prompt, self._context.save(slot), logits.copy())

    def _begin(self, seat: Seat[Job], logits: list[Logits]) -> None:
        """Start the first choice of a prefilled prompt, and let the others follow."""
        job = seat.job
        if self._can_share and self._exactness.when_restored and self._scheduler.has_waiting_choices(job):
            job.prompt_logits = logits[0].copy()
            self._scheduler.keep_prompt(job)
        self._advance(seat, logits)

    def _decode(self) -> None:
        for seats in self._scheduler.plan_decode(is_batched=self._exactness.in_company):
            if len(seats) == 1:
                self._guarded(self._decode_alone, seats[0])
            else:
                self._decode_together(seats)

    def _decode_together(self, seats: Sequence[Seat[Job]]) -> None:
        """Decode one token of each; if the call fails, each by itself, to find out whose fault it is."""
        rows = [Row(_choice_in(seat).pending[0], seat.position, seat.slot) for seat in seats]
        try:
            all_logits = self._evaluate(rows)
        except NativeError as error:
            if error.is_fatal:
                raise
            for seat in seats:
                self._context.cut(seat.slot, seat.position)
                self._guarded(self._decode_alone, seat)
            return
        for seat, logits in zip(seats, all_logits, strict=True):
            seat.position += 1
            self._advance(seat, [logits])

    def _decode_alone(self, seat: Seat[Job]) -> None:
        """Decode a sequence's pending tokens, forced ones in runs."""
        pending = _choice_in(seat).pending
        collected: list[Logits] = []
        for start in range(0, len(pending), FORCED_RUN):
            run = pending[start : start + FORCED_RUN]
            rows = [Row(token, seat.position + i, seat.slot) for i, token in enumerate(run)]
            logits = self._evaluate(rows)
            is_last = start + FORCED_RUN >= len(pending)
            collected += logits if is_last else [row.copy() for row in logits]
            seat.position += len(run)
        self._advance(seat, collected)

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

    def _advance(self, seat: Seat[Job], logits: Sequence[Logits]) -> None:
        choice, num_before = _choice_in(seat), _choice_in(seat).num_tokens
        try:
            events = choice.advance(logits)
        except (ConstraintError, GenerationError) as error:
            seat.job.fail(error)
            return
        self._num_generated_tokens += choice.num_tokens - num_before
        seat.job.tell(events)
        if choice.finished:
            seat.job.finish_choice(choice)

    def _guarded(
        self,
        evaluate: Callable[Concatenate[Seat[Job], P], None],
        seat: Seat[Job],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> None:
        """Evaluate one sequence; a fault that isn't fatal fails its request alone."""
        try:
            evaluate(seat, *args, **kwargs)
        except NativeError as error:
            if error.is_fatal:
                raise
            seat.job.fail(EngineFailureError(f"llama.cpp failed to evaluate the request: {error}."))

    def _start_anew(self, error: NativeError) -> None:
        """Fail what runs, and replace the context, which can't be trusted any more."""
        logger.error("llama.cpp failed (%s); its context is made anew", error)
        for seat in self._scheduler.running:
            seat.job.fail(EngineFailureError(f"llama.cpp failed, and with it all that ran: {error}."))
        self._replace_context()

    def _replace_context(self) -> None:
        """Give up the context and all slots; the next use makes a new one."""
        self._scheduler.clear_running()
        try:
            self._free_context()
        except Exception:
            logger.exception("llama.cpp failed to free a context; a new one is made all the same")


def _choice_in(seat: Seat[Job]) -> Choice:
    return seat.job.choices[seat.choice]
