"""Loading weights: what goes wrong is named, and nothing is said where nobody asked."""

import functools
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import gguf
import pytest
from tiny_models import ARCHITECTURES, write_tiny_model

from fake_llm_server._errors import ConfigurationError, ModelLoadError
from fake_llm_server._weights import LoadSettings, ModelSpec


def load(path: Path) -> None:
    """Load a model file and let it go."""
    ModelSpec.from_model_name(path).download().load().close()


def write_gguf(path: Path, architecture: str, fill: Callable[[gguf.GGUFWriter], None]) -> None:
    """Write a GGUF file with some metadata and no tensors."""
    writer = gguf.GGUFWriter(path, architecture)
    fill(writer)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("is_repacked", [False, True])
def test_families_load(tmp_path: Path, architecture: str, *, is_repacked: bool) -> None:
    """A model of each family of the catalogue loads as it is told to, and tells its metadata."""
    path = write_tiny_model(tmp_path / "tiny.gguf", architecture)
    llama = ModelSpec.from_model_name(path).download().load(LoadSettings(is_repacked=is_repacked))
    try:
        assert llama.metadata["general.architecture"] == architecture
        assert llama.model_params.use_extra_bufts is is_repacked
        assert llama.tokenize(b"the", add_bos=False)
    finally:
        llama.close()


def cut_last_byte(path: Path) -> None:
    """Lose the end of the last tensor."""
    data = path.read_bytes()
    path.write_bytes(data[: len(data) - 64])


def cut_header(path: Path) -> None:
    """Keep a part of the header."""
    path.write_bytes(path.read_bytes()[:500])


def replace_bytes(old: bytes, new: bytes) -> Callable[[Path], None]:
    """Overwrite something that is in the file, wherever it is."""

    def replace(path: Path) -> None:
        data = path.read_bytes()
        assert old in data
        path.write_bytes(data.replace(old, new))

    return replace


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda path: path.write_bytes(b""), "m.gguf is empty"),
        (lambda path: path.write_bytes(b"<!doctype html>"), "m.gguf is not a GGUF file"),
        (cut_header, "m.gguf is truncated: it ends within its header"),
        (
            cut_last_byte,
            r"m.gguf is truncated: it has \d+ bytes, and its header lists tensors up to",
        ),
        (replace_bytes(b"llama", b"lhama"), "architecture 'lhama', which llama-cpp-python .* doesn't know"),
        (
            replace_bytes(b"output_norm", b"output_xorm"),
            "can't load m.gguf: .*output_norm.weight' not found",
        ),
        (Path.unlink, "m.gguf does not exist"),
    ],
)
def test_failures_are_named(tmp_path: Path, damage: Callable[[Path], None], message: str) -> None:
    """A file that can't be loaded is refused with what is the matter with it."""
    path = write_tiny_model(tmp_path / "m.gguf", "llama")
    downloaded = ModelSpec.from_model_name(path).download()
    damage(path)
    with pytest.raises(ModelLoadError, match=message):
        downloaded.load()


@pytest.mark.parametrize(
    ("fill", "message"),
    [
        (lambda writer: writer.add_type("adapter"), "no language model: its header calls it 'adapter'"),
        (lambda writer: writer.add_type("mmproj"), "'mmproj'"),
        (lambda writer: writer.add_context_length(8), "a vocabulary but no weights"),
        (lambda writer: writer.add_uint16("split.count", 2), "one of 2 parts, of which 1 were found"),
    ],
)
def test_other_gguf_files(tmp_path: Path, fill: Callable[[gguf.GGUFWriter], None], message: str) -> None:
    """GGUF files that are no whole language model are refused with what they are."""
    path = tmp_path / "other.gguf"
    write_gguf(path, "llama", fill)
    with pytest.raises(ModelLoadError, match=message):
        load(path)


def test_a_missing_part_is_named(tmp_path: Path) -> None:
    """A split model of which a part is missing is refused with that part's name, whichever part was named."""
    write_tiny_model(tmp_path / "m-00001-of-00002.gguf", "llama")
    with pytest.raises(ModelLoadError, match=r"m-00002-of-00002.gguf does not exist"):
        load(tmp_path / "m-00001-of-00002.gguf")


@pytest.mark.parametrize("part", [0, 1, -1])
def test_split_models_load_by_any_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: int) -> None:
    """A split model loads whichever of its parts is named, and is counted whole."""
    monkeypatch.setattr(gguf, "GGUFWriter", functools.partial(gguf.GGUFWriter, split_max_tensors=8))
    write_tiny_model(tmp_path / "m.gguf", "qwen2")
    files = sorted(tmp_path.glob("m-*.gguf"))
    assert len(files) > 2
    downloaded = ModelSpec.from_model_name(files[part]).download()
    assert list(downloaded.paths) == files
    assert downloaded.num_bytes == sum(file.stat().st_size for file in files)
    downloaded.load().close()
    files[1].write_bytes(files[1].read_bytes()[:-64])
    with pytest.raises(ModelLoadError, match=rf"{files[1].name} is truncated"):
        downloaded.load()


def test_gpu_layers() -> None:
    """GPU layers are refused by a build that has no GPU, and out of range by any."""
    llama_cpp = pytest.importorskip("llama_cpp")
    with pytest.raises(ConfigurationError, match="gpu_layers is -2"):
        LoadSettings(gpu_layers=-2)
    if llama_cpp.llama_supports_gpu_offload():
        pytest.skip("this llama-cpp-python has a GPU")
    with pytest.raises(ModelLoadError, match=r"llama\.cpp finds no GPU"):
        ModelSpec.from_model_name("smollm2-135m").download().load(LoadSettings(gpu_layers=1))


def test_a_template_that_jinja_cannot_read_does_not_stop_loading(tmp_path: Path) -> None:
    """Weights load whatever their chat template is: rendering it is another's work."""
    template = "{% generation %}{{ messages }}{% endgeneration %}"
    path = write_tiny_model(tmp_path / "m.gguf", "llama", chat_template=template)
    llama = ModelSpec.from_model_name(path).download().load()
    try:
        assert llama.metadata["tokenizer.chat_template"] == template
    finally:
        llama.close()


def test_native_messages_go_to_logging(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """llama.cpp's messages are on our logger at DEBUG, and nothing is on stdout or stderr."""
    with caplog.at_level(logging.DEBUG, "fake_llm_server.llama_cpp"):
        load(write_tiny_model(tmp_path / "m.gguf", "llama"))
    assert "CPU_Mapped model buffer size" in caplog.text
    assert {record.levelno for record in caplog.records} == {logging.DEBUG}
    assert capfd.readouterr() == ("", "")


def test_stdout_is_left_alone_while_loading() -> None:
    """What other threads print while a model loads is printed."""
    code = """
import os, sys, threading
from fake_llm_server._weights import ModelSpec
downloaded = ModelSpec.from_model_name("smollm2-135m").download()
downloaded.load().close()
is_over = threading.Event()
before = os.fstat(1).st_ino, os.fstat(2).st_ino, sys.stdout
seen = set()
def watch():
    while not is_over.is_set():
        seen.add((os.fstat(1).st_ino, os.fstat(2).st_ino, sys.stdout))
watcher = threading.Thread(target=watch)
watcher.start()
loaders = [threading.Thread(target=lambda: downloaded.load().close()) for _ in range(2)]
[thread.start() for thread in loaders], [thread.join() for thread in loaders]
is_over.set()
watcher.join()
assert seen == {before}, seen
print("same")
"""
    assert run_python(code) == ("same\n", "")


@pytest.mark.parametrize(
    "ending",
    ["", "llama.close()", "sys.exit(0)", "loaded_models.acquire(downloaded)", "raise SystemExit"],
)
def test_the_interpreter_ends_quietly(ending: str) -> None:
    """However a process leaves its models, it ends with status 0 and says nothing."""
    code = f"""
import sys
from fake_llm_server._weights import ModelSpec, loaded_models
downloaded = ModelSpec.from_model_name("smollm2-135m").download()
llama = downloaded.load()
{ending}
"""
    assert run_python(code) == ("", "")


def run_python(code: str) -> tuple[str, str]:
    """Run code in a process of its own; what it printed on stdout and stderr."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={name: value for name, value in os.environ.items() if name != "PYTHONWARNINGS"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr
