"""The same request gives the same tokens and logprobs, bit for bit, whatever happens beside it."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import gguf
import pytest
from engine_runs import (
    ChoiceOutcome,
    complete,
    embedded_model_path,
    open_engine,
    open_llama,
    start,
)
from example_factor import EXAMPLE_FACTOR
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tiny_models import ARCHITECTURES, NUM_TOKENS, write_tiny_model

from fake_llm_server._engine import Engine, EngineRequest, EngineSettings
from fake_llm_server._seam import Constraint, Sampling

CONSTRAINTS = (
    None,
    Constraint(
        "json_schema",
        '{"type":"object","properties":{"the":{"type":"integer"},"on":{"type":"boolean"}},'
        '"required":["the","on"],"additionalProperties":false}',
    ),
    Constraint("regex", "(the|an){2,5}!"),
    Constraint("lark", 'start: "in the end: " /[a-f]+/ "."'),
)


@dataclass(frozen=True)
class Arrival:
    """A request with when it comes and after how many events it is cancelled."""

    request: EngineRequest
    delay_ms: int
    cancelled_after: int | None


@st.composite
def prompts(draw: st.DrawFn, *, num_tokens: int, max_length: int) -> tuple[int, ...]:
    """Prompts that share beginnings: one of three token sequences, cut anywhere, with a tail of their own."""
    stride = draw(st.sampled_from((1, 7, 11)))
    length = draw(st.integers(0, max_length - 3))
    tail = draw(st.lists(st.integers(0, 200), min_size=1, max_size=3))
    return (*(i * stride % min(num_tokens, 250) for i in range(length)), *tail)


@st.composite
def requests(draw: st.DrawFn, *, num_tokens: int, max_length: int, max_tokens: int) -> EngineRequest:
    """Requests over all that an engine offers; unseeded ones are greedy."""
    seed = draw(st.none() | st.integers(-(2**63), 2**63 - 1))
    sampling = Sampling(
        temperature=draw(st.sampled_from((0.0, 0.7, 1.5))) if seed is not None else 0.0,
        top_p=draw(st.sampled_from((1.0, 0.9, 0.3))),
        seed=seed,
        frequency_penalty=draw(st.sampled_from((0.0, 0.0, 1.1))),
        presence_penalty=draw(st.sampled_from((0.0, 0.0, -0.6))),
        logit_bias=draw(st.dictionaries(st.integers(0, 255), st.floats(-5, 5), max_size=2)),
    )
    return EngineRequest(
        prompt=draw(prompts(num_tokens=num_tokens, max_length=max_length)),
        sampling=sampling,
        max_tokens=draw(st.integers(1, max_tokens)),
        num_choices=draw(st.sampled_from((1, 1, 1, 2, 5))),
        stop=draw(st.sampled_from(((), (), ("e",), ("th", "\n")))),
        constraint=draw(st.sampled_from(CONSTRAINTS)),
        num_top_logprobs=draw(st.sampled_from((None, 0, 3))),
    )


def arrivals(**sizes: int) -> st.SearchStrategy[list[Arrival]]:
    """Mixtures of requests."""
    one = st.builds(
        Arrival, requests(**sizes), st.sampled_from((0, 0, 1, 5)), st.none() | st.none() | st.integers(0, 3)
    )
    return st.lists(one, min_size=2, max_size=7)


def outcomes(engine: Engine, mixture: list[Arrival]) -> list[dict[int, ChoiceOutcome] | None]:
    """Run a mixture at once; None for what was cancelled."""
    runs = []
    for arrival in mixture:
        time.sleep(arrival.delay_ms / 1000)
        runs.append(start(engine, arrival.request))
        if arrival.cancelled_after == 0:
            runs[-1].submission.cancel()
    for arrival, run in zip(mixture, runs, strict=True):
        if arrival.cancelled_after is None:
            run.wait()
        for _ in range(arrival.cancelled_after or 0):
            run.take()
            if run.is_over:
                break
        if arrival.cancelled_after is not None:
            run.submission.cancel()
    return [
        run.choices if arrival.cancelled_after is None else None
        for arrival, run in zip(mixture, runs, strict=True)
    ]


@dataclass(frozen=True)
class Pair:
    """An engine in busy use, and the lonely, cold runs of another one on the same weights."""

    shared: Engine
    run_lonely: Callable[[EngineRequest], dict[int, ChoiceOutcome]]


def open_pair(path: Path) -> Iterator[Pair]:
    """Open both engines on a model file."""
    lonely_settings = EngineSettings(num_slots=1, window=512, max_prefix_cache_bytes=0)
    shared_settings = EngineSettings(num_slots=4, window=512, max_prefix_cache_bytes=300_000)
    with (
        open_llama(path) as llama,
        open_engine(llama, shared_settings) as shared,
        open_engine(llama, lonely_settings) as lonely,
    ):
        yield Pair(shared, lambda request: complete(lonely, request).choices)


@pytest.fixture(scope="module")
def real_pair() -> Iterator[Pair]:
    """On the embedded model."""
    yield from open_pair(embedded_model_path())


@pytest.fixture(
    scope="module",
    params=[
        (architecture, kind)
        for architecture in (*ARCHITECTURES, "lfm2")
        for kind in (gguf.GGMLQuantizationType.F16, gguf.GGMLQuantizationType.Q8_0)
    ],
    ids=lambda case: f"{case[0]}-{case[1].name}",
)
def tiny_pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """On a tiny model of each architecture."""
    architecture, kind = request.param
    path = tmp_path_factory.mktemp("models") / f"{architecture}.gguf"
    yield from open_pair(write_tiny_model(path, architecture, kind))


def assert_same_as_lonely(pair: Pair, mixture: list[Arrival]) -> None:
    """Compare every request that wasn't cancelled with its lonely, cold run."""
    for arrival, outcome in zip(mixture, outcomes(pair.shared, mixture), strict=True):
        if outcome is not None:
            assert outcome == pair.run_lonely(arrival.request), arrival.request


relaxed = settings(
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.function_scoped_fixture,
    ],
)


@settings(relaxed, max_examples=15 * EXAMPLE_FACTOR)
@given(mixture=arrivals(num_tokens=NUM_TOKENS, max_length=300, max_tokens=8))
def test_tiny_models_answer_the_same_in_any_company(tiny_pair: Pair, mixture: list[Arrival]) -> None:
    """On the catalogue's architectures and a hybrid one, company, cache, cancellations change no bit."""
    assert_same_as_lonely(tiny_pair, mixture)


@settings(relaxed, max_examples=6 * EXAMPLE_FACTOR)
@given(mixture=arrivals(num_tokens=49152, max_length=50, max_tokens=4))
def test_the_real_model_answers_the_same_in_any_company(real_pair: Pair, mixture: list[Arrival]) -> None:
    """On the embedded model's weights, company, cache and cancellations change no bit."""
    assert_same_as_lonely(real_pair, mixture)
