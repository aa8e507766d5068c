"""The plan of a context: how many slots of which window, as an engine's settings and its model allow.

Memory is planned before anything is allocated: a plan that doesn't fit is refused with its numbers.
"""

import os
from dataclasses import dataclass

from fake_llm_server._errors import ConfigurationError
from fake_llm_server._settings.engine import (
    DEFAULT_KV_BYTES,
    DEFAULT_NUM_SLOTS,
    DEFAULT_WINDOW,
    MAX_DEFAULT_THREADS,
    EngineSettings,
    RopeScaling,
)

KV_BLOCK = 256
"""Cells by which llama.cpp lays out KV memory."""


@dataclass(frozen=True, slots=True)
class ContextPlan:
    """Dimensions of a multi-sequence context.

    Attributes:
        window: cells of each slot, in tokens.
        rope_scaling: how positions are scaled; `none` unless the window exceeds the trained context.
    """

    num_slots: int
    window: int
    num_threads: int
    rope_scaling: RopeScaling = "none"

    @property
    def num_cells(self) -> int:
        """Cells of all slots; llama.cpp gives each slot whole blocks."""
        return self.num_slots * -(-self.window // KV_BLOCK) * KV_BLOCK


def plan_context(settings: EngineSettings, *, num_trained: int, kv_bytes_per_token: int) -> ContextPlan:
    """Choose slots and window so that the slots' KV memory stays within `max_kv_bytes`.

    Args:
        settings: what the user asked for; what he named is taken or refused, never changed.
        num_trained: tokens of context that the model was trained for.
        kv_bytes_per_token: of all layers, keys and values.

    Raises:
        ConfigurationError: the asked window exceeds the trained one without being scaled, or the memory
            doesn't suffice.
    """
    is_beyond = settings.window is not None and settings.window > num_trained
    if is_beyond and settings.rope_scaling == "none":
        raise ConfigurationError(
            f"window is {settings.window}, but the model was trained for {num_trained} tokens: "
            f'set window to at most {num_trained}, or rope_scaling to "yarn" or "linear".'
        )
    max_blocks = settings.max_kv_bytes // max(1, kv_bytes_per_token * KV_BLOCK)
    wanted = min(num_trained, DEFAULT_WINDOW, max(1, max_blocks // (settings.num_slots or 1)) * KV_BLOCK)
    window = settings.window or wanted
    num_blocks = -(-window // KV_BLOCK)
    bytes_per_slot = num_blocks * KV_BLOCK * kv_bytes_per_token
    num_slots = settings.num_slots or _default_num_slots(bytes_per_slot, max_blocks // num_blocks)
    if num_slots * num_blocks > max_blocks:
        raise ConfigurationError(
            f"{num_slots} slots of {window} tokens at {kv_bytes_per_token} bytes each need "
            f"{num_slots * bytes_per_slot} bytes of KV memory, but max_kv_bytes is {settings.max_kv_bytes}: "
            "lower num_slots or window, or raise max_kv_bytes."
        )
    num_threads = settings.num_threads or default_num_threads()
    return ContextPlan(num_slots, window, num_threads, settings.rope_scaling if is_beyond else "none")


def _default_num_slots(bytes_per_slot: int, most: int) -> int:
    fewest, usual_most = DEFAULT_NUM_SLOTS
    wanted = min(usual_most, max(fewest, DEFAULT_KV_BYTES // max(1, bytes_per_slot)))
    return max(1, min(wanted, most))


def default_num_threads() -> int:
    """The cores that this process may run on; more than a few don't speed up models of this size."""
    num_cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(MAX_DEFAULT_THREADS, num_cores)
