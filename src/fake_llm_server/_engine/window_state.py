"""Puts together what llama.cpp saves of a sliding window piece by piece. Bytes in, bytes out.

`llama_state_seq_get_data` leaves out the cells that the last position doesn't see, and puts the others to
the cells from the first on when it restores them: sums then run in another order, and what was left out is
missing when the sequence is cut back. A state of every cell is restored to where each was. So whoever runs
the context reads the window's state at several positions, and here they become one.

The layout is that of `llama_kv_cache::state_write`, values transposed (flash attention is off), one stream
for each slot; anything else is refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

_CELL = np.dtype([("position", "<i4"), ("num_sequences", "<u4"), ("sequence", "<i4")])
_NUM_STREAMS = np.dtype([("num_streams", "<u4")])
_NUM_CELLS = np.dtype([("num_cells", "<u4")])
_LAYERS = np.dtype([("is_transposed", "<u4"), ("num_layers", "<u4")])
_KEYS = np.dtype([("type", "<i4"), ("row_bytes", "<u8")])
_VALUES = np.dtype([("type", "<i4"), ("element_bytes", "<u4"), ("num_rows", "<u4")])


class UnknownLayoutError(ValueError):
    """The bytes aren't laid out as this version of llama.cpp lays them out."""


@dataclass(frozen=True, slots=True)
class _Block:
    """A header, and after it what has a share of each cell.

    Attributes:
        cells_axis: of `data`, along which the cells lie.
    """

    header: bytes
    data: Bytes
    cells_axis: int


@dataclass(frozen=True, slots=True)
class WindowPiece:
    """The state of neighbouring cells.

    Attributes:
        first: position of the first cell.
        end: position after the last cell.
        num_streams: of the context.
        stream: whose cells these are.
    """

    first: int
    end: int
    num_streams: int
    stream: int
    blocks: tuple[_Block, ...]


def read_piece(state: Bytes, stream: int) -> WindowPiece:
    """Take a window's state apart.

    Args:
        state: of one sequence, without the header before the first cache.
        stream: of the sequence; its number too.

    Raises:
        UnknownLayoutError: the bytes mean something else.
    """
    reader = _Reader(state)
    (num_streams,) = reader.take_header(_NUM_STREAMS)
    counts_before = [reader.take_header(_NUM_CELLS)[0] for _ in range(stream)]
    (num_cells,) = reader.take_header(_NUM_CELLS)
    cells = reader.take(num_cells * _CELL.itemsize).reshape(num_cells, _CELL.itemsize)
    first = _check_cells(cells, stream)
    blocks = (_Block(b"", cells, 0), *_read_layers(reader, num_cells))
    counts_after = [reader.take_header(_NUM_CELLS)[0] for _ in range(num_streams - stream - 1)]
    if any(counts_before + counts_after) or not reader.is_at_end:
        raise UnknownLayoutError("a sequence's state has cells of another one")
    return WindowPiece(first, first + num_cells, num_streams, stream, blocks)


def join_pieces(pieces: Sequence[WindowPiece]) -> Bytes:
    """The state that one read of all cells would have been.

    Args:
        pieces: of one sequence, in the order of their positions, each beginning where the one before ends.
    """
    first, last = pieces[0], pieces[-1]
    blocks = zip(*(piece.blocks for piece in pieces), strict=True)
    return np.concatenate(
        [
            _counts(first.num_streams, *[0] * first.stream, last.end - first.first),
            *(_join_blocks(parts) for parts in blocks),
            _counts(*[0] * (first.num_streams - first.stream - 1)),
        ]
    )


class _Reader:
    """Takes bytes from the front."""

    def __init__(self, state: Bytes) -> None:
        self._rest = state

    @property
    def is_at_end(self) -> bool:
        return self._rest.size == 0

    def take(self, count: int) -> Bytes:
        if count > self._rest.size:
            raise UnknownLayoutError(f"{count} bytes were expected, but {self._rest.size} are left")
        taken, self._rest = self._rest[:count], self._rest[count:]
        return taken

    def take_header(self, layout: np.dtype[np.void]) -> tuple[int, ...]:
        fields = np.frombuffer(self.take(layout.itemsize).tobytes(), layout)[0]
        return tuple(int(field) for field in fields)


def _check_cells(cells: Bytes, stream: int) -> int:
    """Make sure that cells hold neighbouring positions of one sequence alone, and return the first."""
    fields = np.frombuffer(cells.tobytes(), _CELL)
    if not fields.size:
        raise UnknownLayoutError("a state has no cells")
    first = int(fields["position"][0])
    is_in_order = np.array_equal(fields["position"], np.arange(first, first + fields.size))
    if not is_in_order or (fields["num_sequences"] != 1).any() or (fields["sequence"] != stream).any():
        raise UnknownLayoutError("cells aren't one sequence's, in the order of their positions")
    return first


def _read_layers(reader: _Reader, num_cells: int) -> list[_Block]:
    is_transposed, num_layers = header = reader.take_header(_LAYERS)
    if is_transposed != 1:
        raise UnknownLayoutError("values aren't transposed")
    blocks = [_Block(_pack(header, _LAYERS), np.empty((0, 0), np.uint8), 0)]
    for _ in range(num_layers):
        header = reader.take_header(_KEYS)
        row_bytes = header[1]
        keys = reader.take(num_cells * row_bytes).reshape(num_cells, row_bytes)
        blocks.append(_Block(_pack(header, _KEYS), keys, 0))
    for _ in range(num_layers):
        header = reader.take_header(_VALUES)
        _, element_bytes, num_rows = header
        row_bytes = num_cells * element_bytes
        values = reader.take(num_rows * row_bytes).reshape(num_rows, row_bytes)
        blocks.append(_Block(_pack(header, _VALUES), values, 1))
    return blocks


def _join_blocks(parts: Sequence[_Block]) -> Bytes:
    data = np.concatenate([part.data for part in parts], axis=parts[0].cells_axis)
    return np.concatenate([np.frombuffer(parts[0].header, np.uint8), data.reshape(-1)])


def _pack(fields: tuple[int, ...], layout: np.dtype[np.void]) -> bytes:
    return np.array(fields, layout).tobytes()


def _counts(*counts: int) -> Bytes:
    return np.array(counts, "<u4").view(np.uint8)
