"""A fault fails the requests that it struck; the engine cleans up and goes on."""

from collections.abc import Callable, Iterator
from pathlib import Path

import gguf
import llama_cpp
import pytest
from engine_runs import Run, ask, complete, open_llama, start
from tiny_models import write_unique_model

from fake_llm_server._engine import Engine, EngineEvent, EngineSettings, RequestFailed, RequestFinished
from fake_llm_server._engine.native import NativeContext, NativeModel
from fake_llm_server._engine.settings import ContextPlan
from fake_llm_server._errors import EngineFailureError

Fault = Callable[[llama_cpp.llama_batch], int]
"""What decoding a batch returns instead of llama.cpp's answer; 0 leaves it to llama.cpp."""

MARKED = ord("#") - 0x21
"""The token that some faults look for: `#` in the tiny models' vocabulary."""


class FaultyContext(NativeContext):
    """A context whose decoding fails when the test says so."""

    fault: Fault = staticmethod(lambda batch: 0)  # noqa: ARG005 - no fault

    def decode(self, batch: llama_cpp.llama_batch) -> int:
        """Fail, or decode."""
        return type(self).fault(batch) or super().decode(batch)


def tokens_of(batch: llama_cpp.llama_batch) -> list[int]:
    """The tokens in a batch."""
    return [batch.token[index] for index in range(batch.n_tokens)]


def slots_of(batch: llama_cpp.llama_batch) -> list[int]:
    """The slots in a batch."""
    return [batch.seq_id[index][0] for index in range(batch.n_tokens)]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An engine on a tiny model whose faults the test sets."""
    path = write_unique_model(tmp_path / "tiny.gguf", "llama", gguf.GGMLQuantizationType.Q8_0)
    with open_llama(path) as llama:
        engine = Engine(llama, EngineSettings(num_slots=4, window=256), create_context=FaultyContext)
        FaultyContext.fault = staticmethod(lambda batch: 0)  # noqa: ARG005 - no fault
        yield engine
        engine.close()


def set_fault(fault: Fault) -> None:
    """From now on, every context's decoding passes through `fault`."""
    FaultyContext.fault = staticmethod(fault)


def set_one_fault(code: int, when: Callable[[llama_cpp.llama_batch], bool]) -> None:
    """Fail once, at the first batch that fits."""
    done: list[bool] = []

    def fault(batch: llama_cpp.llama_batch) -> int:
        if done or not when(batch):
            return 0
        done.append(True)
        return code

    set_fault(fault)


def failure(run: Run) -> Exception:
    """The error that ended a request."""
    last = run.wait_for_end()
    assert isinstance(last, RequestFailed), last
    return last.error


@pytest.mark.parametrize("code", [1, 2, -1])
def test_a_fault_while_prefilling_fails_that_request_alone(engine: Engine, code: int) -> None:
    """The error names llama.cpp's code; requests beside it and after it are answered as ever."""
    expected = complete(engine, ask(engine, "other", max_tokens=5)).choices
    set_fault(lambda batch: code if MARKED in tokens_of(batch) else 0)
    runs = [start(engine, ask(engine, text, max_tokens=5)) for text in ("other", "a # b", "other")]
    error = failure(runs[1])
    assert isinstance(error, EngineFailureError)
    assert f"llama_decode returned {code}" in str(error)
    assert runs[0].wait().choices == runs[2].wait().choices == expected


def test_a_batch_that_fails_is_decoded_one_by_one(engine: Engine) -> None:
    """When a batch fails, nobody does who can be decoded alone, and the bits are the same."""
    texts = ("one", "two", "three")
    requests = [ask(engine, text, max_tokens=8, num_top_logprobs=2) for text in texts]
    expected = [complete(engine, request).choices for request in requests]

    set_fault(lambda batch: 1 if batch.n_tokens > 1 and 0 in slots_of(batch) and 1 in slots_of(batch) else 0)
    assert [run.wait().choices for run in [start(engine, request) for request in requests]] == expected


@pytest.mark.parametrize("code", [-2, -3])
def test_a_fatal_fault_fails_all_that_runs_and_makes_a_new_context(engine: Engine, code: int) -> None:
    """What runs fails, what waits is answered, and so is what comes later."""
    request = ask(engine, "other", max_tokens=5)
    expected = complete(engine, request).choices
    set_one_fault(code, lambda batch: MARKED in tokens_of(batch))

    struck = start(engine, ask(engine, "a # b", max_tokens=50))
    later = [start(engine, request) for _ in range(6)]
    assert isinstance(failure(struck), EngineFailureError)
    ends = [run.wait_for_end() for run in later]
    assert all(isinstance(end, RequestFinished | RequestFailed) for end in ends)
    assert complete(engine, request).choices == expected


def test_a_new_context_that_fails_too_does_not_end_the_thread(tmp_path: Path) -> None:
    """A context that can't be made anew fails the requests of that time; the engine tries again later."""
    made: list[FaultyContext] = []

    def create(model: NativeModel, plan: ContextPlan) -> NativeContext:
        if len(made) == 1:
            made.append(made[0])  # counts the attempt
            raise MemoryError("no room for a context")
        made.append(FaultyContext(model, plan))
        return made[-1]

    with open_llama(write_unique_model(tmp_path / "tiny.gguf", "llama")) as llama:
        engine = Engine(llama, EngineSettings(num_slots=2, window=256), create_context=create)
        complete(engine, ask(engine, "fine", max_tokens=2))
        set_one_fault(-2, lambda batch: MARKED in tokens_of(batch))
        assert isinstance(failure(start(engine, ask(engine, "#", max_tokens=2))), EngineFailureError)
        assert "no room" in str(failure(start(engine, ask(engine, "unlucky", max_tokens=2))))
        complete(engine, ask(engine, "fine", max_tokens=2))
        engine.close()


def test_a_self_check_that_fails_leaves_an_exact_engine(tmp_path: Path) -> None:
    """Where batches can't be judged, sequences are decoded one by one, and answers come."""
    num_rows: list[int] = []

    def fault(batch: llama_cpp.llama_batch) -> int:
        num_rows.append(len(set(slots_of(batch))))
        return 1 if len(num_rows) == 1 else 0

    with open_llama(
        write_unique_model(tmp_path / "tiny.gguf", "llama", gguf.GGMLQuantizationType.Q8_0)
    ) as llama:
        set_fault(fault)
        engine = Engine(llama, EngineSettings(num_slots=2, window=256), create_context=FaultyContext)
        runs = [start(engine, ask(engine, text, max_tokens=4)) for text in ("one", "two")]
        assert runs[0].wait().text != runs[1].wait().text
        engine.close()
    assert set(num_rows[1:]) == {1}


def test_a_listener_that_raises_is_cut_off_alone(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    """Its request is cancelled and its error logged; the others go on."""

    def listener(event: EngineEvent) -> None:
        raise ValueError(f"I can't take {event}")

    other = start(engine, ask(engine, "other", max_tokens=8))
    submission = engine.submit(ask(engine, "mine", max_tokens=8), listener)
    other.wait()
    complete(engine, ask(engine, "after", max_tokens=1))
    assert submission.is_cancelled
    assert "I can't take" in caplog.text
