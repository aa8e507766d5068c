"""Whatever can answer a call: llama.cpp, a scripted reply, a recorded one, another server."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Protocol

from fake_llm_server._seam.call import Call
from fake_llm_server._seam.events import GenerationEvent

TextToken = tuple[int, bytes]
"""A token's number in the vocabulary and its bytes, which needn't be whole UTF-8."""


@dataclass(frozen=True, slots=True)
class BackendDescription:
    """What a backend is.

    Attributes:
        fingerprint: names everything that an answer depends on besides the call.
        window: most tokens that a prompt and its answer may have together; None where nothing is counted.
    """

    fingerprint: str
    window: int | None


@dataclass(frozen=True, slots=True)
class BackendHealth:
    """Whether a backend can answer.

    Attributes:
        is_alive: whether it answers calls; what isn't loaded yet but can be is alive.
        is_loaded: whether its model is in memory now.
    """

    is_alive: bool
    is_loaded: bool


class Backend(Protocol):
    """Whatever can answer a `Call`. Nothing here blocks the event loop."""

    async def describe(self) -> BackendDescription:
        """Say what this backend is; a model that isn't loaded is loaded for it.

        Raises:
            ModelError: the model can't be had.
            OverloadedError: there was no room for it in time.
        """

    def generate(self, call: Call) -> AsyncGenerator[GenerationEvent, None]:
        """Yield the events of an answer; closing the generator cancels it.

        A call that can't be served raises before the first event. The first is `Begun`; each choice ends
        with `Finished`, and the whole with `Usage`.

        Raises:
            InvalidRequestError: the request can't be served as it stands.
            ModelError: the model can't be had.
            OverloadedError: the backend takes no more work.
            GenerationError: the answer can't be finished.
        """

    async def count_prompt_tokens(self, call: Call) -> int:
        """How many tokens the call's prompt has for this backend's model."""

    async def split_tokens(self, text: str) -> Sequence[TextToken]:
        """The tokens of a text by itself, as this backend's model has them."""

    async def health(self) -> BackendHealth:
        """Whether the backend can answer; nothing is loaded to find out."""

    async def aclose(self) -> None:
        """Let go of what the backend holds. Calls must have ended. Twice is once."""


class BackendLayer:
    """What the layers around a backend have in common: all but `generate` is passed on.

    Args:
        below: the backend that the layer is around.
    """

    def __init__(self, below: Backend) -> None:
        self._below = below

    async def describe(self) -> BackendDescription:
        """See `Backend.describe`."""
        return await self._below.describe()

    async def count_prompt_tokens(self, call: Call) -> int:
        """See `Backend.count_prompt_tokens`."""
        return await self._below.count_prompt_tokens(call)

    async def split_tokens(self, text: str) -> Sequence[TextToken]:
        """See `Backend.split_tokens`."""
        return await self._below.split_tokens(text)

    async def health(self) -> BackendHealth:
        """See `Backend.health`."""
        return await self._below.health()

    async def aclose(self) -> None:
        """See `Backend.aclose`."""
        await self._below.aclose()
