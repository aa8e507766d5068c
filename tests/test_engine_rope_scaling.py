"""A model can be served beyond the context that it was trained for, where that is asked for."""

from collections.abc import Iterator

import llama_cpp
import pytest
from engine_runs import ask, complete, open_engine, open_llama
from tiny_models import write_tiny_model

from fake_llm_server._engine import EngineSettings
from fake_llm_server._engine.rope_scaling import scale_positions
from fake_llm_server._errors import ConfigurationError
from fake_llm_server._settings.engine import RopeScaling

BEYOND = 2048
PROMPT = "A way beyond. " * 100
"""1,400 tokens, where the model was trained for 1,024."""


@pytest.fixture(scope="module", params=["llama", "gemma3"])
def llama(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[llama_cpp.Llama]:
    """A tiny model."""
    path = write_tiny_model(tmp_path_factory.mktemp("models") / "tiny.gguf", request.param)
    with open_llama(path) as llama:
        yield llama


@pytest.mark.parametrize("kind", ["linear", "yarn"])
def test_a_scaled_window_takes_more_than_the_trained_context(
    llama: llama_cpp.Llama, kind: RopeScaling
) -> None:
    """A longer prompt is answered, the same cold and warm, and the fingerprint names the scaling."""
    settings = EngineSettings(num_slots=1, window=BEYOND, rope_scaling=kind)
    with open_engine(llama, EngineSettings(num_slots=1)) as plain:
        unscaled = plain.fingerprint
    with open_engine(llama, settings) as engine:
        request = ask(engine, PROMPT, max_tokens=4)
        assert len(request.prompt) > engine_trained(llama)
        cold, warm = complete(engine, request), complete(engine, request)
        assert cold.choices == warm.choices
        assert engine.fingerprint != unscaled
        scaled = engine.fingerprint
    other: RopeScaling = "linear" if kind == "yarn" else "yarn"
    with open_engine(llama, EngineSettings(num_slots=1, window=BEYOND, rope_scaling=other)) as engine:
        assert engine.fingerprint not in (unscaled, scaled)


def engine_trained(llama: llama_cpp.Llama) -> int:
    """What the model's file says."""
    return int(llama.metadata[f"{llama.metadata['general.architecture']}.context_length"])


@pytest.mark.parametrize("kind", ["linear", "yarn"])
def test_scaling_leaves_no_trace_in_the_weights(llama: llama_cpp.Llama, kind: RopeScaling) -> None:
    """Servers share weights: one without scaling, started later, answers and refuses as before."""
    with open_engine(llama, EngineSettings(num_slots=1)) as engine:
        request = ask(engine, "Hello.", max_tokens=8, num_top_logprobs=3)
        before, fingerprint = complete(engine, request), engine.fingerprint
    answers = []
    for _ in range(2):
        with open_engine(llama, EngineSettings(num_slots=1, window=BEYOND, rope_scaling=kind)) as engine:
            answers.append(complete(engine, request))
    assert answers[0].choices == answers[1].choices
    assert answers[0].choices != before.choices
    with open_engine(llama, EngineSettings(num_slots=1)) as engine:
        assert complete(engine, request).choices == before.choices
        assert (engine.window, engine.fingerprint) == (engine_trained(llama), fingerprint)
    with pytest.raises(ConfigurationError, match="trained for 1024 tokens"):
        open_engine(llama, EngineSettings(window=BEYOND)).__enter__()


@pytest.mark.parametrize("kind", ["linear", "yarn"])
def test_a_window_within_the_trained_context_isn_t_scaled(llama: llama_cpp.Llama, kind: RopeScaling) -> None:
    """The setting changes nothing where there is nothing to scale."""
    with open_engine(llama, EngineSettings(num_slots=1)) as engine:
        unscaled = engine.fingerprint
    with open_engine(llama, EngineSettings(num_slots=1, rope_scaling=kind)) as engine:
        assert engine.fingerprint == unscaled


def test_a_model_without_rotations_is_refused() -> None:
    """Positions that are no rotations can't be scaled; the error says what can be done."""
    params = llama_cpp.llama_context_default_params()
    with pytest.raises(ConfigurationError, match="set window to at most 1024"):
        scale_positions(
            params,
            "yarn",
            window=BEYOND,
            num_trained=1024,
            rope_type=llama_cpp.LLAMA_ROPE_TYPE_NONE,
            trained_scale=1.0,
        )
