"""Every end of an engine comes, of its thread, its check and its requests, whatever fails or races."""

import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import llama_cpp
import pytest
from engine_runs import TIMEOUT_S, Run, ask, complete, open_llama, start
from tiny_models import write_unique_model

from fake_llm_server._engine import Engine, EngineEvent, EngineSettings, RequestFailed, RequestFinished
from fake_llm_server._engine.native import NativeContext, NativeModel
from fake_llm_server._engine.settings import ContextPlan
from fake_llm_server._errors import EngineStoppedError, QueueFullError
from fake_llm_server._seam import Sampling

SETTINGS = EngineSettings(num_slots=2, window=256, max_queued=64)
ENDLESS = Sampling(logit_bias={5: 100.0})
"""A bias to one printable token, so that the model never ends its answer."""


class Context(NativeContext):
    """A context that tells what is done to it, and does what the test wants before it decodes and closes."""

    def __init__(
        self,
        model: NativeModel,
        plan: ContextPlan,
        before_decode: Callable[[], object],
        before_close: Callable[[], object],
    ) -> None:
        super().__init__(model, plan)
        self._before_decode = before_decode
        self._before_close = before_close

    def decode(self, batch: llama_cpp.llama_batch) -> int:
        """Let the test act, and decode."""
        self._before_decode()
        return super().decode(batch)

    def close(self) -> None:
        """Let the test act, and close."""
        super().close()
        self._before_close()


class Gate:
    """Stops whoever comes by until it is opened, and counts them."""

    def __init__(self) -> None:
        self.num_calls = 0
        self.is_reached = threading.Event()
        self._is_open = threading.Event()

    def __call__(self) -> None:
        """Come by."""
        self.num_calls += 1
        self.is_reached.set()
        assert self._is_open.wait(TIMEOUT_S)

    def open(self) -> None:
        """Let everybody pass from now on."""
        self._is_open.set()


def nothing() -> None:
    """What a context does before a call that the test leaves alone."""


@pytest.fixture
def llama(tmp_path: Path) -> Iterator[llama_cpp.Llama]:
    """A tiny model in a file of its own, so that nothing is known of its exactness."""
    with open_llama(write_unique_model(tmp_path / "tiny.gguf", "qwen2")) as llama:
        yield llama


def create_engine(
    llama: llama_cpp.Llama,
    *,
    before_decode: Callable[[], object] = nothing,
    before_close: Callable[[], object] = nothing,
    settings: EngineSettings = SETTINGS,
) -> Engine:
    """An engine whose contexts call the test."""
    return Engine(
        llama,
        settings,
        create_context=lambda model, plan: Context(model, plan, before_decode, before_close),
    )


_earlier: set[threading.Thread] = set()


@pytest.fixture(autouse=True)
def _earlier_threads_are_known() -> None:
    """A server that other tests share has an engine too."""
    _earlier.clear()
    _earlier.update(threading.enumerate())


def num_engine_threads() -> int:
    """Threads of engines that this test has started and that run."""
    return sum(
        thread.name == "fake-llm-server-engine" and thread not in _earlier for thread in threading.enumerate()
    )


def run_all(*targets: Callable[[], object]) -> None:
    """Run each on a thread of its own, all at once; fail if one doesn't return."""
    barrier = threading.Barrier(len(targets))

    def run(target: Callable[[], object]) -> None:
        barrier.wait()
        target()

    with ThreadPoolExecutor(len(targets)) as executor:
        running = [executor.submit(run, target) for target in targets]
        for one in running:
            one.result(TIMEOUT_S)


def test_rest_after_close_returns(llama: llama_cpp.Llama) -> None:
    """An engine that is closed has nothing to rest from."""
    engine = create_engine(llama)
    complete(engine, ask(engine, "x", max_tokens=1))
    engine.close()
    run_all(engine.rest, engine.close)
    assert not engine.is_alive
    assert num_engine_threads() == 0


@pytest.mark.parametrize("seed", range(8))
def test_ends_that_race_all_come(llama: llama_cpp.Llama, seed: int) -> None:
    """Requests, cancellations, rests and one close at once: all return, every request has one end."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    closed = threading.Event()
    engine = create_engine(llama, before_close=closed.set)
    runs: list[Run] = []

    def submit() -> None:
        for _ in range(chance.randrange(1, 4)):
            try:
                runs.append(start(engine, ask(engine, "on", sampling=ENDLESS, max_tokens=20)))
            except EngineStoppedError:
                return

    def cancel() -> None:
        for run in runs:
            run.submission.cancel()

    others: list[Callable[[], object]] = [submit, submit, submit, cancel, engine.rest, engine.rest]
    chance.shuffle(others)
    closers: list[Callable[[], object]] = [engine.close, engine.close, engine.rest, submit]
    run_all(*others)
    run_all(*closers)
    assert closed.is_set()
    assert num_engine_threads() == 0
    for run in runs:
        if not run.submission.is_cancelled:
            last = run.wait_for_end()
            assert isinstance(last, RequestFinished) or isinstance(last.error, EngineStoppedError)


def test_closing_a_resting_engine_needs_no_thread(llama: llama_cpp.Llama) -> None:
    """It is freed where it is closed: when the interpreter ends, no thread can be started any more."""
    closers: list[threading.Thread] = []
    engine = create_engine(llama, before_close=lambda: closers.append(threading.current_thread()))
    engine.rest()
    assert num_engine_threads() == 0
    engine.close()
    engine.close()
    assert closers == [threading.current_thread()]


def test_rest_after_a_cancellation_ends_the_thread(llama: llama_cpp.Llama) -> None:
    """A request that nobody waits for any more keeps no engine from its rest, and leaves no slot taken."""
    engine = create_engine(llama)
    for _ in range(5):
        runs = [start(engine, ask(engine, "on", sampling=ENDLESS)) for _ in range(3)]
        runs[0].take()
        for run in runs:
            run.submission.cancel()
        engine.rest()
        assert num_engine_threads() == 0
    engine.close()


def test_rest_leaves_others_requests_alone(llama: llama_cpp.Llama) -> None:
    """With a request under way `rest` returns at once, and the thread ends after the answer."""
    engine = create_engine(llama)
    run = start(engine, ask(engine, "on", sampling=ENDLESS, max_tokens=100))
    engine.rest()
    assert run.wait().finished.num_generated_tokens == 100
    engine.rest()
    assert num_engine_threads() == 0
    engine.close()


def test_closing_on_the_engines_own_thread(llama: llama_cpp.Llama) -> None:
    """A listener may close the engine: the call returns, and the end comes after the step."""
    engine = create_engine(llama)
    errors: list[Exception] = []

    def listener(event: EngineEvent) -> None:
        engine.close()
        engine.rest()
        if isinstance(event, RequestFailed):
            errors.append(event.error)

    engine.submit(ask(engine, "on", sampling=ENDLESS), listener)
    run_all(engine.close)
    assert [type(error) for error in errors] == [EngineStoppedError]


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, ValueError])
def test_a_listener_that_raises_anything_is_cut_off_alone(
    llama: llama_cpp.Llama, error: type[BaseException]
) -> None:
    """Not even what ends a thread elsewhere ends the engine's."""
    engine = create_engine(llama)

    def listener(_event: EngineEvent) -> None:
        raise error

    submission = engine.submit(ask(engine, "x", max_tokens=4), listener)
    complete(engine, ask(engine, "x", max_tokens=4))
    assert submission.is_cancelled
    engine.close()


@pytest.mark.parametrize("error", [MemoryError, SystemExit])
def test_any_fault_of_a_step_fails_its_requests_alone(
    llama: llama_cpp.Llama, error: type[BaseException]
) -> None:
    """What isn't llama.cpp's error fails what waits and runs, and later requests are answered as before."""
    faults: list[type[BaseException]] = []

    def decode() -> None:
        if faults:
            raise faults.pop()

    engine = create_engine(llama, before_decode=decode)
    expected = complete(engine, ask(engine, "x", max_tokens=4)).choices
    faults.append(error)
    last = start(engine, ask(engine, "x", max_tokens=4)).wait_for_end()
    assert isinstance(last, RequestFailed)
    assert error.__name__ in str(last.error)
    assert complete(engine, ask(engine, "x", max_tokens=4)).choices == expected
    engine.close()
    assert num_engine_threads() == 0


@pytest.mark.parametrize("error", [MemoryError, SystemExit])
def test_any_fault_of_the_self_check_leaves_an_engine_that_answers(
    llama: llama_cpp.Llama, error: type[BaseException]
) -> None:
    """A check that can't be made costs speed, not the engine."""
    faults = [error]

    def decode() -> None:
        if faults:
            raise faults.pop()

    engine = create_engine(llama, before_decode=decode)
    runs = [start(engine, ask(engine, text, max_tokens=4)) for text in ("one", "two")]
    for run in runs:
        run.wait()
    assert not faults
    engine.close()


def test_a_context_that_fails_to_close_holds_nobody_up(llama: llama_cpp.Llama) -> None:
    """Its error is logged; the engine goes on with another context, and ends."""
    faults = [RuntimeError]

    def fail() -> None:
        raise RuntimeError("it can't be freed")

    def decode() -> None:
        if engine_is_up and faults:
            raise faults.pop()

    engine_is_up: list[bool] = []
    engine = create_engine(llama, before_decode=decode, before_close=fail)
    complete(engine, ask(engine, "x", max_tokens=1))
    engine_is_up.append(True)
    assert isinstance(start(engine, ask(engine, "y", max_tokens=1)).wait_for_end(), RequestFailed)
    complete(engine, ask(engine, "y", max_tokens=1))
    run_all(engine.close)
    assert num_engine_threads() == 0


def test_a_thread_that_cannot_start_costs_that_request(
    llama: llama_cpp.Llama, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its place is free again, and the next request starts one."""
    engine = create_engine(llama, settings=EngineSettings(num_slots=1, window=256, max_queued=0))
    engine.rest()
    with monkeypatch.context() as patching:
        patching.setattr(threading.Thread, "start", _refuse)
        with pytest.raises(RuntimeError, match="can't start"):
            start(engine, ask(engine, "x", max_tokens=1))
    complete(engine, ask(engine, "x", max_tokens=1))
    engine.close()


def _refuse(_thread: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")


@pytest.mark.parametrize("end", ["close", "rest"])
def test_an_end_interrupts_the_self_check(llama: llama_cpp.Llama, end: str) -> None:
    """It stops within one call into llama.cpp, and what it found isn't taken for a verdict."""
    gate = Gate()
    engine = create_engine(llama, before_decode=gate)
    assert gate.is_reached.wait(TIMEOUT_S)
    ending = threading.Thread(target=engine.close if end == "close" else engine.rest)
    ending.start()
    while not (engine._thread._is_stopping or engine._thread._is_to_rest):
        pass
    gate.open()
    ending.join(TIMEOUT_S)
    assert not ending.is_alive()
    assert gate.num_calls == 1
    if end == "close":
        engine = create_engine(llama, before_decode=gate)
    complete(engine, ask(engine, "x", max_tokens=1))
    assert gate.num_calls > 4, "the check was not made again"
    engine.close()


def test_an_engine_answers_while_another_checks(llama: llama_cpp.Llama) -> None:
    """The self-check of one engine holds up no other."""
    gate = Gate()
    checking = create_engine(llama, before_decode=gate)
    assert gate.is_reached.wait(TIMEOUT_S)
    other = create_engine(llama, settings=EngineSettings(num_slots=1, window=128))
    complete(other, ask(other, "x", max_tokens=1))
    gate.open()
    checking.close()
    other.close()


def test_the_queue_takes_as_many_as_ever_after_cancellations(llama: llama_cpp.Llama) -> None:
    """However often requests are cancelled, and whenever, the limit stays what it was."""
    most = 4
    engine = create_engine(llama, settings=EngineSettings(num_slots=2, window=256, max_queued=most - 2))
    for _ in range(30):
        runs = [_start_when_free(engine) for _ in range(most)]
        with pytest.raises(QueueFullError, match=f"{most} unfinished"):
            start(engine, ask(engine, "on", sampling=ENDLESS))
        for run in runs:
            run.submission.cancel()
    engine.close()


def _start_when_free(engine: Engine) -> Run:
    """Start an endless request as soon as cancelled ones have left."""
    for _ in range(100_000):
        try:
            return start(engine, ask(engine, "on", sampling=ENDLESS))
        except QueueFullError:
            continue
    raise AssertionError("cancelled requests never left")


def test_a_finished_request_has_given_its_place_away(llama: llama_cpp.Llama) -> None:
    """Who sends one request after the other is never refused, though the last step isn't over yet."""
    engine = create_engine(llama, settings=EngineSettings(num_slots=1, window=256, max_queued=0))
    for _ in range(50):
        complete(engine, ask(engine, "x", max_tokens=1))
    engine.close()
