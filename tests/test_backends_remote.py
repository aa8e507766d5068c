"""A model that another process keeps: the same answers, and nothing that hangs."""

import asyncio
import socket
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace

import pytest

from fake_llm_server import ModelSpec
from fake_llm_server._backends.kinds import create_backend
from fake_llm_server._backends.remote.backend import RemoteBackend
from fake_llm_server._backends.remote.host import BackendHost
from fake_llm_server._backends.remote.hosted_model import create_hosted_backend
from fake_llm_server._backends.remote.listener import ModelListener
from fake_llm_server._backends.remote.plan import HostAddress, HostedModel, RemotePlan
from fake_llm_server._errors import ContextOverflowError, EngineStoppedError
from fake_llm_server._seam import (
    Backend,
    BackendDescription,
    BackendHealth,
    Begun,
    Call,
    GenerationEvent,
    GenerationRequest,
    JsonSchemaFormat,
    TextDelta,
    TextToken,
    Turn,
    Usage,
)
from fake_llm_server._settings import EngineSettings, LoadSettings

HELLO = Call(
    GenerationRequest(
        turns=(Turn("user", "Say hello."),),
        max_tokens=6,
        num_top_logprobs=2,
        answer_format=JsonSchemaFormat("a", {"type": "object", "properties": {"x": {"type": "string"}}}),
    )
)
SECRET = "a" * 64


@pytest.fixture
def model() -> HostedModel:
    """The embedded model."""
    paths = ModelSpec.from_model_name("smollm2-135m").download().paths
    return HostedModel("smollm2-135m", paths, LoadSettings(), EngineSettings(num_slots=2, window=512))


@pytest.fixture
def listener() -> Iterator[ModelListener]:
    """What keeps models, on a thread of its own."""
    listener = ModelListener()
    yield listener
    listener.close()
    listener.close()


class EndlessBackend:
    """A backend that answers for ever, and notes how an answer ended."""

    def __init__(self) -> None:
        self.deadlines: list[float | None] = []
        self.has_ended = asyncio.Event()

    async def describe(self) -> BackendDescription:
        """It says what it is."""
        raise ContextOverflowError("Too long.", window=3)

    async def generate(self, call: Call) -> AsyncGenerator[GenerationEvent, None]:
        """Yield the same for ever."""
        self.deadlines.append(call.deadline_s)
        try:
            yield Begun("fp")
            while True:
                yield TextDelta(0, "a")
                await asyncio.sleep(0.001)
        finally:
            self.has_ended.set()

    async def count_prompt_tokens(self, call: Call) -> int:
        """It never comes to an end."""
        del call
        await asyncio.Event().wait()
        return 0

    async def split_tokens(self, text: str) -> Sequence[TextToken]:
        """It fails without a word of ours."""
        raise ZeroDivisionError(text)

    async def health(self) -> BackendHealth:
        """It is well."""
        return BackendHealth(is_alive=True, is_loaded=True)

    async def aclose(self) -> None:
        """It holds nothing."""


@asynccontextmanager
async def hosting(below: Backend, model: HostedModel) -> AsyncGenerator[tuple[RemoteBackend, BackendHost]]:
    """A backend behind a host of this very process."""
    host = BackendHost(SECRET, lambda _model: below)
    server = await asyncio.start_server(host.serve, "127.0.0.1", 0)
    try:
        port = server.sockets[0].getsockname()[1]
        yield RemoteBackend(RemotePlan(HostAddress(port, SECRET), model)), host
    finally:
        server.close()
        await host.aclose()


async def gather_events(backend: Backend, call: Call) -> list[GenerationEvent]:
    """All events of an answer, whatever was in the prefix cache."""
    events = [event async for event in backend.generate(call)]
    return [replace(each, cached_tokens=0) if isinstance(each, Usage) else each for each in events]


def test_the_answer_is_the_same_as_in_this_process(model: HostedModel, listener: ModelListener) -> None:
    """Events, counts and description are those of the same model here."""

    async def ask(backend: Backend) -> list[object]:
        return [
            await backend.health(),
            await gather_events(backend, HELLO),
            await backend.describe(),
            await backend.count_prompt_tokens(HELLO),
            await backend.split_tokens("Hello, you."),
            await backend.health(),
        ]

    async def run() -> None:
        remote = create_backend(RemotePlan(HostAddress(listener.port, listener.secret), model))
        local = create_hosted_backend(model)
        there, here = await ask(remote), await ask(local)
        assert there == here
        assert there[0] == BackendHealth(is_alive=True, is_loaded=False)
        for backend in (remote, local):
            await backend.aclose()

    asyncio.run(run())


def test_whoever_leaves_cancels(model: HostedModel) -> None:
    """An asker that closes its generator ends the answer there; time that is left is time that is left."""

    async def run() -> None:
        below = EndlessBackend()
        async with hosting(below, model) as (remote, _):
            call = replace(HELLO, deadline_s=time.monotonic() + 100)
            async with aclosing(remote.generate(call)) as events:
                assert await anext(events) == Begun("fp")
                assert await anext(events) == TextDelta(0, "a")
            async with asyncio.timeout(20):
                await below.has_ended.wait()
            [deadline_s] = below.deadlines
            assert deadline_s == pytest.approx(call.deadline_s, abs=20)

    asyncio.run(run())


def test_errors_keep_their_kind(model: HostedModel) -> None:
    """An error is raised as it was raised there, with what it says; a foreign one is told in words."""

    async def run() -> None:
        async with hosting(EndlessBackend(), model) as (remote, _):
            with pytest.raises(ContextOverflowError, match=r"Too long\.") as caught:
                await remote.describe()
            assert caught.value.window == 3
            with pytest.raises(Exception, match="ZeroDivisionError: abc"):
                await remote.split_tokens("abc")

    asyncio.run(run())


def test_a_host_that_ends_fails_its_questions(model: HostedModel) -> None:
    """Questions that are being answered, and later ones, fail at once when the host is gone."""

    async def run() -> None:
        async with hosting(EndlessBackend(), model) as (remote, host):
            questions: list[Callable[[], Awaitable[object]]] = [
                lambda: gather_events(remote, HELLO),
                lambda: remote.count_prompt_tokens(HELLO),
            ]
            tasks = [asyncio.ensure_future(question()) for question in questions]
            await asyncio.sleep(0.1)
            await host.aclose()
            for task in tasks:
                with pytest.raises(EngineStoppedError, match="keeps the model has ended"):
                    await task
        with pytest.raises(EngineStoppedError):
            await remote.describe()
        assert await remote.health() == BackendHealth(is_alive=False, is_loaded=False)

    asyncio.run(run())


def test_nobody_asks_without_the_secret(model: HostedModel, listener: ModelListener) -> None:
    """A connection that doesn't know the secret is closed unanswered."""
    remote = RemoteBackend(RemotePlan(HostAddress(listener.port, "b" * 64), model))
    with pytest.raises(EngineStoppedError):
        asyncio.run(remote.describe())
    with socket.create_connection(("127.0.0.1", listener.port), timeout=20) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nhost: localhost\r\nauthorization: none-of-it" + b"\r\n" * 9)
        assert connection.recv(100) == b""


def test_one_model_for_all_that_ask(model: HostedModel) -> None:
    """Equal models are made once, however many ask for them; others are made beside them."""

    async def run() -> None:
        made: list[HostedModel] = []

        def create(asked: HostedModel) -> Backend:
            made.append(asked)
            return EndlessBackend()

        host = BackendHost(SECRET, create)
        server = await asyncio.start_server(host.serve, "127.0.0.1", 0)
        address = HostAddress(server.sockets[0].getsockname()[1], SECRET)
        other = replace(model, engine=EngineSettings(num_slots=1))
        for each in (model, model, other):
            with pytest.raises(ContextOverflowError):
                await RemoteBackend(RemotePlan(address, each)).describe()
        assert made == [model, other]
        server.close()
        await host.aclose()

    asyncio.run(run())
