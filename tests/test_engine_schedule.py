"""The scheduler's policy, held without a model: order, slots, chunks, calls, limits, and that all end."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from example_factor import EXAMPLE_FACTOR
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from fake_llm_server._engine.rules import MAX_CHUNK, PREFILL_PER_STEP
from fake_llm_server._engine.schedule import Scheduler, Seat


@dataclass(eq=False)
class Job:
    """A request whose choices generate so many tokens."""

    num_prompt_tokens: int = 1
    num_tokens: list[int] = field(default_factory=lambda: [1])
    queued_s: float = 0.0
    deadline_s: float | None = None
    is_dropped: bool = False
    pending: int = 1
    num_generated: dict[int, int] = field(default_factory=dict)

    @property
    def borders(self) -> tuple[int, ...]:
        """Chunks of several sizes."""
        return (*range(7, self.num_prompt_tokens, MAX_CHUNK // 2), self.num_prompt_tokens)

    @property
    def num_choices(self) -> int:
        """Of the request."""
        return len(self.num_tokens)

    def num_pending(self, _choice: int) -> int:
        """Tokens that wait to be evaluated."""
        return self.pending

    def is_finished(self, choice: int) -> bool:
        """Whether a choice has all its tokens."""
        return self.num_generated.get(choice, 0) >= self.num_tokens[choice]

    def generate(self, choice: int) -> None:
        """Generate a token."""
        self.num_generated[choice] = self.num_generated.get(choice, 0) + 1


class Executor:
    """Carries a scheduler's decisions out as the stepper does, on slots that only know what they hold."""

    def __init__(self, num_slots: int, *, can_share: bool, max_wait_s: float | None = None) -> None:
        self.scheduler: Scheduler[Job] = Scheduler(num_slots, max_wait_s)
        self.can_share = can_share
        self.held: dict[int, tuple[Job, int]] = {}
        self.begun: list[Job] = []
        self.late: list[tuple[Job, str]] = []

    def step(self, now_s: float = 0.0) -> None:
        """One step, with each of the scheduler's promises looked at."""
        for job, lateness in self.scheduler.find_late(now_s):
            self.late.append((job, lateness))
            job.is_dropped = True
        self.vacate()
        self.admit()
        self.prefill()
        self.decode()
        self.vacate()

    def vacate(self) -> None:
        """Empty slots, or go on in them."""
        for vacancy in self.scheduler.vacate():
            job, num_held = self.held.pop(vacancy.slot)
            assert vacancy.num_kept <= num_held
            if vacancy.successor is not None:
                assert vacancy.successor.job is job, "a slot went to another prompt"
                self.held[vacancy.slot] = job, vacancy.num_kept
                self.follow(vacancy.successor)

    def admit(self) -> None:
        """Fill slots."""
        for admission in self.scheduler.admit():
            seat = admission.seat
            assert seat.slot not in self.held, "a slot was given twice"
            assert seat.slot == min(set(range(self.scheduler.num_slots)) - self.held.keys())
            self.held[seat.slot] = seat.job, 0
            if seat.job not in self.begun:
                self.begun.append(seat.job)
            if admission.source is not None:
                job, num_held = self.held[admission.source]
                assert job is seat.job
                assert num_held >= job.num_prompt_tokens, "the source doesn't hold the prompt"
                self.held[seat.slot] = job, job.num_prompt_tokens
                self.follow(seat)

    def follow(self, seat: Seat[Job]) -> None:
        """Generate the first token of a choice that starts from a prompt."""
        assert seat.position == seat.job.num_prompt_tokens
        seat.job.generate(seat.choice)

    def prefill(self) -> None:
        """Evaluate chunks."""
        plan = self.scheduler.plan_prefill()
        prefilling = [seat for seat in self.scheduler.running if seat.is_prefilling]
        assert len(prefilling) == (plan is not None), "one prompt at a time"
        if plan is None:
            return
        seat = plan.seat
        assert plan.chunks[0][0] == seat.position
        assert sum(end - start for start, end in plan.chunks) <= PREFILL_PER_STEP
        for start, end in plan.chunks:
            assert start == seat.position
            assert start in (0, *seat.job.borders)
            assert end == next(border for border in seat.job.borders if border > start)
            seat.position = end
            self.held[seat.slot] = seat.job, end
        if not seat.is_prefilling:
            if self.can_share and self.scheduler.has_waiting_choices(seat.job):
                self.scheduler.keep_prompt(seat.job)
            seat.job.generate(seat.choice)

    def decode(self) -> None:
        """Evaluate every sequence that has its prompt, once."""
        calls = self.scheduler.plan_decode(is_batched=True)
        ready = [one for one in self.scheduler.running if not one.is_prefilling and not one.is_over]
        assert sorted(seat.slot for call in calls for seat in call) == sorted(seat.slot for seat in ready)
        for seat in [seat for call in calls for seat in call]:
            seat.position += 1
            self.held[seat.slot] = seat.job, seat.position
            seat.job.generate(seat.choice)


class Policy(RuleBasedStateMachine):
    """Requests come, are cancelled and run in any order; every promise holds at every moment."""

    def __init__(self) -> None:
        super().__init__()
        self.executor = Executor(3, can_share=True)
        self.jobs: list[Job] = []
        self.now_s = 0.0

    @precondition(lambda self: not self.jobs)
    @rule(num_slots=st.integers(1, 5), can_share=st.booleans(), max_wait_s=st.sampled_from([None, 5.0]))
    def lay_out(self, *, num_slots: int, can_share: bool, max_wait_s: float | None) -> None:
        """Another context."""
        self.executor = Executor(num_slots, can_share=can_share, max_wait_s=max_wait_s)

    @rule(
        num_prompt=st.integers(1, 5 * MAX_CHUNK),
        num_tokens=st.lists(st.integers(1, 6), min_size=1, max_size=4),
        patience_s=st.sampled_from([None, 3.0]),
    )
    def submit(self, num_prompt: int, num_tokens: list[int], patience_s: float | None) -> None:
        """A request comes."""
        deadline_s = None if patience_s is None else self.now_s + patience_s
        job = Job(num_prompt, num_tokens, self.now_s, deadline_s)
        self.jobs.append(job)
        self.executor.scheduler.add(job)

    @precondition(lambda self: self.jobs)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        """A client leaves."""
        data.draw(st.sampled_from(self.jobs)).is_dropped = True

    @rule(num_steps=st.integers(1, 4))
    def step(self, num_steps: int) -> None:
        """The engine works."""
        for _ in range(num_steps):
            self.now_s += 1
            self.executor.step(self.now_s)
            assert not any(job.is_dropped for job in self.executor.scheduler.jobs), "one cancelled stayed"

    @rule()
    def lose_the_context(self) -> None:
        """A fatal fault fails what runs."""
        for seat in self.executor.scheduler.running:
            seat.job.is_dropped = True
        self.executor.scheduler.clear_running()
        self.executor.held.clear()

    @invariant()
    def nobody_is_lost(self) -> None:
        """What isn't over waits or runs, and each is counted once: the queue's count can't drift."""
        known = self.executor.scheduler.jobs
        assert len(known) == len(set(known))
        left = [job for job in self.jobs if not job.is_dropped and not _is_over(job)]
        assert set(left) <= set(known) <= set(self.jobs)

    @invariant()
    def first_come_first_served(self) -> None:
        """Requests get their first slots in the order in which they came."""
        order = [self.jobs.index(job) for job in self.executor.begun]
        assert order == sorted(order)

    @invariant()
    def slots_are_not_shared(self) -> None:
        """Each slot has one sequence, and there are as many as there are."""
        slots = [seat.slot for seat in self.executor.scheduler.running]
        assert len(slots) == len(set(slots))
        assert set(slots) == self.executor.held.keys() <= set(range(self.executor.scheduler.num_slots))

    def teardown(self) -> None:
        """Nobody starves: what was asked is done in a number of steps that the work bounds."""
        work = sum(len(job.num_tokens) * (job.num_prompt_tokens + 6) for job in self.jobs)
        for _ in range(work + len(self.jobs) + 1):
            self.executor.step(self.now_s)
        assert not self.executor.scheduler.jobs
        assert all(job.is_dropped or _is_over(job) for job in self.jobs)


def _is_over(job: Job) -> bool:
    return all(job.is_finished(choice) for choice in range(job.num_choices))


TestPolicy = Policy.TestCase
TestPolicy.settings = settings(max_examples=100 * EXAMPLE_FACTOR, stateful_step_count=30)


def seat_all(scheduler: Scheduler[Job], jobs: list[Job]) -> None:
    """Queue jobs of one prompt token, and seat and prefill them one after the other."""
    for job in jobs:
        scheduler.add(job)
        [admission] = scheduler.admit()
        admission.seat.position = 1


@pytest.mark.parametrize(
    ("pending", "is_batched", "expected"),
    [
        ([], True, []),
        ([1, 1], True, [[0, 1]]),
        ([1, 1], False, [[0], [1]]),
        ([1, 4, 1, 2], True, [[0, 2], [1], [3]]),
        ([4], True, [[0]]),
    ],
)
def test_groups_by_pending_tokens(*, pending: list[int], is_batched: bool, expected: list[list[int]]) -> None:
    """Single tokens share a call where that is exact; a forced run is always by itself."""
    scheduler: Scheduler[Job] = Scheduler(4)
    seat_all(scheduler, [Job(pending=number, num_tokens=[9]) for number in pending])
    calls = scheduler.plan_decode(is_batched=is_batched)
    assert [[seat.slot for seat in call] for call in calls] == expected


def test_sequences_are_decoded_in_the_order_of_their_slots() -> None:
    """The lowest free slot is taken, so that sequences stay neighbours, which llama.cpp wants in order."""
    scheduler: Scheduler[Job] = Scheduler(4)
    jobs = [Job(num_tokens=[9]) for _ in range(4)]
    seat_all(scheduler, jobs[:3])
    jobs[2].is_dropped = jobs[0].is_dropped = True
    assert [vacancy.slot for vacancy in scheduler.vacate()] == [0, 2]
    seat_all(scheduler, jobs[3:])
    assert [seat.slot for seat in scheduler.running] == [1, 0]
    assert [[seat.slot for seat in call] for call in scheduler.plan_decode(is_batched=True)] == [[0, 1]]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda _job: None, [(0, "wait"), (1, "wait")]),
        (lambda job: setattr(job, "deadline_s", 11.0), [(1, "deadline"), (0, "wait"), (1, "wait")]),
        (lambda job: setattr(job, "queued_s", 7.0), [(0, "wait")]),
        (lambda job: setattr(job, "is_dropped", True), [(0, "wait")]),
    ],
)
def test_who_is_late(change: Callable[[Job], None], expected: list[tuple[int, str]]) -> None:
    """Past a deadline, or without a slot for too long; a request that has begun has all the time."""
    scheduler: Scheduler[Job] = Scheduler(1, max_wait_s=5.0)
    jobs = [Job(), Job(), Job(num_tokens=[9])]
    seat_all(scheduler, jobs[2:])
    for job in jobs[:2]:
        scheduler.add(job)
    change(jobs[1])
    assert [(jobs.index(job), lateness) for job, lateness in scheduler.find_late(12.0)] == expected
    assert scheduler.find_late(4.0) == []
