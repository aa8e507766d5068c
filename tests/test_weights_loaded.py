"""Weights that the process shares: one load, counted use, and memory that comes back."""

import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from process_memory import measure_mapped
from tiny_models import write_tiny_model

from fake_llm_server._errors import ConfigurationError, ModelLoadError
from fake_llm_server._weights import DownloadedModel, LoadedModel, LoadedModels, LoadSettings, ModelSpec
from fake_llm_server._weights.machine import Machine
from fake_llm_server._weights.shape import MemoryNeed

GB = 10**9


@pytest.fixture
def registry() -> Iterator[LoadedModels]:
    """A registry of the test's own."""
    registry = LoadedModels()
    yield registry
    registry.release_unused()


@pytest.fixture
def tiny(tmp_path: Path) -> DownloadedModel:
    """A tiny llama on the disk."""
    return ModelSpec.from_model_name(write_tiny_model(tmp_path / "tiny.gguf", "llama")).download()


def test_one_load_however_it_is_named(registry: LoadedModels, tiny: DownloadedModel, tmp_path: Path) -> None:
    """A file is loaded once, by any path and from any thread."""
    link = tmp_path / "link.gguf"
    link.symlink_to(tiny.path)
    wanted = [tiny, ModelSpec.from_model_name(link).download()] * 4
    loaded: list[LoadedModel] = []
    threads = [
        threading.Thread(target=lambda model=model: loaded.append(registry.acquire(model)))
        for model in wanted
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(model.llama) for model in loaded}) == 1
    assert [row.num_users for row in registry.list_loaded()] == [8]
    for model in loaded:
        model.release()


def test_another_layout_or_content_is_another_load(registry: LoadedModels, tiny: DownloadedModel) -> None:
    """Other settings, or a file that was written anew, aren't taken for what is loaded."""
    first = registry.acquire(tiny)
    repacked = registry.acquire(tiny, LoadSettings(is_repacked=True))
    write_tiny_model(tiny.path, "qwen2")
    rewritten = registry.acquire(tiny)
    assert len({id(model.llama) for model in (first, repacked, rewritten)}) == 3
    assert rewritten.llama.metadata["general.architecture"] == "qwen2"
    for model in (first, repacked, rewritten):
        model.release()


def test_a_released_model_is_there_for_the_next_test(registry: LoadedModels, tiny: DownloadedModel) -> None:
    """Closing one server and opening another on the same model doesn't load it again."""
    first = registry.acquire(tiny)
    first.release()
    second = registry.acquire(tiny)
    assert second.llama is first.llama
    second.release()


def test_a_failed_load_leaves_the_others(
    registry: LoadedModels, tiny: DownloadedModel, tmp_path: Path
) -> None:
    """A model that can't be loaded doesn't touch those that are, and can be had once it is mended."""
    used = registry.acquire(tiny)
    broken = ModelSpec.from_model_name(write_tiny_model(tmp_path / "broken.gguf", "llama")).download()
    content = broken.path.read_bytes()
    broken.path.write_bytes(content[:-100])
    with pytest.raises(ModelLoadError, match="truncated"):
        registry.acquire(broken)
    assert used.llama.tokenize(b"the", add_bos=False)
    broken.path.write_bytes(content)
    registry.acquire(broken).release()
    used.release()


def test_a_missing_file(registry: LoadedModels, tiny: DownloadedModel) -> None:
    """A file that vanished since it was downloaded is named."""
    tiny.path.unlink()
    with pytest.raises(ModelLoadError, match=r"tiny.gguf can't be read: No such file"):
        registry.acquire(tiny)


def test_too_little_memory_is_told_before_loading(tiny: DownloadedModel) -> None:
    """Weights that memory doesn't hold are refused with what is needed, and with a model that fits."""
    registry = LoadedModels(read_machine=lambda _: Machine(GB, GB // 2, GB, 2))
    registry.acquire(tiny).release()
    large = tiny.path.with_name("large.gguf")
    with large.open("wb") as file:
        file.truncate(2 * GB)
    with pytest.raises(ModelLoadError, match=r"for large: it needs 2.2 GB, 500 MB free; try gemma-3-270m"):
        registry.acquire(ModelSpec.from_model_name(large).download())


def test_the_whole_need_counts(tiny: DownloadedModel) -> None:
    """What the engine will add to the weights is counted before they are loaded, and only then."""
    registry = LoadedModels(read_machine=lambda _: Machine(GB, GB, GB, 2))
    asked: list[DownloadedModel] = []

    def estimate(downloaded: DownloadedModel) -> MemoryNeed:
        asked.append(downloaded)
        return MemoryNeed(weights=1, kv=GB, compute=1)

    with pytest.raises(ModelLoadError, match=r"it needs 1.2 GB, 1.0 GB free"):
        registry.acquire(tiny, estimate=estimate)
    loaded = registry.acquire(tiny)
    registry.acquire(tiny, estimate=estimate).release()
    assert asked == [tiny]
    loaded.release()
    registry.release_unused()


def test_unused_weights_make_room(tiny: DownloadedModel) -> None:
    """When memory is short, models that nobody uses go before a load is refused."""
    memory = [GB]
    registry = LoadedModels(read_machine=lambda _: Machine(GB, memory[0], GB, 2))
    first = registry.acquire(tiny)
    first.release()
    memory[0] = 0
    with pytest.raises(ModelLoadError, match="not enough memory"):
        registry.acquire(tiny, LoadSettings(is_repacked=True))
    assert not registry.list_loaded()


def test_the_budget(tiny: DownloadedModel) -> None:
    """With a budget, a model in use keeps others out, in words, until it is released."""
    registry = LoadedModels(max_bytes=tiny.path.stat().st_size)
    first = registry.acquire(tiny)
    with pytest.raises(ModelLoadError, match=r"no room for tiny: .* bytes are wanted"):
        registry.acquire(tiny, LoadSettings(is_repacked=True))
    timer = threading.Timer(0.05, first.release)
    timer.start()
    registry.acquire(tiny, LoadSettings(is_repacked=True), wait_s=30).release()
    timer.join()
    registry.release_unused()


def test_limits_can_be_changed(registry: LoadedModels, tiny: DownloadedModel) -> None:
    """New limits hold from the next release on, and negative ones are refused."""
    registry.acquire(tiny).release()
    assert len(registry.list_loaded()) == 1
    registry.configure(max_unused=0, max_bytes=None)
    registry.acquire(tiny).release()
    assert not registry.list_loaded()
    with pytest.raises(ConfigurationError, match="max_bytes is -1"):
        registry.configure(max_unused=1, max_bytes=-1)


def test_memory_comes_back(registry: LoadedModels, tmp_path: Path) -> None:
    """Unloading gives back what the weights took, time after time, measured on the process."""
    downloaded = ModelSpec.from_model_name("smollm2-135m").download()
    own = tmp_path / "weights.gguf"  # a copy, for other tests may have the file itself loaded
    shutil.copy(downloaded.path, own)
    for _ in range(3):
        model = registry.acquire(replace(downloaded, paths=(own,)))
        assert measure_mapped(own) > 0.8 * own.stat().st_size
        model.release()
        assert registry.release_unused() == 1
        assert measure_mapped(own) == 0
