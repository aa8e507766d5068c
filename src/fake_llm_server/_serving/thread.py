"""What runs on a server's thread: uvicorn, started and stopped without its polling."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from fake_llm_server._app import ServingConfiguration, create_server_app
from fake_llm_server._errors import StartError

_NUM_TURNS = 4
"""Turns of the event loop in which an accepted connection is made for certain."""

_DATE_INTERVAL_S = 1.0
"""How often uvicorn's `Date` header is renewed."""


@dataclass(slots=True)
class StartInfo:
    """What the thread that starts a server and the thread that runs it tell each other.

    Attributes:
        lock: held to read or write `port`, `server`, `error` and `is_stopped`.
        started: set when the server answers, and when it failed to.
        port: the TCP port that it listens on.
        server: the running server, or None before it answers.
        error: why it doesn't, or None.
        is_stopped: that it shall end as soon as it answers; set when nobody waits for its start any more.
    """

    lock: threading.Lock = field(default_factory=threading.Lock)
    started: threading.Event = field(default_factory=threading.Event)
    port: int | None = None
    server: "ServingThread | None" = None
    error: BaseException | None = None
    is_stopped: bool = False


class _QuietlyCancelled:
    """The application, but that a request which is cancelled just ends, without a traceback in the log.

    Requests are cancelled where a server stops, and nowhere else; their connections are closed by then.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await self._app(scope, receive, send)


class ServingThread(uvicorn.Server):
    """The server that a thread runs: uvicorn, started and stopped without its polling.

    uvicorn's own loop looks for its end ten times a second, and its shutdown sleeps; a test that opens and
    closes a server would wait 200 ms for that. Here an event ends the loop, and connections are closed as
    soon as they are idle, or at once where `stop` says so.
    """

    def __init__(
        self, configuration: ServingConfiguration, start_info: StartInfo, listener: socket.socket
    ) -> None:
        super().__init__(
            uvicorn.Config(
                _QuietlyCancelled(create_server_app(configuration)),
                log_config=None,
                access_log=False,
                lifespan="on",
                ws="websockets-sansio",  # the other implementation warns that it is deprecated
                timeout_keep_alive=60,
                server_header=False,
                proxy_headers=False,
            )
        )
        self._start_info = start_info
        self._listener = listener
        self._stop_event: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until `stop`, on the calling thread."""
        with asyncio.Runner() as runner:
            runner.run(self._serve_until_stopped(sockets or [self._listener]))

    def stop(self) -> None:
        """Ask the server to end; returns at once. Any thread may call it, any number of times."""
        loop, event = self._loop, self._stop_event
        if loop is not None and event is not None:
            with contextlib.suppress(RuntimeError):  # the loop has closed: it has stopped already
                loop.call_soon_threadsafe(event.set)

    async def _serve_until_stopped(self, listening: list[socket.socket]) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop_event = asyncio.Event()
        try:
            self.config.load()
            self.lifespan = self.config.lifespan_class(self.config)
            await self.startup(sockets=listening)
            self._tell_started(listening[0].getsockname()[1])
            await self.main_loop()
        finally:
            if self.started:
                await self.shutdown(sockets=listening)
            for listener in listening:
                listener.close()

    def _tell_started(self, port: int) -> None:
        with self._start_info.lock:
            self._start_info.port = port
            self._start_info.server = self
            if self._start_info.is_stopped:
                self.stop()
        self._start_info.started.set()

    async def main_loop(self) -> None:
        """Renew the `Date` header until the server shall end."""
        assert self._stop_event is not None  # noqa: S101 - set by `_serve_until_stopped`, the only caller
        counter = 0
        while not self._stop_event.is_set():
            await self.on_tick(counter)
            counter += 10
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop_event.wait(), _DATE_INTERVAL_S)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, end what is under way, and shut the application down."""
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        # A connection that was accepted just now is made within the next turns of the loop; one that stayed
        # open when the loop closes would keep its client waiting for ever.
        for _ in range(_NUM_TURNS):
            self._drop_connections()
            await asyncio.sleep(0)
        tasks = list(self.server_state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.lifespan.shutdown()
        self._drop_connections()
        await asyncio.sleep(0)

    def _drop_connections(self) -> None:
        """Close every connection at once, whatever its client waits for."""
        for connection in list(self.server_state.connections):
            transport = getattr(connection, "transport", None)
            if transport is not None:
                transport.abort()


def run_serving_thread(configuration: ServingConfiguration, start_info: StartInfo) -> None:
    """What a server's thread does; a failure is told to the thread that waits for the start."""
    settings = configuration.settings
    try:
        # The port first: where it is taken, no store was opened that nobody would close.
        with _bind(settings.host, settings.port) as listener, _silent_exit():
            ServingThread(configuration, start_info, listener).run()
    except BaseException as error:  # noqa: BLE001 - whatever it is, the waiting thread must raise it
        with start_info.lock:
            start_info.error = error
    finally:
        start_info.started.set()


@contextlib.contextmanager
def _silent_exit() -> Iterator[None]:
    """Make an error of uvicorn's `sys.exit`, which ends a process that isn't uvicorn's to end."""
    try:
        yield
    except SystemExit as error:
        raise StartError("the application failed while it was starting; its log says why") from error


def _bind(host: str, port: int) -> socket.socket:
    """Open the listening socket before uvicorn starts, so that a taken port is a plain error."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sends small replies without delay (TCP_NODELAY) only where the protocol is named; otherwise each
    # waits 40 ms for the acknowledgement of its head.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise StartError(f"{host}:{port} can't be listened on ({error.strerror})") from error
    return listener
