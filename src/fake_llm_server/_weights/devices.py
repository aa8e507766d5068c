"""The devices that llama.cpp can compute on, as it finds them itself.

llama-cpp-python has no Python function for them; the C functions are those of ggml-backend.h.
"""

import ctypes
from dataclasses import dataclass
from typing import Any

from llama_cpp._ggml import libggml

_GPU_TYPES = (1, 2)  # GGML_BACKEND_DEVICE_TYPE_GPU and _IGPU


@dataclass(frozen=True, slots=True)
class Device:
    """A device.

    Attributes:
        name: llama.cpp's, such as `CUDA0`.
        free_memory: bytes, as its driver tells.
        total_memory: bytes, as its driver tells.
    """

    name: str
    description: str
    is_gpu: bool
    free_memory: int
    total_memory: int


def list_devices() -> tuple[Device, ...]:
    """Ask llama.cpp; the CPU is among them."""
    count = _bind("ggml_backend_dev_count", ctypes.c_size_t)
    get = _bind("ggml_backend_dev_get", ctypes.c_void_p, ctypes.c_size_t)
    return tuple(_describe(get(index)) for index in range(count()))


def _describe(handle: int) -> Device:
    free, total = ctypes.c_size_t(), ctypes.c_size_t()
    sizes = [ctypes.POINTER(ctypes.c_size_t)] * 2
    _bind("ggml_backend_dev_memory", None, ctypes.c_void_p, *sizes)(
        handle, ctypes.byref(free), ctypes.byref(total)
    )
    return Device(
        name=_bind("ggml_backend_dev_name", ctypes.c_char_p, ctypes.c_void_p)(handle).decode(),
        description=_bind("ggml_backend_dev_description", ctypes.c_char_p, ctypes.c_void_p)(handle).decode(),
        is_gpu=_bind("ggml_backend_dev_type", ctypes.c_int, ctypes.c_void_p)(handle) in _GPU_TYPES,
        free_memory=free.value,
        total_memory=total.value,
    )


def _bind(name: str, result: Any, *arguments: Any) -> Any:
    function = getattr(libggml, name)
    function.restype, function.argtypes = result, list(arguments)
    return function
