"""Whatever can answer a request: llama.cpp, a scripted reply, a recorded one, another server."""

from collections.abc import AsyncGenerator
from typing import Protocol

from fake_llm_server._seam.events import GenerationEvent
from fake_llm_server._seam.request import GenerationRequest


class Backend(Protocol):
    """Whatever can answer a `GenerationRequest`."""

    @property
    def fingerprint(self) -> str:
        """Names everything that an answer depends on besides the request."""

    @property
    def window(self) -> int:
        """Most tokens that a prompt and its answer may have together."""

    def generate(self, request: GenerationRequest) -> AsyncGenerator[GenerationEvent, None]:
        """Yield the events of an answer; closing the generator cancels it.

        A request that can't be served raises before the first event. Each choice ends with
        `Finished`, and the whole with `Usage`.

        Raises:
            InvalidRequestError: the request can't be served as it stands.
            OverloadedError: the backend takes no more work.
            GenerationError: the answer can't be finished.
        """

    async def count_prompt_tokens(self, request: GenerationRequest) -> int:
        """How many tokens the request's prompt has for this backend's model."""
