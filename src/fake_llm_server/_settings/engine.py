"""The settings of an engine."""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Gt

from fake_llm_server._settings.checks import settle
from fake_llm_server._settings.option import MEBIBYTE, Option

DEFAULT_WINDOW = 4096
DEFAULT_KV_BYTES = 384 * MEBIBYTE
DEFAULT_NUM_SLOTS = (2, 8)
"""Fewest and most slots that are chosen without being asked for."""
MAX_DEFAULT_THREADS = 8
RopeScaling = Literal["none", "linear", "yarn"]


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """Limits of an engine. They change what it can take, never what it answers.

    A scaled window is the exception: the model reads positions in another way.

    docs/testing.md lists them, with the other settings.

    Raises:
        ConfigurationError: a setting is out of range.
    """

    num_slots: Annotated[
        int | None,
        Ge(1),
        Option(
            "engine",
            "answers that a model writes at once",
            unset=f"{DEFAULT_NUM_SLOTS[0]} to {DEFAULT_NUM_SLOTS[1]}, as fit into "
            f"{DEFAULT_KV_BYTES // MEBIBYTE} MiB",
        ),
    ] = None
    window: Annotated[
        int | None,
        Ge(2),
        Option(
            "engine",
            "tokens of prompt and answer together",
            unset=f"the model's context, at most {DEFAULT_WINDOW}",
        ),
    ] = None
    rope_scaling: Annotated[
        RopeScaling,
        Option(
            "engine",
            "how a model takes a `window` beyond the context that it was trained for: by `linear` or `yarn`, "
            "or not at all ([larger windows](models.md#larger-windows))",
        ),
    ] = "none"
    num_threads: Annotated[
        int | None,
        Ge(1),
        Option(
            "engine",
            "threads of llama.cpp",
            unset=f"the cores that the process may use, at most {MAX_DEFAULT_THREADS}",
        ),
    ] = None
    max_queued: Annotated[
        int, Ge(0), Option("engine", "requests that may wait for a slot; others get 429")
    ] = 256
    max_wait_s: Annotated[
        float | None,
        Gt(0),
        Option("engine", "a request that waits longer for a slot gets 503", unset="no limit"),
    ] = None
    max_kv_bytes: Annotated[int, Ge(0), Option("engine", "KV memory of all slots, allocated at once")] = (
        1280 * MEBIBYTE
    )
    max_prefix_cache_bytes: Annotated[
        int, Ge(0), Option("engine", "memory of the prefixes kept; 0 keeps none")
    ] = 256 * MEBIBYTE

    check_again: Annotated[
        bool,
        Option("engine", "find out anew what is exact on this machine, instead of remembering it"),
    ] = False

    def __post_init__(self) -> None:
        """Refuse what is out of range."""
        settle(self)
