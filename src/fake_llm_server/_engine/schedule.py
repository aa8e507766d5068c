"""Who waits, who gets a slot, and which rows go into which call.

Pure decisions on plain data: no model, no clock (time is handed in), no thread. `stepper.py` carries them
out, and writes back how far each sequence is. A policy is tested in microseconds, without a model.

Requests are served in the order in which they came. A request's prompt is prefilled once where the model
allows: further choices start from a slot that holds it. One prompt is prefilled at a time, a few chunks
for each step, between which every running sequence is decoded.
"""

import heapq
from bisect import bisect_right
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Literal, Protocol, TypeVar

from fake_llm_server._engine.rules import PREFILL_PER_STEP


class Schedulable(Protocol):
    """A request, as far as scheduling looks at it."""

    @property
    def num_prompt_tokens(self) -> int:
        """Tokens to prefill, at least one."""

    @property
    def borders(self) -> Sequence[int]:
        """Where the chunks of the prompt end; the last is `num_prompt_tokens`."""

    @property
    def num_choices(self) -> int:
        """Sequences that continue the prompt, at least one; each takes a slot."""

    @property
    def queued_s(self) -> float:
        """When it began to wait for a slot."""

    @property
    def deadline_s(self) -> float | None:
        """When its answer is of no use any more, by the same clock; None is never."""

    @property
    def is_dropped(self) -> bool:
        """Whether nobody waits for it any more."""

    def num_pending(self, choice: int) -> int:
        """Generated tokens of a choice that wait to be evaluated."""

    def is_finished(self, choice: int) -> bool:
        """Whether a choice has ended."""


Job = TypeVar("Job", bound=Schedulable)


@dataclass(slots=True, eq=False)
class Seat(Generic[Job]):
    """A choice in a slot.

    Attributes:
        job: the request.
        choice: its index among the request's.
        position: tokens of its sequence that the slot holds.
        borders_to_save: positions at which the slot's state is to be cached.
    """

    job: Job
    choice: int
    slot: int
    position: int = 0
    borders_to_save: frozenset[int] = frozenset()

    @property
    def is_prefilling(self) -> bool:
        """Whether a part of the prompt is still to be evaluated."""
        return self.position < self.job.num_prompt_tokens

    @property
    def is_over(self) -> bool:
        """Whether its slot is wanted back."""
        return self.job.is_dropped or self.job.is_finished(self.choice)

    @property
    def num_pending(self) -> int:
        """Generated tokens that wait to be evaluated."""
        return self.job.num_pending(self.choice)


@dataclass(slots=True, eq=False)
class _Waiting(Generic[Job]):
    """A request of which choices have no slot yet.

    Attributes:
        next_choice: the first of them.
        is_prompt_kept: whether they start from a slot that holds the prompt.
    """

    job: Job
    next_choice: int = 0
    is_prompt_kept: bool = False


@dataclass(frozen=True, slots=True)
class Vacancy(Generic[Job]):
    """A slot that was left.

    Attributes:
        num_kept: tokens that stay in it.
        successor: the choice that has it now and continues these, or None.
    """

    slot: int
    num_kept: int
    successor: Seat[Job] | None


@dataclass(frozen=True, slots=True)
class Admission(Generic[Job]):
    """A slot that was given.

    Attributes:
        source: the slot whose prompt is to be copied into it; None has the prompt prefilled.
    """

    seat: Seat[Job]
    source: int | None


@dataclass(frozen=True, slots=True)
class Prefill(Generic[Job]):
    """The chunks of a prompt to evaluate in this step, as positions `start` to `end`."""

    seat: Seat[Job]
    chunks: tuple[tuple[int, int], ...]


Lateness = Literal["deadline", "wait"]


class Scheduler(Generic[Job]):
    """Decides for a context of some slots.

    Args:
        num_slots: of the context.
        max_wait_s: how long a request may wait for its first slot; None is unlimited.
    """

    def __init__(self, num_slots: int, max_wait_s: float | None = None) -> None:
        self.num_slots = num_slots
        self._max_wait_s = max_wait_s
        self._free = list(range(num_slots))  # a heap
        self._waiting: deque[_Waiting[Job]] = deque()
        self._running: list[Seat[Job]] = []

    @property
    def jobs(self) -> list[Job]:
        """What waits and runs, each once."""
        waiting = (one.job for one in self._waiting)
        return list(dict.fromkeys([*waiting, *(seat.job for seat in self._running)]))

    @property
    def running(self) -> Sequence[Seat[Job]]:
        """The slots that are taken."""
        return self._running

    @property
    def num_waiting(self) -> int:
        """Requests that have no slot yet."""
        return sum(one.next_choice == 0 for one in self._waiting)

    def add(self, job: Job) -> None:
        """Queue a request."""
        self._waiting.append(_Waiting(job))

    def keep_prompt(self, job: Job) -> None:
        """Have the choices of a request that wait start from its prompt, which a slot of it holds now."""
        for one in self._waiting:
            if one.job is job:
                one.is_prompt_kept = True

    def has_waiting_choices(self, job: Job) -> bool:
        """Whether a choice of a request has no slot yet."""
        return any(one.job is job for one in self._waiting)

    def find_late(self, now_s: float) -> list[tuple[Job, Lateness]]:
        """The requests that are past their deadline, then those that waited too long for a first slot."""
        late: list[tuple[Job, Lateness]] = [
            (job, "deadline")
            for job in self.jobs
            if job.deadline_s is not None and now_s > job.deadline_s and not job.is_dropped
        ]
        if self._max_wait_s is not None:
            earliest_s = now_s - self._max_wait_s
            late += [
                (one.job, "wait")
                for one in self._waiting
                if one.next_choice == 0 and one.job.queued_s < earliest_s and not one.job.is_dropped
            ]
        return late

    def vacate(self) -> list[Vacancy[Job]]:
        """Take back the slots of choices that are over, or hand them to others of the same prompt."""
        leaving: list[Seat[Job]] = []
        staying: list[Seat[Job]] = []
        for seat in self._running:  # asked once: a request may be cancelled at any moment
            (leaving if seat.is_over else staying).append(seat)
        self._running = staying
        self._waiting = deque(one for one in self._waiting if not one.job.is_dropped)
        return [self._leave(seat) for seat in leaving]

    def _leave(self, seat: Seat[Job]) -> Vacancy[Job]:
        heir = next((one for one in self._waiting if one.job is seat.job and one.is_prompt_kept), None)
        if heir is None:
            heapq.heappush(self._free, seat.slot)
            return Vacancy(seat.slot, 0, None)
        return Vacancy(seat.slot, seat.job.num_prompt_tokens, self._seat(heir, seat.slot, has_prompt=True))

    def admit(self) -> list[Admission[Job]]:
        """Give free slots to waiting choices, in order of arrival; the lowest first.

        Running sequences stay neighbours so, which llama.cpp needs to decode them in one call.
        """
        admitted: list[Admission[Job]] = []
        while self._waiting and self._free:
            first = self._waiting[0]
            if first.is_prompt_kept:
                source = next(seat.slot for seat in self._running if seat.job is first.job)
                seat = self._seat(first, heapq.heappop(self._free), has_prompt=True)
                admitted.append(Admission(seat, source))
            elif any(seat.is_prefilling for seat in self._running):
                break
            else:
                seat = self._seat(first, heapq.heappop(self._free), has_prompt=False)
                admitted.append(Admission(seat, None))
        return admitted

    def _seat(self, waiting: _Waiting[Job], slot: int, *, has_prompt: bool) -> Seat[Job]:
        """Put a request's next choice into a slot; after its last one the request leaves the queue."""
        job = waiting.job
        seat = Seat(job, waiting.next_choice, slot, job.num_prompt_tokens if has_prompt else 0)
        self._running.append(seat)
        waiting.next_choice += 1
        if waiting.next_choice == job.num_choices:
            self._waiting.remove(waiting)
        return seat

    def plan_prefill(self) -> Prefill[Job] | None:
        """The next chunks of the prompt that is being prefilled."""
        seat = next((one for one in self._running if one.is_prefilling), None)
        if seat is None:
            return None
        begin = seat.position
        ends = seat.job.borders[bisect_right(seat.job.borders, begin) :]
        starts = [begin, *ends[:-1]]
        within = [pair for pair in zip(starts, ends, strict=True) if pair[1] <= begin + PREFILL_PER_STEP]
        return Prefill(seat, tuple(within or [(begin, ends[0])]))

    def plan_decode(self, *, is_batched: bool) -> list[list[Seat[Job]]]:
        """Which sequences are evaluated together.

        Sequences with one pending token share a call, in the order of their slots; one with a run of forced
        tokens gets a call of its own, and so does each where batches aren't exact.
        """
        ready = [seat for seat in self._running if not seat.is_prefilling and not seat.is_over]
        ready.sort(key=lambda seat: seat.slot)
        singles = [seat for seat in ready if seat.num_pending == 1]
        runs = [seat for seat in ready if seat.num_pending > 1]
        together = [singles] if is_batched and singles else [[seat] for seat in singles]
        return [*together, *([seat] for seat in runs)]

    def clear_running(self) -> None:
        """Forget what runs, which must have been dropped: the context that held it is gone."""
        self._running = []
        self._free = list(range(self.num_slots))

    def clear(self) -> None:
        """Forget everything."""
        self.clear_running()
        self._waiting.clear()
