"""Computes a little with ggml's kernels, to tell builds apart that were made for the same instructions.

Two compilers may fuse, or not, a multiplication and an addition into one rounding, and two C libraries have
other sines: neither tells of it. What they compute does.
"""

import ctypes
import hashlib
from collections.abc import Callable
from functools import cache
from typing import Any, cast

import numpy as np
from llama_cpp._ggml import libggml
from numpy.typing import NDArray

_WIDTH = 256
_NUM_ROWS, _NUM_COLUMNS = 8, 3
_MEMORY_BYTES = 4 << 20
_F32, _I32 = 0, 26
_WEIGHT_TYPES = (1, 2, 3, 6, 7, 8, 10, 11, 12, 13, 14, 30)
"""ggml's numbers of F16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2_K to Q6_K and BF16."""


class _InitParams(ctypes.Structure):
    """`ggml_init_params`."""

    _fields_ = (("mem_size", ctypes.c_size_t), ("mem_buffer", ctypes.c_void_p), ("no_alloc", ctypes.c_bool))


@cache
def digest_arithmetic() -> str:
    """Sixteen hexadecimal digits that are equal for builds whose kernels compute the same."""
    context = _call("ggml_init", ctypes.c_void_p)(_InitParams(_MEMORY_BYTES, None, False))
    try:
        results = _compute(context)
    finally:
        _call("ggml_free", None)(ctypes.c_void_p(context))
    return hashlib.sha256(b"".join(results)).hexdigest()[:16]


def _call(name: str, result: Any = ctypes.c_void_p) -> Callable[..., Any]:
    function: Any = libggml[name]
    function.restype = result
    return cast("Callable[..., Any]", function)


def _compute(context: int) -> list[bytes]:
    """Matrices of each weight type by columns, then what else a transformer's layer has."""
    pointer = ctypes.c_void_p
    columns = _create(context, _F32, _WIDTH, _NUM_COLUMNS)
    _fill(columns, _values(_WIDTH * _NUM_COLUMNS, 7919))
    nodes = [
        _call("ggml_mul_mat")(pointer(context), pointer(_quantized(context, kind)), pointer(columns))
        for kind in _WEIGHT_TYPES
    ]
    heads = _call("ggml_reshape_3d")(
        pointer(context), pointer(columns), *map(ctypes.c_int64, (_WIDTH // 4, 4, _NUM_COLUMNS))
    )
    positions = _create(context, _I32, _NUM_COLUMNS, 1)
    _fill(positions, np.array([1, 77, 4000], np.int32))
    rope = _call("ggml_rope")
    nodes += [
        rope(
            pointer(context),
            pointer(heads),
            pointer(positions),
            ctypes.c_int(_WIDTH // 4),
            ctypes.c_int(mode),
        )
        for mode in (0, 2)
    ]
    nodes.append(_call("ggml_rms_norm")(pointer(context), pointer(columns), ctypes.c_float(1e-5)))
    nodes += [
        _call(name)(pointer(context), pointer(columns))
        for name in ("ggml_soft_max", "ggml_silu", "ggml_gelu")
    ]
    graph = _call("ggml_new_graph")(pointer(context))
    for node in nodes:
        _call("ggml_build_forward_expand", None)(pointer(graph), pointer(node))
    _call("ggml_graph_compute_with_ctx", ctypes.c_int)(pointer(context), pointer(graph), ctypes.c_int(1))
    return [_read(node) for node in nodes]


def _create(context: int, kind: int, width: int, height: int) -> int:
    new = _call("ggml_new_tensor_2d")
    return int(
        new(ctypes.c_void_p(context), ctypes.c_int(kind), ctypes.c_int64(width), ctypes.c_int64(height))
    )


def _quantized(context: int, kind: int) -> int:
    """A matrix of a weight type."""
    tensor = _create(context, kind, _WIDTH, _NUM_ROWS)
    values = _values(_WIDTH * _NUM_ROWS, 104_729)
    _call("ggml_quantize_chunk", ctypes.c_size_t)(
        ctypes.c_int(kind),
        values.ctypes.data_as(ctypes.c_void_p),
        ctypes.c_void_p(_data(tensor)),
        *map(ctypes.c_int64, (0, _NUM_ROWS, _WIDTH)),
        None,
    )
    return tensor


def _values(count: int, factor: int) -> NDArray[np.float32]:
    """Numbers between -3 and 3 that need all of their bits."""
    return ((np.arange(count) * factor % 2003 - 1001) / np.float32(333)).astype(np.float32)


def _data(tensor: int) -> int:
    return int(_call("ggml_get_data")(ctypes.c_void_p(tensor)))


def _fill(tensor: int, values: NDArray[Any]) -> None:
    ctypes.memmove(_data(tensor), values.ctypes.data, values.nbytes)


def _read(tensor: int) -> bytes:
    return ctypes.string_at(
        _data(tensor), int(_call("ggml_nbytes", ctypes.c_size_t)(ctypes.c_void_p(tensor)))
    )
