"""Queue, waiting, time, window and cancellation: each limit has its error, and each slot comes back."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from engine_runs import ask, complete, open_engine, open_llama, start
from tiny_models import NUM_TOKENS, write_tiny_model

from fake_llm_server._engine import (
    ChoiceFinished,
    Engine,
    EngineEvent,
    EngineRequest,
    EngineSettings,
    EngineStatistics,
    RequestFailed,
    TextGenerated,
)
from fake_llm_server._engine.validation import describe_overflow
from fake_llm_server._errors import (
    ConfigurationError,
    ContextOverflowError,
    EngineStoppedError,
    InvalidRequestError,
    QueueFullError,
    QueueTimeoutError,
    TimeLimitError,
)
from fake_llm_server._seam import Sampling

ENDLESS = {5: 100.0}
"""A bias to one printable token, so that the model never ends its answer."""


@pytest.fixture(scope="module")
def model_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model's file."""
    return write_tiny_model(tmp_path_factory.mktemp("models") / "tiny.gguf", "qwen2")


@pytest.fixture
def engine(model_path: Path) -> Iterator[Engine]:
    """An engine of two slots."""
    with (
        open_llama(model_path) as llama,
        open_engine(llama, EngineSettings(num_slots=2, window=1024)) as engine,
    ):
        yield engine


def endless(engine: Engine, **fields: Any) -> EngineRequest:
    """A request that runs until its window is full."""
    return ask(engine, "on and on", sampling=Sampling(logit_bias=ENDLESS), **fields)


@pytest.mark.parametrize("num_slots", [1, 9, 20])
def test_any_number_of_slots_answers(model_path: Path, num_slots: int) -> None:
    """The self-check at the start fits into the context, and each slot is of use."""
    settings = EngineSettings(num_slots=num_slots, window=256)
    with open_llama(model_path) as llama, open_engine(llama, settings) as engine:
        runs = [start(engine, ask(engine, "one", max_tokens=4)) for _ in range(num_slots + 1)]
        assert len({run.wait().text for run in runs}) == 1


def test_a_full_queue_refuses(model_path: Path) -> None:
    """As many requests are taken as run and may wait; the next is told so, and a later one is taken."""
    settings = EngineSettings(num_slots=1, window=1024, max_queued=1)
    with open_llama(model_path) as llama, open_engine(llama, settings) as engine:
        running, waiting = start(engine, endless(engine)), start(engine, endless(engine))
        with pytest.raises(QueueFullError, match=r"2 unfinished requests.*max_queued"):
            start(engine, endless(engine))
        running.submission.cancel()
        waiting.submission.cancel()
        _wait_until_taken(engine)


def _wait_until_taken(engine: Engine) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            complete(engine, ask(engine, "x", max_tokens=1))
        except QueueFullError:
            assert time.monotonic() < deadline
            time.sleep(0.001)
        else:
            return


def test_waiting_has_a_limit(model_path: Path) -> None:
    """Who waits too long for a slot fails; who has one goes on."""
    settings = EngineSettings(num_slots=1, window=1024, max_wait_s=0.05)
    with open_llama(model_path) as llama, open_engine(llama, settings) as engine:

        def hold(event: EngineEvent) -> None:
            """Keeps the engine's thread busy beyond the limit."""
            if isinstance(event, TextGenerated):
                time.sleep(0.01)

        engine.submit(endless(engine, max_tokens=50), hold)
        last = start(engine, endless(engine)).wait_for_end()
        assert isinstance(last, RequestFailed)
        assert isinstance(last.error, QueueTimeoutError)
        assert "0.05 s" in str(last.error)


def test_a_request_has_a_deadline(engine: Engine) -> None:
    """Past its deadline a request fails, with what it said until then."""
    run = start(engine, endless(engine, deadline_s=time.monotonic() + 0.02))
    last = run.wait_for_end()
    assert isinstance(last, RequestFailed)
    assert isinstance(last.error, TimeLimitError)
    assert "by its deadline" in str(last.error)


def test_cancelling_frees_the_slot_and_ends_the_events(engine: Engine) -> None:
    """A cancelled request says nothing more; its slots serve others at once."""
    events: list[EngineEvent] = []
    submissions = [engine.submit(endless(engine, num_choices=2), events.append) for _ in range(3)]
    while not events:
        time.sleep(0.001)
    for submission in submissions:
        submission.cancel()
        submission.cancel()
    complete(engine, ask(engine, "x", max_tokens=1))
    num_events = len(events)
    complete(engine, ask(engine, "x", max_tokens=3))
    assert len(events) == num_events
    assert not any(isinstance(event, ChoiceFinished) for event in events)


def test_a_listener_may_cancel_its_own_request(engine: Engine) -> None:
    """After a cancellation from within an event, no other event comes, not even of the same step."""
    events: list[EngineEvent] = []

    def listener(event: EngineEvent) -> None:
        events.append(event)
        box[0].cancel()

    box = [engine.submit(ask(engine, "x", max_tokens=0), lambda _: None)]
    complete(engine, ask(engine, "x", max_tokens=1))
    box[0] = engine.submit(endless(engine, max_tokens=1), listener)
    complete(engine, ask(engine, "x", max_tokens=1))
    assert len(events) == 1


def test_closing_fails_what_waits_and_runs(model_path: Path) -> None:
    """Every request gets its end, a later submission an error, and closing twice is closing once."""
    with open_llama(model_path) as llama:
        engine = Engine(llama, EngineSettings(num_slots=1, window=1024))
        runs = [start(engine, endless(engine)) for _ in range(3)]
        runs[0].take()
        engine.close()
        engine.close()
        for run in runs:
            last = run.wait_for_end()
            assert isinstance(last, RequestFailed)
            assert isinstance(last.error, EngineStoppedError)
        with pytest.raises(EngineStoppedError):
            start(engine, ask(engine, "x"))


def test_an_answer_ends_where_the_window_does(engine: Engine) -> None:
    """Without max_tokens the window is filled to its last token, and the reason is `length`."""
    run = complete(engine, endless(engine))
    assert run.finished.num_prompt_tokens + run.finished.num_generated_tokens == engine.window
    finished = run.choices[0].finished
    assert finished is not None
    assert finished.reason == "length"


def test_no_tokens_may_be_asked_for(engine: Engine) -> None:
    """max_tokens 0 evaluates the prompt and ends."""
    run = complete(engine, ask(engine, "x", max_tokens=0))
    assert run.choices[0].finished == ChoiceFinished(0, "length", 0)


@pytest.mark.parametrize(
    ("num_answer", "num_functions", "found", "names"),
    [
        (0, 0, "your messages resulted in 9 tokens", "messages"),
        (
            0,
            2,
            "your messages resulted in 9 tokens (7 in the messages, 2 in the functions)",
            "messages or functions",
        ),
        (
            3,
            0,
            "you requested 12 tokens (9 in the messages, 3 in the completion)",
            "messages or completion",
        ),
        (
            3,
            2,
            "you requested 12 tokens (7 in the messages, 2 in the functions, and 3 in the completion)",
            "messages, functions, or completion",
        ),
    ],
)
def test_an_overflow_is_worded_as_openai_words_it(
    num_answer: int, num_functions: int, found: str, names: str
) -> None:
    """The parts are named that there are, and add up."""
    assert str(describe_overflow(8, 9, num_answer, num_functions=num_functions)) == (
        f"This model's maximum context length is 8 tokens. However, {found}. Please reduce the length of the "
        f"{names}."
    )


@pytest.mark.parametrize(("num_prompt", "max_tokens"), [(1024, None), (1024, 1), (1000, 25), (1, 1024)])
def test_what_exceeds_the_window_is_refused(engine: Engine, num_prompt: int, max_tokens: int | None) -> None:
    """Nothing is cut: the error says what was asked and what there is."""
    request = EngineRequest(prompt=(1,) * num_prompt, max_tokens=max_tokens)
    with pytest.raises(ContextOverflowError, match=f"1024 tokens.*{num_prompt} in the messages") as caught:
        start(engine, request)
    assert caught.value.code == "context_length_exceeded"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"prompt": ()}, "at least one"),
        ({"prompt": (NUM_TOKENS,)}, f"token {NUM_TOKENS}"),
        ({"prompt": (-1,)}, "token -1"),
        ({"num_choices": 0}, "n is 0"),
        ({"num_choices": 129}, "n is 129"),
        ({"num_top_logprobs": 21}, "top_logprobs is 21"),
        ({"max_tokens": -1}, "max_tokens is -1"),
        ({"sampling": Sampling(temperature=2.1)}, "temperature is 2.1"),
        ({"sampling": Sampling(temperature=float("nan"))}, "temperature is nan"),
        ({"sampling": Sampling(top_p=-0.1)}, "top_p is -0.1"),
        ({"sampling": Sampling(seed=2**64)}, "seed is"),
        ({"sampling": Sampling(frequency_penalty=3)}, "frequency_penalty is 3"),
        ({"sampling": Sampling(presence_penalty=-3)}, "presence_penalty is -3"),
        ({"sampling": Sampling(logit_bias={1: 101.0})}, "logit_bias.1. is 101"),
        (
            {"sampling": Sampling(logit_bias={NUM_TOKENS: 1.0})},
            f"Maximum value is {NUM_TOKENS - 1}.",
        ),
    ],
)
def test_values_out_of_range_are_refused(engine: Engine, fields: dict[str, Any], message: str) -> None:
    """The error names the field, its value and what it may be."""
    with pytest.raises(InvalidRequestError, match=message):
        start(engine, EngineRequest(**{"prompt": (1,), **fields}))


def test_a_window_beyond_the_training_is_refused(model_path: Path) -> None:
    """The numbers are in the error."""
    with open_llama(model_path) as llama, pytest.raises(ConfigurationError, match=r"2048.*1024"):
        Engine(llama, EngineSettings(window=2048))


def test_statistics_tell_what_the_engine_does(engine: Engine) -> None:
    """Slots, what runs and waits, and what was evaluated; any thread may ask while the engine works."""
    assert engine.statistics() == EngineStatistics(num_slots=2)
    runs = [start(engine, endless(engine)) for _ in range(3)]
    runs[0].take()
    while (during := engine.statistics()).num_running < 2:
        time.sleep(0.001)
    assert (during.num_slots, during.num_running, during.num_waiting) == (2, 2, 1)
    assert engine.is_alive
    for run in runs:
        run.submission.cancel()
    engine.rest()
    prompt = "the sea, the ships and the sailors on them"
    before, run = engine.statistics(), complete(engine, ask(engine, prompt, max_tokens=7))
    engine.rest()
    after = engine.statistics()
    assert (after.num_running, after.num_waiting) == (0, 0)
    assert after.num_prefill_tokens - before.num_prefill_tokens == run.finished.num_prompt_tokens
    assert after.num_generated_tokens - before.num_generated_tokens == run.finished.num_generated_tokens
    assert after.num_steps > before.num_steps
    assert after.num_cached_bytes > 0
    engine.close()
    assert not engine.is_alive
