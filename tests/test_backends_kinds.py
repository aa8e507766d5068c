"""Backends are made from plans, and nothing is loaded until a call comes."""

import asyncio
from pathlib import Path

import pytest
from tiny_models import write_tiny_model

from fake_llm_server import ModelLoadError, ModelSpec
from fake_llm_server._backends.kinds import create_backend
from fake_llm_server._backends.local.plan import LocalPlan, OnDemandWeights
from fake_llm_server._engine import EngineSettings
from fake_llm_server._errors import EngineStoppedError
from fake_llm_server._seam import Backend, Begun, Call, GenerationRequest, Turn
from fake_llm_server._weights import OnDemandModels
from fake_llm_server._weights.shape import MemoryNeed

HELLO = Call(GenerationRequest(turns=(Turn("user", "Hello"),), max_tokens=1))
NOTHING = MemoryNeed(weights=0, kv=0, compute=0)


@pytest.fixture
def models(tmp_path: Path) -> OnDemandModels:
    """One model on demand."""
    path = write_tiny_model(tmp_path / "tiny.gguf", "qwen2")
    return OnDemandModels(
        {"tiny": ModelSpec.from_model_name(path).download()}, estimate=lambda _model: NOTHING
    )


def plan(models: OnDemandModels) -> LocalPlan:
    """A plan for the model."""
    return LocalPlan("tiny", OnDemandWeights(models, "tiny", max_wait_s=None), EngineSettings(num_slots=1))


async def answer(backend: Backend) -> list[object]:
    """All events of an answer."""
    return [event async for event in backend.generate(HELLO)]


def test_a_model_is_loaded_by_the_first_call(models: OnDemandModels) -> None:
    """Making a backend and asking for its health loads nothing; a call does."""

    async def run() -> None:
        backend = create_backend(plan(models))
        assert (await backend.health()).is_loaded is False
        assert models.list_loaded() == ()
        events = await answer(backend)
        description = await backend.describe()
        assert events[0] == Begun(description.fingerprint)
        assert description.window is not None
        assert (await backend.health()).is_loaded
        await backend.aclose()
        await backend.aclose()
        assert (await backend.health()).is_alive is False

    asyncio.run(run())
    models.close()


def test_a_closed_backend_says_so(models: OnDemandModels) -> None:
    """A call that comes while the server closes is told that, and loads nothing."""

    async def run() -> None:
        backend = create_backend(plan(models))
        await backend.aclose()
        with pytest.raises(EngineStoppedError, match="closing"):
            await answer(backend)
        assert models.list_loaded() == ()

    asyncio.run(run())
    models.close()


def test_a_model_that_cannot_be_loaded_refuses_the_call(models: OnDemandModels) -> None:
    """A file that goes away is an error of the call, and the next call tries anew."""
    path = models.downloaded["tiny"].path
    content = path.read_bytes()

    async def run() -> None:
        backend = create_backend(plan(models))
        path.unlink()
        with pytest.raises(ModelLoadError):
            await answer(backend)
        path.write_bytes(content)
        assert await answer(backend)
        await backend.aclose()

    asyncio.run(run())
    models.close()
