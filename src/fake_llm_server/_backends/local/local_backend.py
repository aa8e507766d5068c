"""The backend of a plan: its model is opened when it is first wanted, off the event loop."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, aclosing
from typing import TYPE_CHECKING

from fake_llm_server._backends.local.hosted_tools import refuse_hosted_demand
from fake_llm_server._backends.local.plan import LocalPlan
from fake_llm_server._errors import EngineStoppedError, ModelLoadError
from fake_llm_server._seam import BackendDescription, BackendHealth, Call, GenerationEvent, TextToken
from fake_llm_server._weights import Lease

if TYPE_CHECKING:
    from llama_cpp import Llama

    from fake_llm_server._backends.local.backend import LlamaBackend
    from fake_llm_server._engine import Engine

_CLOSING = "The server is closing."

BREAK_OFF_S = 1.0
"""How long closing waits for a load that is broken off: a few tensors, or whatever llama.cpp is doing."""


class LocalBackend:
    """Opens a model for each call, and lets it go afterwards; one that is in memory is open already.

    Loading happens on a thread of its own, where this model's calls wait for it in turn, without holding up
    another model's. A load that no call waits for any more is broken off.

    Args:
        plan: what is opened.
    """

    def __init__(self, plan: LocalPlan) -> None:
        self._plan = plan
        self._opened = _OpenedModel(plan)
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="fake-llm-server-load")
        self._is_closed = False
        self._openings: set[Future[Lease[LlamaBackend]]] = set()
        self._num_waiting = 0
        plan.weights.before_unload(self._opened.close_on)

    async def describe(self) -> BackendDescription:
        """See `Backend.describe`."""
        with await self._open() as opened:
            return await opened.value.describe()

    async def generate(self, call: Call) -> AsyncGenerator[GenerationEvent, None]:
        """See `Backend.generate`."""
        refuse_hosted_demand(call.request.tool_use)
        with await self._open() as opened:
            async with aclosing(opened.value.generate(call)) as events:
                async for event in events:
                    yield event

    async def count_prompt_tokens(self, call: Call) -> int:
        """See `Backend.count_prompt_tokens`."""
        with await self._open() as opened:
            return await opened.value.count_prompt_tokens(call)

    async def split_tokens(self, text: str) -> Sequence[TextToken]:
        """See `Backend.split_tokens`."""
        with await self._open() as opened:
            return await opened.value.split_tokens(text)

    async def health(self) -> BackendHealth:
        """See `Backend.health`."""
        lease = self._plan.weights.acquire_ready()
        if lease is not None:
            lease.release()
        is_alive = not self._is_closed and self._opened.is_alive
        return BackendHealth(is_alive=is_alive, is_loaded=lease is not None)

    async def aclose(self) -> None:
        """Break off what is being loaded, and let the engine go.

        A load that another server waits for too goes on, and is left to that one.
        """
        self._is_closed = True
        self._executor.shutdown(wait=False, cancel_futures=True)
        if self._openings:
            await asyncio.to_thread(wait, tuple(self._openings), BREAK_OFF_S)
        if not self._openings:
            self._executor.shutdown()  # its thread has nothing left to do
        self._opened.close()

    async def _open(self) -> "Lease[LlamaBackend]":
        return self._open_ready() or await self._open_on_thread()

    def _open_ready(self) -> "Lease[LlamaBackend] | None":
        lease = self._plan.weights.acquire_ready()
        if lease is None:
            return None
        backend = self._opened.find(lease.value)
        if backend is None:
            lease.release()
            return None
        return Lease(backend, lease.release)

    def _is_wanted(self) -> bool:
        """Whether a call waits for the model; any thread may ask."""
        return self._num_waiting > 0 and not self._is_closed

    def _open_blocking(self) -> "Lease[LlamaBackend]":
        try:
            lease = self._plan.weights.acquire(self._is_wanted)
        except ModelLoadError as error:
            if self._is_closed:
                raise EngineStoppedError(_CLOSING) from error
            raise
        try:
            return Lease(self._opened.find_or_open(lease.value), lease.release)
        except BaseException:
            lease.release()
            raise

    async def _open_on_thread(self) -> "Lease[LlamaBackend]":
        self._num_waiting += 1
        try:
            opening = self._submit_opening()
            try:
                return await asyncio.wrap_future(opening)
            except asyncio.CancelledError:
                opening.add_done_callback(_release)  # this call won't use what is being loaded
                raise
        finally:
            self._num_waiting -= 1

    def _submit_opening(self) -> "Future[Lease[LlamaBackend]]":
        try:
            opening = self._executor.submit(self._open_blocking)
        except RuntimeError as error:  # the executor's word for one that was shut down
            raise EngineStoppedError(_CLOSING) from error
        self._openings.add(opening)
        opening.add_done_callback(self._openings.discard)
        return opening


class _OpenedModel:
    """An engine on the weights that are loaded now. Safe from any thread."""

    def __init__(self, plan: LocalPlan) -> None:
        self._plan = plan
        self._lock = threading.Lock()
        self._opened: tuple[Llama, LlamaBackend, AbstractContextManager[Engine]] | None = None
        self._is_closed = False

    @property
    def is_alive(self) -> bool:
        """Whether the engine takes requests, if there is one."""
        opened = self._opened
        return opened is None or opened[1].engine.is_alive

    def find(self, llama: "Llama") -> "LlamaBackend | None":
        opened = self._opened
        return opened[1] if opened is not None and opened[0] is llama else None

    def find_or_open(self, llama: "Llama") -> "LlamaBackend":
        with self._lock:
            if self._is_closed:
                raise EngineStoppedError(_CLOSING)
            found = self.find(llama)
            if found is None:
                # They import the engine and llama.cpp, which a server whose replies are scripted never needs.
                from fake_llm_server._backends.local.backend import LlamaBackend  # noqa: PLC0415 - as above
                from fake_llm_server._backends.local.shared_engines import SHARED_ENGINES  # noqa: PLC0415 - as above

                use = SHARED_ENGINES.use(llama, self._plan.engine)
                found = LlamaBackend(self._plan.name, use.__enter__(), llama.metadata)
                self._opened = llama, found, use
            return found

    def close_on(self, llama: "Llama") -> None:
        """Let the engine go, if it is on these weights."""
        if self.find(llama) is not None:
            self._let_go()

    def close(self) -> None:
        """Let the engine go, and open none any more."""
        with self._lock:
            self._is_closed = True
        self._let_go()

    def _let_go(self) -> None:
        with self._lock:
            opened, self._opened = self._opened, None
        if opened is not None:
            opened[1].close()
            opened[2].__exit__(None, None, None)


def _release(opening: "Future[Lease[LlamaBackend]]") -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().release()
