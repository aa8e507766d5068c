"""Listens for other processes that want a model. Until the first one asks it costs a socket and a thread.

Nothing of the package's is imported before that: whoever listens may never be asked.
"""

import secrets
import select
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

STOP_TIMEOUT_S = 10.0
_NUM_WAITING = 128


class ModelListener:
    """Keeps models for other processes, on a thread of its own, until it is closed.

    Attributes:
        port: of TCP, on the loopback address.
        secret: that askers must know.
    """

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=_NUM_WAITING)
        self._waking, self._woken = socket.socketpair()
        self.port: int = self._socket.getsockname()[1]
        self.secret = secrets.token_hex(32)
        self._lock = threading.Lock()
        self._stop: Callable[[], None] = self._wake
        self._thread = threading.Thread(target=self._run, name="fake-llm-server-models", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Answer no more, and let the models go. Twice is once."""
        with self._lock:
            stop, self._stop = self._stop, _nothing
        stop()
        self._thread.join(STOP_TIMEOUT_S)

    def _wake(self) -> None:
        self._waking.send(b"x")

    def _run(self) -> None:
        with self._socket, self._waking, self._woken:
            ready, _, _ = select.select([self._socket, self._woken], [], [])
            if self._woken not in ready:
                self._serve()

    def _serve(self) -> None:
        """Answer, now that somebody asks."""
        import asyncio  # noqa: PLC0415 - see the module's docstring

        asyncio.run(self._serve_until_stopped())

    async def _serve_until_stopped(self) -> None:
        import asyncio  # noqa: PLC0415 - likewise

        from fake_llm_server._backends.remote.host import BackendHost  # noqa: PLC0415 - likewise
        from fake_llm_server._backends.remote.hosted_model import create_hosted_backend  # noqa: PLC0415 - likewise

        stopped, loop = asyncio.Event(), asyncio.get_running_loop()
        host = BackendHost(self.secret, create_hosted_backend)
        with self._lock:
            if self._stop is _nothing:
                return
            self._stop = lambda: _set_soon(loop, stopped)
        server = await asyncio.start_server(host.serve, sock=self._socket)
        try:
            await stopped.wait()
        finally:
            server.close()
            await host.aclose()


def _set_soon(loop: "asyncio.AbstractEventLoop", event: "asyncio.Event") -> None:
    with suppress(RuntimeError):  # the loop has closed
        loop.call_soon_threadsafe(event.set)


def _nothing() -> None:
    pass
