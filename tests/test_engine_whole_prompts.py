"""A prompt that was answered before needs no evaluation, and its answers are the cold ones, bit for bit."""

from collections.abc import Iterator
from pathlib import Path

import gguf
import llama_cpp
import pytest
from engine_runs import complete, open_engine, open_llama, start
from tiny_models import ARCHITECTURES, write_tiny_model

from fake_llm_server._engine import Engine, EngineRequest, EngineSettings
from fake_llm_server._seam import Sampling

PROMPTS = [tuple(range(3, 3 + length)) for length in (1, 15, 16, 17, 53)]
REQUESTS = [
    EngineRequest(prompt=prompt, max_tokens=max_tokens, num_choices=num_choices, num_top_logprobs=2,
                  sampling=Sampling(temperature=temperature, seed=5))
    for prompt in PROMPTS
    for max_tokens, num_choices, temperature in ((12, 1, 0.0), (1, 1, 0.8), (9, 3, 0.8))
]  # fmt: skip


@pytest.fixture(scope="module", params=ARCHITECTURES)
def llama(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[llama_cpp.Llama]:
    """A tiny model of each architecture."""
    path: Path = tmp_path_factory.mktemp("models") / "tiny.gguf"
    with open_llama(write_tiny_model(path, request.param, gguf.GGMLQuantizationType.Q8_0)) as llama:
        yield llama


def num_evaluated(engine: Engine) -> int:
    """Prompt tokens that were evaluated so far; a resting engine has counted all."""
    engine.rest()
    return engine.statistics().num_prefill_tokens


def test_equal_prompts_are_evaluated_once(llama: llama_cpp.Llama) -> None:
    """Other limits, choices and samplings of a known prompt prefill nothing, alone and all at once."""
    with open_engine(llama, EngineSettings(num_slots=1, window=256, max_prefix_cache_bytes=0)) as lonely:
        expected = [complete(lonely, request).choices for request in REQUESTS]
    with open_engine(llama, EngineSettings(num_slots=3, window=256)) as engine:
        for prompt in PROMPTS:
            complete(engine, EngineRequest(prompt=prompt, max_tokens=2))
        before = num_evaluated(engine)
        warm = [complete(engine, request).choices for request in REQUESTS]
        together = [run.wait().choices for run in [start(engine, request) for request in REQUESTS]]
        assert num_evaluated(engine) == before
    assert warm == expected
    assert together == expected


def test_without_room_every_prompt_is_evaluated(llama: llama_cpp.Llama) -> None:
    """`max_prefix_cache_bytes=0` keeps no prompt."""
    request = EngineRequest(prompt=PROMPTS[-1], max_tokens=1)
    with open_engine(llama, EngineSettings(num_slots=1, window=256, max_prefix_cache_bytes=0)) as engine:
        first, second = (complete(engine, request) for _ in range(2))
        assert num_evaluated(engine) == 2 * len(PROMPTS[-1])
    assert first.choices == second.choices
