"""What is exact on this machine is found out once, and remembered for the next process."""

import json
from pathlib import Path

import gguf
import llama_cpp
import pytest
from engine_runs import ask, complete, open_llama
from tiny_models import write_tiny_model

from fake_llm_server._engine import Engine, EngineSettings, self_check
from fake_llm_server._engine.native import NativeContext

SETTINGS = EngineSettings(num_slots=2, window=128)


class CountingContext(NativeContext):
    """Counts calls into llama.cpp."""

    num_calls = 0

    def decode(self, batch: llama_cpp.llama_batch) -> int:
        """Count one."""
        type(self).num_calls += 1
        return super().decode(batch)


def count_calls(path: Path, settings: EngineSettings = SETTINGS) -> int:
    """Answer with one token in what is as good as a new process, and count the calls that this took."""
    self_check._verdicts.clear()
    CountingContext.num_calls = 0
    with open_llama(path) as llama:
        engine = Engine(llama, settings, create_context=CountingContext)
        complete(engine, ask(engine, "x", max_tokens=1))
        engine.close()
    return CountingContext.num_calls


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tiny model, and a folder for caches with nothing in it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "caches"))
    monkeypatch.setattr(self_check, "_verdicts", {})
    return write_tiny_model(tmp_path / "tiny.gguf", "llama", gguf.GGMLQuantizationType.Q8_0)


def test_the_next_process_needs_no_check(path: Path) -> None:
    """It evaluates the prompt, and nothing else; unless it is told to check again."""
    assert count_calls(path) > 1
    assert count_calls(path) == 1
    assert count_calls(path, EngineSettings(num_slots=2, window=128, check_again=True)) > 1


def test_other_conditions_are_checked_by_themselves(path: Path) -> None:
    """A verdict holds for its number of slots and of threads."""
    count_calls(path)
    assert count_calls(path, EngineSettings(num_slots=3, window=128)) > 1
    assert count_calls(path, EngineSettings(num_slots=2, window=128, num_threads=1)) > 1


@pytest.mark.parametrize("kept", ["", "in_company and_more", "no JSON", None])
def test_what_is_no_verdict_is_checked_again(path: Path, tmp_path: Path, kept: str | None) -> None:
    """A file of a later version, or one that was damaged, costs the check."""
    count_calls(path)
    (file,) = tmp_path.rglob("exactness.json")
    facts = json.loads(file.read_text())
    file.write_text(json.dumps(dict.fromkeys(facts, kept)))
    assert count_calls(path) > 1
    assert count_calls(path) == 1
