"""The head of a GGUF file: what the model is and how long the file must be, read in milliseconds.

llama.cpp reads it too, but only while it loads the model, and it says less when it fails. The `gguf`
package builds an object for each vocabulary entry, which takes seconds; here arrays are skipped.
Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

import math
import mmap
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

MAGIC = b"GGUF"
_SUPPORTED_VERSIONS = (2, 3)
_DEFAULT_ALIGNMENT = 32
_MAX_COUNT = 1 << 31
_LENGTH = struct.Struct("<Q")

_STRING, _ARRAY, _BOOL = 8, 9, 7
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", _BOOL: "?", 10: "Q", 11: "q", 12: "d"}

# ggml type: values in a block, bytes of a block (ggml.h, `ggml_blck_size` and `ggml_type_size`).
BLOCK_SIZES: Mapping[int, tuple[int, int]] = {
    0: (1, 4),  # F32
    1: (1, 2),  # F16
    2: (32, 18),  # Q4_0
    3: (32, 20),  # Q4_1
    6: (32, 22),  # Q5_0
    7: (32, 24),  # Q5_1
    8: (32, 34),  # Q8_0
    9: (32, 40),  # Q8_1
    10: (256, 84),  # Q2_K
    11: (256, 110),  # Q3_K
    12: (256, 144),  # Q4_K
    13: (256, 176),  # Q5_K
    14: (256, 210),  # Q6_K
    15: (256, 292),  # Q8_K
    16: (256, 66),  # IQ2_XXS
    17: (256, 74),  # IQ2_XS
    18: (256, 98),  # IQ3_XXS
    19: (256, 50),  # IQ1_S
    20: (32, 18),  # IQ4_NL
    21: (256, 110),  # IQ3_S
    22: (256, 82),  # IQ2_S
    23: (256, 136),  # IQ4_XS
    24: (1, 1),  # I8
    25: (1, 2),  # I16
    26: (1, 4),  # I32
    27: (1, 8),  # I64
    28: (1, 8),  # F64
    29: (256, 56),  # IQ1_M
    30: (1, 2),  # BF16
    34: (256, 54),  # TQ1_0
    35: (256, 66),  # TQ2_0
    39: (32, 17),  # MXFP4
    40: (64, 36),  # NVFP4
    41: (128, 18),  # Q1_0
}

Scalar = int | float | bool | str


class GGUFError(Exception):
    """The file is not a GGUF file that can be read; the message goes on after the file's name."""


@dataclass(frozen=True, slots=True)
class GGUFHeader:
    """What a file says of itself.

    Attributes:
        metadata: every key with a single value; arrays are left out, but for their length.
        array_lengths: number of elements of each key with an array.
        min_file_size: bytes that hold every tensor that the header lists.
        num_tensors: tensors in this file, which may be one part of several.
    """

    version: int
    metadata: Mapping[str, Scalar]
    array_lengths: Mapping[str, int]
    min_file_size: int
    num_tensors: int

    @property
    def architecture(self) -> str:
        """Such as `qwen2`; empty where the file doesn't say."""
        return str(self.metadata.get("general.architecture", ""))

    @property
    def num_parts(self) -> int:
        """How many files the model is split into."""
        return int(self.metadata.get("split.count", 1)) or 1

    def find_count(self, key: str) -> int | None:
        """A number that the architecture names in its own space, such as `context_length`."""
        value = self.metadata.get(f"{self.architecture}.{key}")
        return int(value) if isinstance(value, int | float) else None


def load_gguf_header(path: Path) -> GGUFHeader:
    """Read the head of a GGUF file; of a file that didn't change since, it is remembered.

    Raises:
        GGUFError: it is not a GGUF file, of an unknown version, or ends within its head.
        OSError: it can't be read.
    """
    state = path.stat()
    if state.st_size == 0:
        raise GGUFError("is empty")
    return _read_header(path.resolve(), state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=16)
def _read_header(path: Path, _changed_ns: int, _num_bytes: int) -> GGUFHeader:
    """Read a file's head, once for each state of it: a large vocabulary takes milliseconds to skip."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        try:
            return _Reader(data).read_header()
        except (struct.error, OverflowError, _EndOfDataError) as error:
            raise GGUFError("is truncated: it ends within its header") from error


class _EndOfDataError(Exception):
    """A text goes beyond the end of the file."""


class _Reader:
    """Reads a file's head from front to back."""

    def __init__(self, data: mmap.mmap) -> None:
        self._data = data
        self._position = 0

    def read_header(self) -> GGUFHeader:
        self._check_magic()
        version = self._read_version()
        num_tensors, num_keys = self._read_count(), self._read_count()
        metadata: dict[str, Scalar] = {}
        lengths: dict[str, int] = {}
        for _ in range(num_keys):
            key = self._read_string()
            kind = int(self._read_scalar("I"))
            if kind == _ARRAY:
                lengths[key] = self._skip_array()
            else:
                metadata[key] = self._read_value(kind)
        data_size = max((self._read_tensor_end() for _ in range(num_tensors)), default=0)
        if not num_tensors:  # a vocabulary: nothing follows that would have to be aligned
            return GGUFHeader(version, metadata, lengths, self._position, 0)
        alignment = int(metadata.get("general.alignment", _DEFAULT_ALIGNMENT)) or _DEFAULT_ALIGNMENT
        data_start = -(-self._position // alignment) * alignment
        return GGUFHeader(version, metadata, lengths, data_start + data_size, num_tensors)

    def _check_magic(self) -> None:
        magic = self._data[: len(MAGIC)]
        if magic != MAGIC:
            raise GGUFError(f"is not a GGUF file: it begins with {magic!r} where {MAGIC!r} is expected")
        self._position = len(MAGIC)

    def _read_version(self) -> int:
        version = int(self._read_scalar("I"))
        if version not in _SUPPORTED_VERSIONS:
            swapped = int.from_bytes(version.to_bytes(4, "little"), "big")
            if swapped in _SUPPORTED_VERSIONS:
                raise GGUFError("is a big-endian GGUF file; convert it for this machine")
            raise GGUFError(f"is of GGUF version {version}; versions 2 and 3 can be read")
        return version

    def _read_scalar(self, code: str) -> int | float | bool:
        value: int | float | bool = struct.unpack_from(f"<{code}", self._data, self._position)[0]
        self._position += struct.calcsize(f"<{code}")
        return value

    def _read_count(self) -> int:
        count = int(self._read_scalar("Q"))
        if count > _MAX_COUNT:
            raise GGUFError(f"is damaged: its header counts {count} entries")
        return count

    def _read_string(self) -> str:
        start = self._position + _LENGTH.size
        self._skip_strings(1)
        return self._data[start : self._position].decode("utf-8", "replace")

    def _read_value(self, kind: int) -> Scalar:
        if kind == _STRING:
            return self._read_string()
        if kind not in _SCALARS:
            raise GGUFError(f"is damaged: its header has a value of the unknown type {kind}")
        return self._read_scalar(_SCALARS[kind])

    def _skip_array(self) -> int:
        kind, length = int(self._read_scalar("I")), self._read_count()
        if kind in _SCALARS:
            self._position += struct.calcsize(f"<{_SCALARS[kind]}") * length
        elif kind == _STRING:
            self._skip_strings(length)
        else:
            raise GGUFError(f"is damaged: its header has an array of the unknown type {kind}")
        return length

    def _skip_strings(self, count: int) -> None:
        """Pass over texts; vocabularies have a quarter of a million, hence the local names."""
        data, position, unpack, width = self._data, self._position, _LENGTH.unpack_from, _LENGTH.size
        for _ in range(count):
            position += unpack(data, position)[0] + width
        if position > len(data):
            raise _EndOfDataError
        self._position = position

    def _read_tensor_end(self) -> int:
        """Where a tensor's data ends, counted from the start of the data; exclusive."""
        self._read_string()
        num_dimensions = int(self._read_scalar("I"))
        num_values = math.prod(int(self._read_scalar("Q")) for _ in range(num_dimensions))
        kind, offset = int(self._read_scalar("I")), int(self._read_scalar("Q"))
        # A type newer than the table is taken as empty: the bound is then too low, never too high.
        block_values, block_bytes = BLOCK_SIZES.get(kind, (1, 0))
        return offset + num_values // block_values * block_bytes
