"""A fingerprint is of what answers depend on: it survives copies and other threads, not other weights."""

import ctypes
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import gguf
import numpy as np
import pytest
from engine_runs import complete, open_engine, open_llama
from tiny_models import write_tiny_model

from fake_llm_server._cli.doctor import describe_build
from fake_llm_server._engine import EngineRequest, EngineSettings
from fake_llm_server._engine import arithmetic_probe as probe
from fake_llm_server._engine import weights_digest as digests
from fake_llm_server._engine.arithmetic_probe import digest_arithmetic
from fake_llm_server._engine.build import parse_build, read_build
from fake_llm_server._engine.self_check import NOTHING_IS_EXACT
from fake_llm_server._engine.weights_digest import digest_files

SETTINGS = EngineSettings(num_slots=1, window=128)
SYSTEM_INFO = "CPU : SSE3 = 1 | SSSE3 = 1 | AVX = 1 | AVX2 = 1 | F16C = 1 | FMA = 1 | BMI2 = 1 | "
KERNELS = "LLAMAFILE = 1 | OPENMP = 1 | REPACK = 1 | "


def read_fingerprint(path: Path, settings: EngineSettings = SETTINGS) -> str:
    """Of an engine on a model file, after its first answer."""
    with open_llama(path) as llama, open_engine(llama, settings) as engine:
        complete(engine, EngineRequest(prompt=(1, 2), max_tokens=1))
        return engine.fingerprint


def test_weights_count_by_their_content(tmp_path: Path) -> None:
    """A copy under another name and time has the same fingerprint; another model has another."""
    path = write_tiny_model(tmp_path / "tiny.gguf", "llama", gguf.GGMLQuantizationType.Q8_0)
    copy = Path(shutil.copy(path, tmp_path / "another.gguf"))
    os.utime(copy, (1, 1))
    other = write_tiny_model(tmp_path / "other.gguf", "llama", gguf.GGMLQuantizationType.F16)
    assert read_fingerprint(path) == read_fingerprint(copy) != read_fingerprint(other)


def test_threads_count_where_they_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the self-check can't find all numbers of threads to compute alike, the number is named."""
    path = write_tiny_model(tmp_path / "tiny.gguf", "llama", gguf.GGMLQuantizationType.Q8_0)
    counts = [EngineSettings(num_slots=1, window=128, num_threads=number) for number in (1, 2)]
    assert len({read_fingerprint(path, settings) for settings in counts}) == 1
    check = "fake_llm_server._engine.stepper.check_exactness"
    monkeypatch.setattr(check, lambda *_arguments: NOTHING_IS_EXACT)
    assert len({read_fingerprint(path, settings) for settings in counts}) == 2


def test_a_split_model_is_all_its_parts(tmp_path: Path) -> None:
    """Files count in their order, each with what it holds."""
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_bytes(b"1")
    second.write_bytes(b"2")
    kept = tmp_path / "kept.json"
    found = [digest_files(paths, cache_file=kept) for paths in ([first], [first, second], [second, first])]
    assert len(set(found)) == 3


def make_old(path: Path) -> None:
    """Have a file changed an hour ago."""
    os.utime(path, (time.time() - 3600,) * 2)


def test_a_digest_is_kept_for_the_next_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that lies still is read once; one that changed is read again."""
    path, kept = tmp_path / "weights", tmp_path / "folder" / "kept.json"
    path.write_bytes(b"1")
    make_old(path)
    first = digest_files([path], cache_file=kept)
    monkeypatch.setattr(digests, "_known", {})
    kept.write_text(kept.read_text().replace(first, "from the file"))
    assert digest_files([path], cache_file=kept) == "from the file"
    path.write_bytes(b"2")
    assert digest_files([path], cache_file=kept) not in (first, "from the file")


def test_a_fresh_file_is_not_kept(tmp_path: Path) -> None:
    """What was written just now may be written again within the same tick of the clock."""
    path, kept = tmp_path / "weights", tmp_path / "kept.json"
    path.write_bytes(b"1")
    digest_files([path], cache_file=kept)
    assert not kept.exists()


def spoil(kept: Path) -> None:
    """Write what no cache holds."""
    kept.write_text('{"a": 1}', encoding="utf-8")


@pytest.mark.parametrize("damage", [spoil, Path.mkdir, lambda kept: kept.write_bytes(b"\xff")])
def test_a_cache_that_cannot_be_used_is_no_fault(tmp_path: Path, damage: Callable[[Path], object]) -> None:
    """The weights are read then."""
    path, kept = tmp_path / "weights", tmp_path / "kept.json"
    path.write_bytes(b"1")
    make_old(path)
    damage(kept)
    assert len(digest_files([path], cache_file=kept)) == 64


def test_the_cache_is_the_users(tmp_path: Path) -> None:
    """It lies in the folder that the user's environment names for caches."""
    code = "from fake_llm_server._engine.kept_facts import find_cache_folder; print(find_cache_folder())"
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path), "LOCALAPPDATA": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True)
    assert Path(os.fsdecode(done.stdout).strip()).name == "fake-llm-server"
    if sys.platform != "darwin":
        assert tmp_path in Path(os.fsdecode(done.stdout).strip()).parents


@pytest.mark.parametrize(
    ("system_info", "machine", "is_portable", "words"),
    [
        (SYSTEM_INFO + KERNELS, "x86_64", True, "portable (AVX, AVX2, BMI2, F16C, FMA, SSE3, SSSE3)"),
        (SYSTEM_INFO + KERNELS, "AMD64", True, "portable"),
        (SYSTEM_INFO + "AVX512 = 1 | " + KERNELS, "x86_64", False, "native (AVX, AVX2, AVX512,"),
        ("CPU : SSE3 = 1 | AVX = 0 | " + KERNELS, "x86_64", False, "native (SSE3)"),
        ("CPU : NEON = 1 | ARM_FMA = 1 | " + KERNELS, "aarch64", False, "for arm64 (ARM_FMA, NEON)"),
    ],
)
def test_doctor_tells_a_portable_build(system_info: str, machine: str, is_portable: bool, words: str) -> None:
    """By the instructions that llama.cpp says it was built for."""
    build = parse_build(system_info, machine)
    assert build.is_portable is is_portable
    assert describe_build(build).startswith(words)


def test_what_changes_no_bit_names_no_build() -> None:
    """How threads are made doesn't, nor how weights could be laid out; instructions and kernels do."""
    names = {parse_build(SYSTEM_INFO + more, "x86_64").name for more in (KERNELS, "LLAMAFILE = 1 |")}
    assert len(names) == 1
    assert parse_build(SYSTEM_INFO, "x86_64").name not in names
    assert "ARCHS=500" in parse_build(SYSTEM_INFO + "CUDA : ARCHS = 500 | ", "x86_64").name


def test_the_probe_repeats_itself() -> None:
    """What ggml computes is the same in another process, with other threads."""
    code = (
        "from fake_llm_server._engine.arithmetic_probe import digest_arithmetic; print(digest_arithmetic())"
    )
    environment = {**os.environ, "OMP_NUM_THREADS": "3"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True)
    assert done.stdout.decode().strip() == digest_arithmetic()


def test_the_probe_reads_results() -> None:
    """The root mean square of what was normalized is 1, by ggml's own kernel."""
    context = probe._call("ggml_init")(probe._InitParams(probe._MEMORY_BYTES, None, False))
    normalized = np.frombuffer(probe._compute(context)[-4], np.float32).reshape(3, -1)
    probe._call("ggml_free", None)(ctypes.c_void_p(context))
    assert np.sqrt((normalized**2).mean(axis=1)) == pytest.approx(1, abs=1e-3)


def test_this_build_is_read() -> None:
    """llama.cpp's words are understood: it was built with some kernels at least."""
    assert read_build().features
