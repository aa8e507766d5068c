"""What runs on a server's thread: uvicorn, started and stopped without its polling."""

import asyncio
import contextlib
import logging
import socket
import struct
import threading
from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from functools import partial

import uvicorn

from fake_llm_server._app import Scopes, ServingConfiguration, create_server_app
from fake_llm_server._controls import Drop, Ending
from fake_llm_server._controls.program_time import ON_SERVER
from fake_llm_server._errors import StartError
from fake_llm_server._serving.http_protocols import choose_http_protocol
from fake_llm_server._serving.wrapping import KnownConnections, WatchedApp, wrap_app

_LOGGER = logging.getLogger("fake_llm_server")

WEBSOCKET_PROTOCOL = "fake_llm_server._serving.websocket_protocol:RefusableWebSocketProtocol"

_NUM_TURNS = 4
"""Turns of the event loop after which every accepted connection has been made."""

CLOSE_SCOPE_TIMEOUT_S = 10.0

_DATE_INTERVAL_S = 1.0
"""How often uvicorn's `Date` header is renewed."""


@dataclass(slots=True)
class StartInfo:
    """What the thread that starts a server and the thread that runs it tell each other.

    Attributes:
        lock: held to read or write `port`, `server`, `error` and `is_stopped`.
        started: set when the server answers, and when its start has failed.
        port: the TCP port that it listens on.
        server: the running server, or None before it answers.
        error: why the server failed, or None.
        is_stopped: True if the server must end as soon as it answers, because nobody waits for it any more.
    """

    lock: threading.Lock = field(default_factory=threading.Lock)
    started: threading.Event = field(default_factory=threading.Event)
    port: int | None = None
    server: "ServingThread | None" = None
    error: BaseException | None = None
    is_stopped: bool = False


class ServingThread(uvicorn.Server):
    """The server that a thread runs: uvicorn, started and stopped without its polling.

    uvicorn's own loop checks ten times a second whether it must end, and its shutdown sleeps; a test that
    opens and closes a server would wait 200 ms for that. Here an event ends the loop, and all connections
    are closed at once.

    Attributes:
        scopes: of the application.
    """

    def __init__(
        self, configuration: ServingConfiguration, start_info: StartInfo, listener: socket.socket
    ) -> None:
        app = create_server_app(configuration)
        self.scopes: Scopes = app.state.scopes
        self._app = WatchedApp(KnownConnections(wrap_app(app), self._find_drop))
        super().__init__(
            uvicorn.Config(
                self._app,
                log_config=None,
                access_log=False,
                lifespan="on",
                http=choose_http_protocol(),
                ws=WEBSOCKET_PROTOCOL,
                # The application answers a message that is too large; uvicorn ends the connection at one that
                # is too large to be read at all.
                ws_max_size=2 * configuration.settings.max_body_bytes,
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
        ON_SERVER.set(True)
        with asyncio.Runner() as runner:
            runner.run(self._serve_until_stopped(sockets or [self._listener]))

    def stop(self) -> None:
        """Ask the server to end; returns at once. Any thread may call it, any number of times."""
        loop, event = self._loop, self._stop_event
        if loop is not None and event is not None:
            with contextlib.suppress(RuntimeError):  # the loop has closed: it has stopped already
                loop.call_soon_threadsafe(event.set)

    def close_scope(self, api_key: str) -> None:
        """Close a scope, and wait until what it stored is deleted. Any thread but the server's may call it.

        A server that has ended, or ends meanwhile, has nothing left to close.
        """
        loop = self._loop
        if loop is None or loop.is_closed():
            return
        closing = self.scopes.close(api_key)
        try:
            asyncio.run_coroutine_threadsafe(closing, loop).result(CLOSE_SCOPE_TIMEOUT_S)
        except (RuntimeError, CancelledError):  # the loop has closed in the meantime
            closing.close()

    async def _serve_until_stopped(self, listening: list[socket.socket]) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop_event = asyncio.Event()
        try:
            self.config.load()
            self.lifespan = self.config.lifespan_class(self.config)
            await self._start_up(listening)
            self._tell_started(listening[0].getsockname()[1])
            await self.main_loop()
        finally:
            if self.started:
                await self.shutdown(sockets=listening)
            for listener in listening:
                listener.close()

    async def _start_up(self, listening: list[socket.socket]) -> None:
        """Start the application, then accept connections.

        Versions of uvicorn differ in how they report an application that fails to start: some exit, which
        would end a process that isn't uvicorn's to end, and some return. All leave `started` False.
        """
        with contextlib.suppress(SystemExit):
            await self.startup(sockets=listening)
        if not self.started:
            raise self._app.lifespan_error or StartError("the application ended while it was starting")

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
        # asyncio makes an accepted connection within the next turns of the loop. A connection that is still
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

    def _find_drop(self, client: object) -> Drop:
        return partial(self._drop_connection, client)

    def _drop_connection(self, client: object, how: Ending) -> None:
        """End the connection of this client: what is written still goes out, unless it is reset."""
        for connection in list(self.server_state.connections):
            transport = getattr(connection, "transport", None)
            if transport is None or getattr(connection, "client", None) != client:
                continue
            if how == "half_close":
                transport.write_eof()
            elif how == "reset":
                # An abort with nothing left to send is a plain end; without lingering it is a reset.
                listener = transport.get_extra_info("socket")
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                transport.abort()
            else:
                transport.close()

    def _drop_connections(self) -> None:
        """Close every connection at once, whatever its client waits for."""
        for connection in list(self.server_state.connections):
            transport = getattr(connection, "transport", None)
            if transport is not None:
                transport.abort()


def run_serving_thread(configuration: ServingConfiguration, start_info: StartInfo) -> None:
    """What a server's thread does; a failure is reported in `start_info`."""
    settings = configuration.settings
    try:
        # The port first: if it is taken, no store has been opened that nobody would close.
        with _bind(settings.host, settings.port) as listener:
            ServingThread(configuration, start_info, listener).run()
    except BaseException as error:
        with start_info.lock:
            start_info.error = error
        if start_info.started.is_set():
            _LOGGER.exception("A server ended with an error.")
    finally:
        start_info.started.set()


def _bind(host: str, port: int) -> socket.socket:
    """Open the listening socket before uvicorn starts, so that a taken port is a plain error."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sends small replies without delay (TCP_NODELAY) only if the socket names its protocol; otherwise
    # each waits 40 ms for the acknowledgement of its head.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise StartError(f"{host}:{port} can't be listened on ({error.strerror})") from error
    return listener
