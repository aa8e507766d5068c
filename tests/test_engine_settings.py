"""Memory is planned from the settings, and refused with its numbers."""

import re

import pytest

from fake_llm_server._engine import EngineSettings
from fake_llm_server._engine.settings import plan_context
from fake_llm_server._errors import ConfigurationError
from fake_llm_server._settings.option import MEBIBYTE

SMOLLM2_135M, LLAMA_3B = 23_040, 114_688


@pytest.mark.parametrize(
    ("settings", "num_trained", "kv_bytes", "expected"),
    [
        (EngineSettings(), 8192, SMOLLM2_135M, (4, 4096)),
        (EngineSettings(), 2048, SMOLLM2_135M, (8, 2048)),
        (EngineSettings(), 131_072, LLAMA_3B, (2, 4096)),
        (EngineSettings(num_slots=8), 8192, SMOLLM2_135M, (8, 4096)),
        (EngineSettings(num_slots=8), 8192, LLAMA_3B, (8, 1280)),
        (EngineSettings(window=8192), 8192, SMOLLM2_135M, (2, 8192)),
        (EngineSettings(num_slots=3, window=100), 8192, SMOLLM2_135M, (3, 100)),
        (EngineSettings(window=16_384, rope_scaling="yarn"), 8192, SMOLLM2_135M, (2, 16_384)),
        (EngineSettings(max_kv_bytes=500 * MEBIBYTE), 8192, LLAMA_3B, (1, 4096)),
    ],
)
def test_plans_slots_and_window(
    settings: EngineSettings, num_trained: int, kv_bytes: int, expected: tuple[int, int]
) -> None:
    """What is named is taken; the rest is chosen within the memory."""
    plan = plan_context(settings, num_trained=num_trained, kv_bytes_per_token=kv_bytes)
    assert (plan.num_slots, plan.window) == expected
    assert plan.num_cells * kv_bytes <= settings.max_kv_bytes


@pytest.mark.parametrize(
    ("settings", "numbers"),
    [
        (EngineSettings(window=8193), "window is 8193.*at most 8192"),
        (
            EngineSettings(num_slots=16, window=8192),
            "16 slots of 8192 tokens at 23040 bytes.*3019898880 bytes.*1342177280",
        ),
        (EngineSettings(max_kv_bytes=100), "1 slots of 256 tokens.*5898240 bytes.*max_kv_bytes is 100"),
    ],
)
def test_refuses_what_does_not_fit(settings: EngineSettings, numbers: str) -> None:
    """The error says what is needed, what there is and what to change."""
    with pytest.raises(ConfigurationError, match=re.compile(numbers)):
        plan_context(settings, num_trained=8192, kv_bytes_per_token=SMOLLM2_135M)


@pytest.mark.parametrize(
    "wrong",
    [
        {"num_slots": 0},
        {"window": 1},
        {"num_threads": 0},
        {"max_queued": -1},
        {"max_wait_s": 0.0},
        {"max_kv_bytes": -1},
        {"max_prefix_cache_bytes": -1},
    ],
)
def test_refuses_values_out_of_range(wrong: dict[str, float]) -> None:
    """The error names the setting and its value."""
    ((name, value),) = wrong.items()
    with pytest.raises(ConfigurationError, match=f"{name} is {value}"):
        EngineSettings(**wrong)  # type: ignore[arg-type] # one table for all fields
