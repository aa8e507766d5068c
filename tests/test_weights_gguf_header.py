"""The head of a GGUF file, compared with the reference reader and with damaged files."""

import contextlib
from pathlib import Path

import gguf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tiny_models import ARCHITECTURES, NUM_TOKENS, write_tiny_model

from fake_llm_server._weights.gguf_header import BLOCK_SIZES, GGUFError, load_gguf_header
from fake_llm_server._weights.shape import read_shape


@pytest.fixture(scope="module")
def tiny_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny llama."""
    return write_tiny_model(tmp_path_factory.mktemp("gguf") / "tiny.gguf", "llama")


def test_block_sizes_are_ggmls() -> None:
    """The table of tensor types agrees with the gguf package's, type by type."""
    assert {int(kind): sizes for kind, sizes in gguf.GGML_QUANT_SIZES.items()} == BLOCK_SIZES


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("kind", ["F32", "F16", "Q4_0", "Q4_1", "Q8_0"])
def test_agrees_with_the_reference_reader(tmp_path: Path, architecture: str, kind: str) -> None:
    """Metadata, lengths and the file's size are what the gguf package reads from the same file."""
    path = write_tiny_model(tmp_path / "m.gguf", architecture, gguf.GGMLQuantizationType[kind])
    header = load_gguf_header(path)
    reference = gguf.GGUFReader(path)
    for key, value in header.metadata.items():
        assert reference.fields[key].contents() == pytest.approx(value)
    for key, length in header.array_lengths.items():
        assert len(reference.fields[key].contents()) == length
    assert header.architecture == architecture
    assert header.num_tensors == len(reference.tensors)
    end = max(int(tensor.data_offset + tensor.n_bytes) for tensor in reference.tensors)
    assert header.min_file_size == end <= path.stat().st_size


def test_shape(tiny_path: Path) -> None:
    """The dimensions that memory depends on are read from the file."""
    shape = read_shape(load_gguf_header(tiny_path))
    assert shape is not None
    assert (shape.num_layers, shape.num_kv_heads, shape.key_length) == (2, 2, 16)
    assert (shape.vocabulary_size, shape.context_length) == (NUM_TOKENS, 1024)
    assert shape.kv_bytes_per_token == 2 * 2 * 16 * 2 * 2


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"GG", "is not a GGUF file"),
        (b"<html>not found</html>", "begins with b'<htm'"),
        (b"GGUF", "truncated"),
        (b"GGUF\x01\x00\x00\x00" + bytes(16), "version 1"),
        (b"GGUF\x00\x00\x00\x03" + bytes(16), "big-endian"),
        (b"GGUF\x03\x00\x00\x00" + b"\xff" * 16, "damaged"),
        (b"GGUF\x03\x00\x00\x00" + bytes(8) + b"\x01" + bytes(7) + bytes(8) + b"\x63\x00\x00\x00", "type 99"),
    ],
)
def test_other_files_are_named(tmp_path: Path, data: bytes, message: str) -> None:
    """A file that is no readable GGUF is refused with what it is instead."""
    path = tmp_path / "m.gguf"
    path.write_bytes(data)
    with pytest.raises(GGUFError, match=message):
        load_gguf_header(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_a_damaged_header_never_surprises(tiny_path: Path, tmp_path: Path, data: st.DataObject) -> None:
    """Whatever is cut off or overwritten, the reader answers or says `GGUFError`."""
    content = bytearray(tiny_path.read_bytes())
    header_size = 12_000
    for _ in range(data.draw(st.integers(0, 4))):
        position = data.draw(st.integers(0, header_size - 1))
        content[position : position + 8] = data.draw(st.binary(min_size=1, max_size=8))
    path = tmp_path / "damaged.gguf"
    path.write_bytes(content[: data.draw(st.integers(0, header_size))])
    with contextlib.suppress(GGUFError):
        assert load_gguf_header(path).min_file_size >= 0
