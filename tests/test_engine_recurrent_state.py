"""Recurrent states can't be cut back: they are cached where prompts part, and go on exactly."""

from collections.abc import Iterator
from pathlib import Path

import gguf
import llama_cpp
import pytest
from engine_runs import complete, open_engine, open_llama, start
from tiny_models import write_tiny_model

from fake_llm_server._engine import EngineRequest, EngineSettings
from fake_llm_server._seam import Sampling

SYSTEM = tuple((i * 7 + i * i) % 250 for i in range(100))
REQUESTS = [
    EngineRequest(prompt=(*SYSTEM, *range(question, question + 30)), max_tokens=20, num_top_logprobs=2,
                  num_choices=2, sampling=Sampling(temperature=temperature, seed=1))
    for question, temperature in ((1, 0.0), (40, 0.9), (80, 0.0))
]  # fmt: skip


@pytest.fixture(scope="module", params=["F16", "Q8_0"])
def llama(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[llama_cpp.Llama]:
    """A tiny model with attention and convolutions in turn."""
    kind = gguf.GGMLQuantizationType[request.param]
    path: Path = tmp_path_factory.mktemp("models") / "lfm2.gguf"
    with open_llama(write_tiny_model(path, "lfm2", kind)) as llama:
        yield llama


def test_warm_answers_are_the_cold_ones(llama: llama_cpp.Llama, caplog: pytest.LogCaptureFixture) -> None:
    """Whole prompts are reused, and what two of them have begun with from the third on, bit for bit."""
    with open_engine(llama, EngineSettings(num_slots=1, window=512, max_prefix_cache_bytes=0)) as lonely:
        expected = [complete(lonely, request).choices for request in REQUESTS]
    with open_engine(llama, EngineSettings(num_slots=3, window=512)) as engine:
        cold = [complete(engine, request) for request in REQUESTS]
        warm = [run.wait() for run in [start(engine, request) for request in REQUESTS]]
    assert [run.choices for run in (*cold, *warm)] == expected * 2
    assert [run.finished.num_cached_tokens for run in (*cold, *warm)] == [0, 0, 64, 128, 128, 128]
    assert not caplog.records
