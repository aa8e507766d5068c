"""The backend of a plan: its model is opened when it is first wanted, off the event loop."""

import asyncio
import threading
from collections.abc import AsyncGenerator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, aclosing

from llama_cpp import Llama

from fake_llm_server._backends.local.backend import LlamaBackend
from fake_llm_server._backends.local.plan import LocalPlan
from fake_llm_server._backends.local.shared_engines import SHARED_ENGINES
from fake_llm_server._engine import Engine
from fake_llm_server._errors import EngineStoppedError
from fake_llm_server._seam import BackendDescription, BackendHealth, Call, GenerationEvent
from fake_llm_server._weights import Lease


class LocalBackend:
    """Opens a model for each call, and lets it go afterwards; one that is in memory is open already.

    Loading happens on a thread of its own, where this model's calls wait for it in turn, without holding up
    another model's.

    Args:
        plan: what is opened.
    """

    def __init__(self, plan: LocalPlan) -> None:
        self._plan = plan
        self._opened = _OpenedModel(plan)
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="fake-llm-server-load")
        self._is_closed = False
        plan.weights.before_unload(self._opened.close_on)

    async def describe(self) -> BackendDescription:
        """See `Backend.describe`."""
        with await self._open() as opened:
            return await opened.value.describe()

    async def generate(self, call: Call) -> AsyncGenerator[GenerationEvent, None]:
        """See `Backend.generate`."""
        with await self._open() as opened:
            async with aclosing(opened.value.generate(call)) as events:
                async for event in events:
                    yield event

    async def count_prompt_tokens(self, call: Call) -> int:
        """See `Backend.count_prompt_tokens`."""
        with await self._open() as opened:
            return await opened.value.count_prompt_tokens(call)

    async def health(self) -> BackendHealth:
        """See `Backend.health`."""
        lease = self._plan.weights.acquire_ready()
        if lease is not None:
            lease.release()
        return BackendHealth(is_alive=not self._is_closed, is_loaded=lease is not None)

    async def aclose(self) -> None:
        """End the loading thread, after what it is loading, and let the engine go."""
        self._is_closed = True
        self._executor.shutdown(cancel_futures=True)
        self._opened.close()

    async def _open(self) -> Lease[LlamaBackend]:
        return self._open_ready() or await self._open_on_thread()

    def _open_ready(self) -> Lease[LlamaBackend] | None:
        lease = self._plan.weights.acquire_ready()
        if lease is None:
            return None
        backend = self._opened.find(lease.value)
        if backend is None:
            lease.release()
            return None
        return Lease(backend, lease.release)

    def _open_blocking(self) -> Lease[LlamaBackend]:
        lease = self._plan.weights.acquire()
        try:
            return Lease(self._opened.find_or_open(lease.value), lease.release)
        except BaseException:
            lease.release()
            raise

    async def _open_on_thread(self) -> Lease[LlamaBackend]:
        try:
            opening = self._executor.submit(self._open_blocking)
        except RuntimeError as error:  # the executor's word for one that was shut down
            raise EngineStoppedError("The server is closing.") from error
        try:
            return await asyncio.wrap_future(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(_release)  # nobody is left to use what is being loaded
            raise


class _OpenedModel:
    """An engine on the weights that are loaded now. Safe from any thread."""

    def __init__(self, plan: LocalPlan) -> None:
        self._plan = plan
        self._lock = threading.Lock()
        self._opened: tuple[Llama, LlamaBackend, AbstractContextManager[Engine]] | None = None

    def find(self, llama: Llama) -> LlamaBackend | None:
        opened = self._opened
        return opened[1] if opened is not None and opened[0] is llama else None

    def find_or_open(self, llama: Llama) -> LlamaBackend:
        with self._lock:
            found = self.find(llama)
            if found is None:
                use = SHARED_ENGINES.use(llama, self._plan.engine)
                found = LlamaBackend(self._plan.name, use.__enter__(), llama.metadata)
                self._opened = llama, found, use
            return found

    def close_on(self, llama: Llama) -> None:
        """Let the engine go, if it is on these weights."""
        if self.find(llama) is not None:
            self.close()

    def close(self) -> None:
        with self._lock:
            opened, self._opened = self._opened, None
        if opened is not None:
            opened[1].close()
            opened[2].__exit__(None, None, None)


def _release(opening: Future[Lease[LlamaBackend]]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().release()
