"""Decides whether a model fits a machine, and says so in plain words. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from fake_llm_server._weights.machine import Machine
from fake_llm_server._weights.shape import MemoryNeed
from fake_llm_server._weights.sizes import format_bytes

# What the test, the client and the rest of the process need beside the model.
MEMORY_RESERVE = 200_000_000
# Fewer cores than this make a large model slow enough for tests to time out.
_CORES_FOR_LARGE = 2
_LARGE = 1_500_000_000


@dataclass(frozen=True, slots=True)
class Fit:
    """The answer.

    Attributes:
        is_fit: whether the model can be downloaded and loaded.
        text: one line: `fits`, or what is missing and what to do.
    """

    is_fit: bool
    text: str


def check_fit(
    need: MemoryNeed,
    machine: Machine,
    *,
    download_size: int = 0,
    alternatives: Mapping[str, int] | None = None,
) -> Fit:
    """Compare what a model needs with what there is.

    Args:
        need: memory that it takes when it serves.
        machine: what there is.
        download_size: bytes still to be fetched; 0 when the model is here.
        alternatives: names of other models, with the bytes of memory that each takes in all.
    """
    wanted = need.total + MEMORY_RESERVE
    if wanted > machine.available_memory:
        hint = _suggest(alternatives or {}, need.total, machine)
        return Fit(
            is_fit=False,
            text=f"needs {format_bytes(wanted)}, {format_bytes(machine.available_memory)} free{hint}",
        )
    if download_size + MEMORY_RESERVE > machine.free_disk and download_size:
        return Fit(
            is_fit=False,
            text=f"needs {format_bytes(download_size)} of disk, {format_bytes(machine.free_disk)} free; "
            "free some, or point HF_HOME to another disk",
        )
    if need.weights > _LARGE and machine.num_cores < _CORES_FOR_LARGE:
        return Fit(is_fit=True, text="fits, but will be slow: one core")
    return Fit(is_fit=True, text="fits")


def _suggest(alternatives: Mapping[str, int], total: int, machine: Machine) -> str:
    """The largest alternative that fits, which is the nearest to what was wanted."""
    fitting = {
        name: size
        for name, size in alternatives.items()
        if size < total and size + MEMORY_RESERVE <= machine.available_memory
    }
    return f"; try {max(fitting, key=lambda name: fitting[name])}" if fitting else ""
