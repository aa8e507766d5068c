"""Whatever type the weights have, company changes no bit: kernels that aren't exact are found out."""

import ctypes
from collections.abc import Sequence
from pathlib import Path

import llama_cpp
import pytest
from engine_runs import Run, complete, embedded_model_path, open_engine, open_llama, start
from example_factor import EXAMPLE_FACTOR
from tiny_models import write_tiny_model

from fake_llm_server._engine import Engine, EngineRequest, EngineSettings
from fake_llm_server._seam import Constraint, Sampling

TYPES = {
    "F16": llama_cpp.LLAMA_FTYPE_MOSTLY_F16,
    "BF16": llama_cpp.LLAMA_FTYPE_MOSTLY_BF16,
    "Q8_0": llama_cpp.LLAMA_FTYPE_MOSTLY_Q8_0,
    "Q4_0": llama_cpp.LLAMA_FTYPE_MOSTLY_Q4_0,
    "Q5_1": llama_cpp.LLAMA_FTYPE_MOSTLY_Q5_1,
    "Q2_K": llama_cpp.LLAMA_FTYPE_MOSTLY_Q2_K,
    "Q3_K_M": llama_cpp.LLAMA_FTYPE_MOSTLY_Q3_K_M,
    "Q4_K_M": llama_cpp.LLAMA_FTYPE_MOSTLY_Q4_K_M,
    "Q5_K_M": llama_cpp.LLAMA_FTYPE_MOSTLY_Q5_K_M,
    "Q6_K": llama_cpp.LLAMA_FTYPE_MOSTLY_Q6_K,
}


def quantize(source: Path, target: Path, kind: str) -> Path:
    """Write a model file with another weight type, by llama.cpp's own quantizer."""
    params = llama_cpp.llama_model_quantize_default_params()
    params.ftype = TYPES[kind]
    params.nthread = 2
    params.allow_requantize = True
    code = llama_cpp.llama_model_quantize(str(source).encode(), str(target).encode(), ctypes.byref(params))
    assert code == 0
    return target


def requests(max_tokens: int) -> list[EngineRequest]:
    """Requests of several kinds; prompts with and without a common beginning, one of them long."""
    shared = tuple(range(33, 33 + 70))
    return [
        EngineRequest(prompt=(*shared, 5), max_tokens=max_tokens, num_top_logprobs=2),
        EngineRequest(
            prompt=(*shared, 9, 8),
            max_tokens=max_tokens,
            num_choices=2,
            sampling=Sampling(temperature=1.0, seed=3),
        ),
        EngineRequest(
            prompt=(7, 8, 9),
            max_tokens=max_tokens,
            num_top_logprobs=0,
            constraint=Constraint("regex", "(the|in )+"),
        ),
        EngineRequest(prompt=tuple(range(200)) + tuple(range(100)), max_tokens=2, num_top_logprobs=1),
    ]


def run_alone(engine: Engine, asked: Sequence[EngineRequest]) -> list[Run]:
    """One after the other."""
    return [complete(engine, request) for request in asked]


def run_together(engine: Engine, asked: Sequence[EngineRequest]) -> list[Run]:
    """At once, twice over, so that the second time meets a warm cache and other company."""
    runs = [start(engine, request) for request in (*asked, *reversed(asked))]
    return [run.wait() for run in runs]


def assert_exact(path: Path, asked: list[EngineRequest]) -> None:
    """Compare runs in company with lonely, cold ones."""
    with open_llama(path) as llama:
        with open_engine(llama, EngineSettings(num_slots=1, window=512, max_prefix_cache_bytes=0)) as lonely:
            expected = [run.choices for run in run_alone(lonely, asked)]
        with open_engine(llama, EngineSettings(num_slots=4, window=512)) as shared:
            together = [run.choices for run in run_together(shared, asked)]
    assert together == [*expected, *reversed(expected)]


@pytest.mark.parametrize("kind", TYPES)
def test_every_weight_type_is_exact_in_company(kind: str, tmp_path: Path) -> None:
    """On tiny models wide enough for K-quantizations."""
    source = write_tiny_model(tmp_path / "source.gguf", "llama", width=256)
    assert_exact(quantize(source, tmp_path / f"{kind}.gguf", kind), requests(6))


@pytest.mark.parametrize("kind", ["Q8_0", "Q4_0", "F16", "Q4_K_M"] if EXAMPLE_FACTOR > 1 else ["Q8_0"])
def test_the_real_weights_are_exact_in_every_type(kind: str, tmp_path: Path) -> None:
    """On the embedded model's weights, as llama.cpp's quantizer turns them into other types."""
    assert_exact(quantize(embedded_model_path(), tmp_path / f"{kind}.gguf", kind), requests(3)[:3])
