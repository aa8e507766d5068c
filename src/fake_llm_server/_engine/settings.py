"""What an engine may use: slots, window, threads, queue and memory; and the plan made of it.

Memory is planned before anything is allocated: a plan that doesn't fit is refused with its numbers.
"""

import os
from dataclasses import dataclass

from fake_llm_server._errors import ConfigurationError

MEBIBYTE = 1024 * 1024
KV_BLOCK = 256
"""Cells by which llama.cpp lays out KV memory."""

DEFAULT_WINDOW = 4096
DEFAULT_KV_BYTES = 384 * MEBIBYTE
DEFAULT_NUM_SLOTS = (2, 8)
"""Fewest and most slots that are chosen without being asked for."""


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """Limits of an engine. They change what it can take, never what it answers.

    Attributes:
        num_slots: sequences decoded at once; None takes as many as fit into 384 MiB of KV memory,
            at least 2 and at most 8.
        window: tokens that a sequence may hold, prompt and answer; None takes the context that the
            model was trained for, up to 4096, or as many as `max_kv_bytes` allows.
        num_threads: of llama.cpp; None takes the cores that this process may use, at most 8.
        max_queued: requests that may wait, beyond as many as there are slots.
        max_wait_s: how long a request may wait for a slot; None is unlimited.
        max_kv_bytes: bound of the slots' KV memory, allocated at once.
        max_prefix_cache_bytes: bound of the KV states kept of former prompts; 0 keeps none.
    """

    num_slots: int | None = None
    window: int | None = None
    num_threads: int | None = None
    max_queued: int = 256
    max_wait_s: float | None = None
    max_kv_bytes: int = 1280 * MEBIBYTE
    max_prefix_cache_bytes: int = 256 * MEBIBYTE

    def __post_init__(self) -> None:
        for name, least in (("num_slots", 1), ("window", 2), ("num_threads", 1)):
            value = getattr(self, name)
            if value is not None and value < least:
                raise ConfigurationError(f"{name} is {value}, but must be at least {least}, or None.")
        for name in ("max_queued", "max_kv_bytes", "max_prefix_cache_bytes"):
            if getattr(self, name) < 0:
                raise ConfigurationError(f"{name} is {getattr(self, name)}, but must not be negative.")
        if self.max_wait_s is not None and self.max_wait_s <= 0:
            raise ConfigurationError(f"max_wait_s is {self.max_wait_s}, but must be above 0, or None.")


@dataclass(frozen=True, slots=True)
class ContextPlan:
    """Dimensions of a multi-sequence context.

    Attributes:
        window: cells of each slot, in tokens.
    """

    num_slots: int
    window: int
    num_threads: int

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
        ConfigurationError: the asked window exceeds the trained one, or the memory doesn't suffice.
    """
    if settings.window is not None and settings.window > num_trained:
        raise ConfigurationError(
            f"window is {settings.window}, but the model was trained for {num_trained} tokens: "
            f"set window to at most {num_trained}."
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
    return ContextPlan(num_slots, window, settings.num_threads or default_num_threads())


def _default_num_slots(bytes_per_slot: int, most: int) -> int:
    fewest, usual_most = DEFAULT_NUM_SLOTS
    wanted = min(usual_most, max(fewest, DEFAULT_KV_BYTES // max(1, bytes_per_slot)))
    return max(1, min(wanted, most))


def default_num_threads() -> int:
    """The cores that this process may run on, at most 8: more don't speed up models of this size."""
    return min(8, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
