"""A backend whose model is loaded when it is asked something, and may be unloaded between two requests."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import aclosing

from fake_llm_server._errors import EngineStoppedError
from fake_llm_server._seam import Backend, GenerationEvent, GenerationRequest
from fake_llm_server._weights import Lease


class OnDemandBackend:
    """Opens another backend for each request, and lets it go afterwards.

    It has a thread of its own, on which loading happens, so that the event loop goes on; that thread is
    where this model's requests wait for it in turn, without holding up another model's.

    Args:
        open_loaded: gives the backend if its model is loaded, without blocking; else None.
        open_backend: gives it after loading its model; it blocks.
    """

    def __init__(
        self, open_loaded: Callable[[], Lease[Backend] | None], open_backend: Callable[[], Lease[Backend]]
    ) -> None:
        self._open_loaded = open_loaded
        self._open_backend = open_backend
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="fake-llm-server-load")
        self._known: tuple[str, int] | None = None

    @property
    def fingerprint(self) -> str:
        """The opened backend's; known once the model was loaded."""
        return self._known_or_raise()[0]

    @property
    def window(self) -> int:
        """The opened backend's; known once the model was loaded."""
        return self._known_or_raise()[1]

    def _known_or_raise(self) -> tuple[str, int]:
        if self._known is None:
            raise RuntimeError("The model was never loaded: await `load` first.")
        return self._known

    async def load(self) -> None:
        """Load the model, if that wasn't done before, to know what it is.

        Raises:
            ModelError: it can't be loaded.
            QueueTimeoutError: there was no room for it in time.
        """
        if self._known is None:
            (await self._open()).release()

    async def generate(self, request: GenerationRequest) -> AsyncGenerator[GenerationEvent, None]:
        """Generate the answer; see `Backend.generate`. A model that can't be loaded raises ModelError."""
        with await self._open() as opened:
            async with aclosing(opened.value.generate(request)) as events:
                async for event in events:
                    yield event

    async def count_prompt_tokens(self, request: GenerationRequest) -> int:
        """Number of tokens of the prompt; see `Backend.count_prompt_tokens`."""
        with await self._open() as opened:
            return await opened.value.count_prompt_tokens(request)

    async def _open(self) -> Lease[Backend]:
        lease = self._open_loaded() or await self._open_on_thread()
        self._known = lease.value.fingerprint, lease.value.window
        return lease

    async def _open_on_thread(self) -> Lease[Backend]:
        try:
            opening = self._executor.submit(self._open_backend)
        except RuntimeError as error:  # the executor's word for one that was shut down
            raise EngineStoppedError("The server is closing.") from error
        try:
            return await asyncio.wrap_future(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(_release)  # nobody is left to use what is being loaded
            raise

    def close(self) -> None:
        """End the thread, after what it is loading."""
        self._executor.shutdown(cancel_futures=True)


def _release(opening: Future[Lease[Backend]]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().release()
