"""A load that nobody waits for any more is broken off, and one that somebody waits for isn't."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import llama_cpp
import pytest
from held_models import HeldModel
from tiny_models import write_tiny_model

from fake_llm_server import ModelSpec
from fake_llm_server._backends.local.local_backend import LocalBackend
from fake_llm_server._backends.local.plan import LocalPlan, OnDemandWeights
from fake_llm_server._engine import EngineSettings
from fake_llm_server._errors import EngineStoppedError
from fake_llm_server._weights import LoadedModels, LoadSettings, OnDemandModels
from fake_llm_server._weights.askers import always
from fake_llm_server._weights.shape import MemoryNeed

NOTHING = MemoryNeed(weights=0, kv=0, compute=0)
PATIENCE_S = 30.0


@pytest.fixture
def held(tmp_path: Path) -> HeldModel:
    """A tiny model that is loaded when the test says so."""
    path = write_tiny_model(tmp_path / "tiny.gguf", "qwen2")
    return HeldModel.of(ModelSpec.from_model_name(path).download())


class Server:
    """What a server has of the model."""

    def __init__(self, held: HeldModel, registry: LoadedModels) -> None:
        self.models = OnDemandModels({"tiny": held}, estimate=lambda _model: NOTHING, registry=registry)
        weights = OnDemandWeights(self.models, "tiny", max_wait_s=None)
        self.backend = LocalBackend(LocalPlan("tiny", weights, EngineSettings(num_slots=1)))

    async def close(self) -> None:
        """Close both."""
        await self.backend.aclose()
        self.models.close()


async def wait_until(is_met: Callable[[], object]) -> None:
    """Wait for something that another thread does."""
    deadline = time.monotonic() + PATIENCE_S
    while not is_met():
        assert time.monotonic() < deadline, "it never happened"
        await asyncio.sleep(0.01)


def run(held: HeldModel, act: Callable[[Server, Server], Awaitable[None]]) -> None:
    """Run a test on two servers of a process."""
    registry = LoadedModels()
    first, second = Server(held, registry), Server(held, registry)

    async def act_and_close() -> None:
        try:
            await act(first, second)
        finally:
            held.is_let_through.set()
            await first.close()
            await second.close()

    asyncio.run(act_and_close())
    assert [row.num_users for row in registry.list_loaded()] in ([], [0])
    registry.release_unused()


async def leave(call: "asyncio.Task[object]") -> None:
    """End a call as its client's leaving does."""
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call


def test_the_last_call_that_leaves_ends_the_load(held: HeldModel) -> None:
    """It goes on while one of two calls waits, is broken off without any, and the next call loads anew."""

    async def act(server: Server, _: Server) -> None:
        calls = [asyncio.create_task(server.backend.describe()) for _ in range(2)]
        await wait_until(lambda: held.begun)
        await leave(calls[0])
        await asyncio.sleep(0.1)
        assert held.ends == []
        await leave(calls[1])
        await wait_until(lambda: held.ends)
        assert "nobody waits for it any more" in held.ends[0]
        held.is_let_through.set()
        assert (await server.backend.describe()).window
        assert held.ends[1:] == ["loaded"]

    run(held, act)


def test_closing_breaks_a_load_off(held: HeldModel) -> None:
    """A backend closes while its model is loading; the call that waits is told so."""

    async def act(server: Server, _: Server) -> None:
        call = asyncio.create_task(server.backend.describe())
        await wait_until(lambda: held.begun)
        await asyncio.wait_for(server.close(), PATIENCE_S)
        with pytest.raises(EngineStoppedError, match="closing"):
            await call
        assert held.ends != ["loaded"]

    run(held, act)


@pytest.mark.parametrize("who_leaves", ["who loads", "who waits"])
def test_another_server_still_gets_its_load(held: HeldModel, who_leaves: str) -> None:
    """Of two servers that share a load one closes at once, and the other gets the model of that load."""

    async def act(first: Server, second: Server) -> None:
        calls = [asyncio.create_task(first.backend.describe())]
        await wait_until(lambda: held.begun)
        calls.append(asyncio.create_task(second.backend.describe()))
        await wait_until(second.models.list_loaded)
        if who_leaves == "who waits":
            first, second = second, first
            calls.reverse()
        await leave(calls[0])
        await first.close()
        assert held.ends == []
        held.is_let_through.set()
        assert (await calls[1]).window
        assert held.ends == ["loaded"]

    run(held, act)


def test_a_load_that_both_servers_left_is_broken_off(held: HeldModel) -> None:
    """The second of two servers to leave ends the load that they share."""

    async def act(first: Server, second: Server) -> None:
        call = asyncio.create_task(first.backend.describe())
        await wait_until(lambda: held.begun)
        other = asyncio.create_task(second.backend.describe())
        await wait_until(second.models.list_loaded)
        await leave(call)
        await leave(other)
        await wait_until(lambda: held.ends)
        assert "nobody waits" in held.ends[0]

    run(held, act)


def test_a_call_that_waits_for_room_gives_up(held: HeldModel, tmp_path: Path) -> None:
    """A call that leaves while it waits for another model's room waits no longer."""
    path = write_tiny_model(tmp_path / "other.gguf", "llama")
    other = ModelSpec.from_model_name(path).download()
    one = MemoryNeed(weights=1, kv=0, compute=0)
    models = OnDemandModels(
        {"tiny": held, "other": other}, estimate=lambda _: one, max_bytes=1, registry=LoadedModels()
    )
    backend = LocalBackend(
        LocalPlan("tiny", OnDemandWeights(models, "tiny", max_wait_s=None), EngineSettings(num_slots=1))
    )

    async def act() -> None:
        with models.acquire("other"):
            call = asyncio.create_task(backend.describe())
            await wait_until(lambda: models._pool._waiting)
            await leave(call)
            await wait_until(lambda: not models._pool._waiting)
        await backend.aclose()

    asyncio.run(act())
    models.close()
    assert held.begun == []


def test_a_look_up_does_not_outlive_its_mapping(held: HeldModel) -> None:
    """A look-up that loads while its mapping closes is told so and keeps nothing; later ones are refused."""
    registry = LoadedModels()
    models = OnDemandModels({"tiny": held}, estimate=lambda _model: NOTHING, registry=registry)
    told: list[BaseException] = []

    def look_up() -> None:
        try:
            _ = models["tiny"]
        except EngineStoppedError as error:
            told.append(error)

    looking = threading.Thread(target=look_up)
    looking.start()
    asyncio.run(wait_until(lambda: held.begun))
    models.close()
    looking.join(PATIENCE_S)
    assert told
    with pytest.raises(EngineStoppedError, match="closed"):
        _ = models["tiny"]
    assert registry.list_loaded() == ()


def test_a_look_up_that_loaded_while_its_mapping_closed_keeps_nothing(held: HeldModel) -> None:
    """Closing in the moment between loading and pinning leaves no lease behind."""
    registry = LoadedModels()

    class Closing(HeldModel):
        """Closes the mapping once it has loaded."""

        def load(
            self, settings: LoadSettings | None = None, is_wanted: Callable[[], bool] = always
        ) -> llama_cpp.Llama:
            """Load, and close."""
            llama = super().load(settings, is_wanted)
            models.close()
            return llama

    closing = Closing.of(held)
    closing.is_let_through.set()
    models = OnDemandModels({"tiny": closing}, estimate=lambda _model: NOTHING, registry=registry)
    with pytest.raises(EngineStoppedError, match="closed"):
        _ = models["tiny"]
    assert [row.num_users for row in registry.list_loaded()] == [0]
    registry.release_unused()


def test_a_backend_whose_engine_ended_is_not_alive(held: HeldModel) -> None:
    """Health looks at the engine, once there is one."""
    held.is_let_through.set()

    async def act(server: Server, _: Server) -> None:
        assert (await server.backend.health()).is_alive
        await server.backend.describe()
        assert (await server.backend.health()).is_alive
        opened = server.backend._opened._opened
        assert opened is not None
        opened[1].engine.close()
        assert not (await server.backend.health()).is_alive

    run(held, act)
