"""What a local backend is made from: a name, a way to its weights, and how its engine is laid out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

from fake_llm_server._settings import EngineSettings
from fake_llm_server._weights import Lease, OnDemandModels

if TYPE_CHECKING:
    from llama_cpp import Llama

Unload: TypeAlias = "Callable[[Llama], None]"


class Weights(Protocol):
    """A way to the weights of one model."""

    @property
    def is_at_hand(self) -> bool:
        """Whether they are in memory for as long as the server lives."""

    def acquire_ready(self) -> "Lease[Llama] | None":
        """Use them if they are in memory; never blocks."""

    def acquire(self, is_wanted: Callable[[], bool]) -> "Lease[Llama]":
        """Use them, loading them if need be; it blocks meanwhile.

        Args:
            is_wanted: whether the caller still wants them; asked meanwhile, from any thread. A load that
                nobody wants is broken off.

        Raises:
            ModelError: they can't be had, or aren't wanted any more.
            QueueTimeoutError: there was no room for them in time.
        """

    def before_unload(self, unload: Unload) -> None:
        """Have `unload` called before they are freed."""


@dataclass(frozen=True, slots=True)
class HeldWeights:
    """Weights that somebody else loaded, and holds while the server lives."""

    llama: "Llama"

    @property
    def is_at_hand(self) -> bool:
        """They are."""
        return True

    def acquire_ready(self) -> "Lease[Llama]":
        """See `Weights`."""
        return Lease(self.llama, _nothing)

    def acquire(self, is_wanted: Callable[[], bool]) -> "Lease[Llama]":
        """See `Weights`."""
        del is_wanted  # they are here
        return self.acquire_ready()

    def before_unload(self, unload: Unload) -> None:
        """They outlive the server."""


@dataclass(frozen=True, slots=True)
class OnDemandWeights:
    """Weights that are loaded when they are wanted, and may be unloaded between two calls.

    Attributes:
        models: loads and unloads them.
        name: of the model.
        max_wait_s: how long a call waits for room; None is as long as it takes.
    """

    models: OnDemandModels
    name: str
    max_wait_s: float | None

    @property
    def is_at_hand(self) -> bool:
        """They are loaded by calls."""
        return False

    def acquire_ready(self) -> "Lease[Llama] | None":
        """See `Weights`."""
        return self.models.acquire_loaded(self.name)

    def acquire(self, is_wanted: Callable[[], bool]) -> "Lease[Llama]":
        """See `Weights`."""
        return self.models.acquire(self.name, wait_s=self.max_wait_s, is_wanted=is_wanted)

    def before_unload(self, unload: Unload) -> None:
        """See `Weights`."""
        self.models.before_unload(unload)


@dataclass(frozen=True, slots=True)
class LocalPlan:
    """A model in this process.

    Attributes:
        name: for error messages.
        weights: where they come from.
        engine: slots, window, threads and limits.
    """

    name: str
    weights: Weights
    engine: EngineSettings

    @property
    def is_at_hand(self) -> bool:
        """Whether the model is in memory for as long as the server lives."""
        return self.weights.is_at_hand


def _nothing() -> None:
    pass
