"""The pool that shares costly things: one making, counting, room, and who goes first."""

import threading
from collections.abc import Callable

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from fake_llm_server._weights.shared_pool import Lease, PoolFullError, SharedPool


class Thing:
    """Something costly."""

    def __init__(self) -> None:
        self.is_closed = False

    def close(self) -> None:
        """End it, once."""
        assert not self.is_closed
        self.is_closed = True


def create_pool(max_unused: int = 1, max_bytes: int | None = None) -> SharedPool[str, Thing]:
    """A pool of things."""
    return SharedPool(Thing.close, max_unused=max_unused, max_bytes=max_bytes)


def run_all(*targets: Callable[[], object]) -> None:
    """Run each on a thread of its own, and wait for all."""
    threads = [threading.Thread(target=target) for target in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)


def test_one_making_for_all_who_want_it_at_once() -> None:
    """Eight threads that want the same thing at the same time share one."""
    pool, made, leases = create_pool(), list[Thing](), list[Lease[Thing]]()
    barrier = threading.Barrier(8)

    def create() -> Thing:
        made.append(Thing())
        threading.Event().wait(0.05)
        return made[-1]

    def acquire() -> None:
        barrier.wait()
        leases.append(pool.acquire("a", create))

    run_all(*[acquire] * 8)
    assert len(made) == 1
    assert {id(lease.value) for lease in leases} == {id(made[0])}
    assert [row.num_users for row in pool] == [8]


def test_who_waits_for_room_goes_first() -> None:
    """A thing in constant use doesn't keep another one out: who wants it queues behind who waits for room."""
    pool, got = create_pool(max_bytes=1), list[str]()
    first = pool.acquire("a", Thing, num_bytes=1)

    def use(key: str) -> None:
        lease = pool.acquire(key, Thing, num_bytes=1, wait_s=10)
        got.append(key)
        lease.release()

    waiting = []
    for number, key in enumerate(("b", "a"), start=1):
        waiting.append(threading.Thread(target=use, args=(key,)))
        waiting[-1].start()
        while len(pool._waiting) < number:
            threading.Event().wait(0.001)
    assert pool.acquire_ready("a") is None
    pool.acquire("a", Thing).release()  # who doesn't wait isn't kept waiting
    first.release()
    for thread in waiting:
        thread.join(10)
    assert got == ["b", "a"]
    ready = pool.acquire_ready("a")
    assert ready is not None
    ready.release()
    assert pool.acquire_ready("b") is None


def test_the_last_used_stays_and_the_oldest_goes() -> None:
    """Of the things that nobody uses the most recently used stay, as many as the pool keeps."""
    pool = create_pool(max_unused=2)
    things = {}
    for key in "abc":
        with pool.acquire(key, Thing) as lease:
            things[key] = lease.value
    assert [key for key in "abc" if things[key].is_closed] == ["a"]
    with pool.acquire("b", Thing) as lease:
        assert lease.value is things["b"]
    assert pool.release_unused() == 2
    assert all(thing.is_closed for thing in things.values())


def test_a_used_thing_is_never_closed() -> None:
    """Whatever room is wanted, what somebody uses stays; releasing twice releases once."""
    pool = create_pool(max_unused=0)
    first, second = pool.acquire("a", Thing), pool.acquire("a", Thing)
    first.release()
    first.release()
    assert pool.release_unused() == 0
    assert not second.value.is_closed
    second.release()
    assert second.value.is_closed


def test_failure_leaves_nothing_behind() -> None:
    """A making that fails tells its caller, leaves other things alone, and may be tried again."""
    pool = create_pool()
    other = pool.acquire("b", Thing)
    with pytest.raises(ZeroDivisionError):
        pool.acquire("a", lambda: 1 // 0)  # type: ignore[arg-type,return-value] # never returns
    assert [row.key for row in pool] == ["b"]
    assert not other.value.is_closed
    assert not pool.acquire("a", Thing).value.is_closed


def test_those_who_wait_for_a_failure_try_themselves() -> None:
    """When a making fails, another thread that waited for it makes the thing."""
    pool, is_making, leases = create_pool(), threading.Event(), list[Lease[Thing]]()

    def fail() -> Thing:
        is_making.set()
        threading.Event().wait(0.05)
        raise OSError

    def try_first() -> None:
        with pytest.raises(OSError):  # noqa: PT011 - it has no message
            pool.acquire("a", fail)

    def try_second() -> None:
        is_making.wait()
        leases.append(pool.acquire("a", Thing))

    run_all(try_first, try_second)
    assert len(leases) == 1


def test_the_budget_closes_what_nobody_uses() -> None:
    """Things make room for a new one, the least recently used first and no more than it takes."""
    pool = create_pool(max_unused=9, max_bytes=10)
    things = {}
    for key in "abc":
        with pool.acquire(key, Thing, num_bytes=3) as lease:
            things[key] = lease.value
    pool.acquire("d", Thing, num_bytes=4)
    assert [key for key in "abc" if things[key].is_closed] == ["a"]


def test_the_budget_refuses_or_waits() -> None:
    """Without room a caller is refused at once, or served as soon as somebody releases."""
    pool = create_pool(max_bytes=10)
    lease = pool.acquire("a", Thing, num_bytes=8)
    with pytest.raises(PoolFullError, match="3 bytes are wanted, 8 of 10 are in use"):
        pool.acquire("b", Thing, num_bytes=3)
    timer = threading.Timer(0.05, lease.release)
    timer.start()
    assert not pool.acquire("b", Thing, num_bytes=3, wait_s=10).value.is_closed
    timer.join()
    assert lease.value.is_closed


class PoolMachine(RuleBasedStateMachine):
    """Any order of acquiring and releasing."""

    MAX_UNUSED, MAX_BYTES = 2, 12
    leases: Bundle[Lease[Thing]] = Bundle("leases")

    def __init__(self) -> None:
        super().__init__()
        self.pool = create_pool(self.MAX_UNUSED, self.MAX_BYTES)
        self.open: list[Lease[Thing]] = []

    @rule(target=leases, key=st.sampled_from("abcdef"))
    def acquire(self, key: str) -> Lease[Thing]:
        """Take one, if there is room."""
        try:
            lease = self.pool.acquire(key, Thing, num_bytes=ord(key) - ord("a") + 1)
        except PoolFullError:
            return Lease(Thing(), lambda: None)
        self.open.append(lease)
        return lease

    @rule(lease=consumes(leases))
    def release(self, lease: Lease[Thing]) -> None:
        """Give one back."""
        lease.release()
        if lease in self.open:
            self.open.remove(lease)

    @invariant()
    def keeps_its_promises(self) -> None:
        """What is used is open, what is unused is bounded, and all of it is within the budget."""
        rows = list(self.pool)
        assert not any(lease.value.is_closed for lease in self.open)
        assert sum(row.num_users for row in rows) == len(self.open)
        assert sum(not row.num_users for row in rows) <= self.MAX_UNUSED
        assert sum(row.num_bytes for row in rows) <= self.MAX_BYTES


TestAnyOrder = PoolMachine.TestCase
TestAnyOrder.settings = settings(max_examples=50, stateful_step_count=30)
