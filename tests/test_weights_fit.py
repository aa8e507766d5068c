"""Whether a model fits, in plain words; and that the figures behind it are llama.cpp's own."""

import logging
import re
from pathlib import Path

import llama_cpp
import pytest

from fake_llm_server._weights import ModelSpec
from fake_llm_server._weights.catalogue import CATALOGUE, CatalogueEntry
from fake_llm_server._weights.fit import check_fit
from fake_llm_server._weights.gguf_header import load_gguf_header
from fake_llm_server._weights.machine import Machine, read_machine
from fake_llm_server._weights.shape import MemoryNeed, estimate_memory, read_shape
from fake_llm_server._weights.sizes import format_bytes

GB = 10**9
OTHERS = {"tiny": GB // 10, "small": GB, "large": 5 * GB}


def create_machine(memory: float = 20, disk: float = 100, cores: int = 8) -> Machine:
    """A machine with so many gigabytes free."""
    return Machine(32 * GB, int(memory * GB), int(disk * GB), cores)


@pytest.mark.parametrize(
    ("weights", "download", "machine", "is_fit", "text"),
    [
        (2.0, 0, create_machine(), True, "fits"),
        (2.7, 0, create_machine(memory=1.8), False, "needs 2.9 GB, 1.8 GB free; try small"),
        (2.7, 0, create_machine(memory=0.31), False, "needs 2.9 GB, 310 MB free; try tiny"),
        (2.7, 0, create_machine(memory=0.1), False, "needs 2.9 GB, 100 MB free"),
        (2.0, 2, create_machine(disk=1.5), False, "needs 2.0 GB of disk, 1.5 GB free; free some, or point"),
        (2.0, 0, create_machine(disk=0), True, "fits"),
        (2.0, 0, create_machine(cores=1), True, "fits, but will be slow: one core"),
        (0.3, 0, create_machine(cores=1), True, "fits"),
    ],
)
def test_the_answer(weights: float, download: float, machine: Machine, text: str, *, is_fit: bool) -> None:
    """Memory, disk and cores are each told with their figures, and a model that fits is suggested."""
    need = MemoryNeed(int(weights * GB), kv=0, compute=0)
    fit = check_fit(need, machine, download_size=int(download * GB), alternatives=OTHERS)
    assert fit.is_fit is is_fit
    assert fit.text.startswith(text)
    assert ("; try" in fit.text) is ("; try" in text)


def test_the_embedded_entry_is_its_file() -> None:
    """The catalogue's figures for the embedded model are the file's own."""
    entry = next(entry for entry in CATALOGUE if entry.alias == "smollm2-135m")
    path = ModelSpec.from_model_name(entry.alias).download().path
    assert read_shape(load_gguf_header(path)) == entry.shape
    assert path.stat().st_size == entry.typical_size


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.alias)
def test_entries_are_plausible(entry: CatalogueEntry) -> None:
    """An entry's bounds hold its size, and its file is large enough for its vocabulary's vectors."""
    assert entry.min_size <= entry.typical_size <= entry.max_size
    num_embedding_values = entry.shape.vocabulary_size * entry.shape.embedding_length
    assert num_embedding_values * 0.5 < entry.typical_size


@pytest.mark.parametrize(("num_slots", "window", "batch_size"), [(1, 512, 64), (4, 256, 64), (2, 512, 256)])
def test_estimates_match_llama_cpp(
    caplog: pytest.LogCaptureFixture, num_slots: int, window: int, batch_size: int
) -> None:
    """Weights, KV and work buffers are what llama.cpp reports that it allocates."""
    downloaded = ModelSpec.from_model_name("smollm2-135m").download()
    shape = read_shape(load_gguf_header(downloaded.path))
    assert shape is not None
    need = estimate_memory(
        shape, downloaded.path.stat().st_size, num_slots=num_slots, window=window, batch_size=batch_size
    )
    llama = downloaded.load()
    try:
        caplog.set_level(logging.DEBUG, "fake_llm_server.llama_cpp")
        params = llama_cpp.llama_context_default_params()
        params.n_ctx, params.n_seq_max, params.kv_unified = num_slots * window, num_slots, False
        params.n_batch = params.n_ubatch = batch_size
        llama_cpp.llama_free(llama_cpp.llama_init_from_model(llama.model, params))
        weights = llama_cpp.llama_model_size(llama.model)
    finally:
        llama.close()
    reported = dict(re.findall(r"CPU\s+(KV|compute|output) buffer size =\s+([0-9.]+) MiB", caplog.text))
    kv, compute, output = (float(reported[name]) * 2**20 for name in ("KV", "compute", "output"))
    assert need.kv == pytest.approx(kv, rel=0.01)
    assert need.weights == pytest.approx(weights, rel=0.05)
    assert compute + output <= need.compute <= compute + output + 30_000_000


def test_container_limits(tmp_path: Path) -> None:
    """A container's limits of memory and cores count, with its page cache as free."""
    (tmp_path / "memory.max").write_text("1000000\n")
    (tmp_path / "memory.current").write_text("700000\n")
    (tmp_path / "memory.stat").write_text("anon 300000\ninactive_file 400000\n")
    (tmp_path / "cpu.max").write_text("150000 100000\n")
    machine = read_machine(tmp_path / "not" / "there", cgroup_root=tmp_path)
    assert (machine.total_memory, machine.available_memory, machine.num_cores) == (1_000_000, 700_000, 1)
    assert machine.free_disk > 0


@pytest.mark.parametrize("content", ["max\n", "", "x y z", "max 100000\n"])
def test_no_container_limits(tmp_path: Path, content: str) -> None:
    """Without limits, or with files that say something else, the machine's own figures count."""
    for name in ("memory.max", "memory.current", "memory.stat", "cpu.max"):
        (tmp_path / name).write_text(content)
    machine = read_machine(tmp_path, cgroup_root=tmp_path)
    bare = read_machine(tmp_path, cgroup_root=tmp_path / "none")
    assert (machine.total_memory, machine.num_cores) == (bare.total_memory, bare.num_cores)
    assert machine.total_memory >= machine.available_memory > 0


@pytest.mark.parametrize(
    ("num_bytes", "text"), [(2.94e9, "2.9 GB"), (98_362_432, "98 MB"), (16_388, "16 kB"), (7, "7 bytes")]
)
def test_sizes(num_bytes: float, text: str) -> None:
    """Sizes read as on a disk's label."""
    assert format_bytes(num_bytes) == text
