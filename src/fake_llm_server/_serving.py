"""Runs a server on a thread of its own, for as long as a test or a program wants it.

`FakeLLMServer` is what people use; `ServingThread` is what runs on the thread; `StartInfo` is what the two
tell each other. What is served is `_api_server`'s business.
"""

import asyncio
import contextlib
import socket
import threading
import weakref
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self, TypedDict, Unpack

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from fake_llm_server._api_server import (
    ModelName,
    ServerOptions,
    ServingConfiguration,
    create_server_app,
    parse_server_args,
)
from fake_llm_server._errors import StartError

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 10.0
_NUM_TURNS = 4
"""Turns of the event loop in which an accepted connection is made for certain."""

_DATE_INTERVAL_S = 1.0
"""How often uvicorn's `Date` header is renewed."""


class ClientArguments(TypedDict):
    """What a client of OpenAI's needs to reach a server."""

    base_url: str
    api_key: str


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


class FakeLLMServer:
    """A fake of the OpenAI API: a real server with a small model behind it, on a loopback port.

    It answers when the constructor returns, and is gone when `close` returns; use it in a `with` block.

        with FakeLLMServer(model_name="smollm2-135m") as server:
            client = openai.OpenAI(**server.openai_client_args())

    Args:
        model_name: an alias of `SUPPORTED_MODEL_ALIASES`, a Hugging Face repository, the path of a GGUF
            file, or a `ModelSpec`; or several of them, which are served together.
        aliases: further names, each for a model, such as `{"gpt-4o-mini": "smollm2-135m"}`, so that the
            code under test keeps the model names it has.
        host: address to listen on; loopback unless you mean to be reached from elsewhere.
        port: port to listen on; 0 takes a free one.
        **options: further settings, as `parse_server_args` takes them.

    Attributes:
        configuration: what is served.

    Raises:
        UnknownModelError: `model_name` names no model.
        ModelError: a model can't be downloaded or loaded.
        ConfigurationError: the arguments contradict each other.
        StartError: the server doesn't come up, for example because the port is taken.
    """

    def __init__(
        self,
        model_name: ModelName | Sequence[ModelName] = "smollm2-135m",
        *,
        aliases: Mapping[str, ModelName] | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        **options: Unpack[ServerOptions],
    ) -> None:
        self.configuration = parse_server_args(
            model_name=model_name, aliases=aliases, host=host, port=port, **options
        )
        self._start_info = StartInfo()
        self._thread = threading.Thread(
            target=_run_serving_thread,
            args=(self.configuration, self._start_info),
            name="fake-llm-server",
            daemon=True,
        )
        self._finalizer = weakref.finalize(self, _stop, self.configuration, self._start_info, self._thread)
        try:
            self._thread.start()
            self._wait_until_started()
        except BaseException:
            self.close()
            raise

    def _wait_until_started(self) -> None:
        is_told = self._start_info.started.wait(START_TIMEOUT_S)
        with self._start_info.lock:
            error = self._start_info.error
        if error is not None or not is_told:
            reason = str(error) if error else f"it didn't answer within {START_TIMEOUT_S:g} seconds"
            raise StartError(f"The server could not be started: {reason.removesuffix('.')}.") from error

    @property
    def port(self) -> int:
        """The TCP port that the server listens on."""
        with self._start_info.lock:
            if self._start_info.port is None:
                raise StartError("The server isn't running; it has no port.")
            return self._start_info.port

    @property
    def base_url(self) -> str:
        """The URL that OpenAI's clients take as `base_url`."""
        host = self.configuration.settings.host
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
        return f"http://{host}:{self.port}/v1"

    def openai_client_args(self) -> ClientArguments:
        """Arguments for `openai.OpenAI` and `openai.AsyncOpenAI`."""
        keys = self.configuration.settings.api_keys
        return {"base_url": self.base_url, "api_key": keys[0] if keys else "fake-api-key"}

    def close(self) -> None:
        """Stop the server: cancel what is under way, free the port, end the thread. Idempotent."""
        self._finalizer()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        where = self.base_url if self._finalizer.alive else "closed"
        return f"<FakeLLMServer {', '.join(self.configuration)} at {where}>"


def _run_serving_thread(configuration: ServingConfiguration, start_info: StartInfo) -> None:
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


def _stop(configuration: ServingConfiguration, start_info: StartInfo, thread: threading.Thread) -> None:
    """Stop a server and let its models go; runs once, at `close`, collection or the process's end."""
    with start_info.lock:
        start_info.is_stopped = True
        server = start_info.server
    if server is not None:
        server.stop()
    if thread.is_alive() and thread is not threading.current_thread():
        thread.join(STOP_TIMEOUT_S)
    configuration.close()


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
