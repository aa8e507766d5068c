"""Requests are prepared off the event loop, and what nobody waits for isn't prepared."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from fake_llm_server import EngineSettings, ModelSpec
from fake_llm_server._backends.local.backend import LlamaBackend
from fake_llm_server._backends.local.preparation import PreparationThreads
from fake_llm_server._engine import Engine
from fake_llm_server._errors import ContextOverflowError, EngineStoppedError
from fake_llm_server._seam import Call, GenerationEvent, GenerationRequest, Turn
from fake_llm_server._weights import loaded_models


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine on the embedded model."""
    loaded = loaded_models.acquire(ModelSpec.from_model_name("smollm2-135m").download())
    opened = Engine(loaded.llama, EngineSettings(num_slots=1, window=256))
    yield opened
    opened.close()
    loaded.release()


class WatchedTurns(tuple[Turn, ...]):  # noqa: SLOT001 - its threads are an attribute
    """Turns that know which threads went through them."""

    threads: set[int]

    def __iter__(self) -> Iterator[Turn]:
        """Note the thread."""
        self.threads.add(threading.get_ident())
        return super().__iter__()


class WatchedVocabulary:
    """A vocabulary that knows which threads tokenized."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.threads: set[int] = set()
        self.vocabulary = self

    def __getattr__(self, name: str) -> Any:
        """All else is the engine's, or its vocabulary's."""
        if name in ("tokenize", "submit"):
            self.threads.add(threading.get_ident())
        owner = self._engine if hasattr(self._engine, name) else self._engine.vocabulary
        return getattr(owner, name)


def test_the_loop_neither_renders_nor_tokenizes_nor_compiles(engine: Engine) -> None:
    """Template, tokens, constraint and the comparison with a prediction are other threads' work."""
    turns = WatchedTurns([Turn("user", "Say one.")])
    turns.threads = set()
    watched = WatchedVocabulary(engine)
    backend = LlamaBackend("plain", watched, {})  # type: ignore[arg-type] # stands in for an engine
    request = GenerationRequest(turns, max_tokens=3, prediction="One, two, three.")

    async def gather() -> list[GenerationEvent]:
        await backend.count_prompt_tokens(Call(request))
        return [event async for event in backend.generate(Call(request))]

    assert asyncio.run(gather())
    assert turns.threads
    assert watched.threads
    assert threading.get_ident() not in turns.threads | watched.threads
    backend.close()


def test_a_prompt_that_cannot_fit_is_refused_by_its_length(engine: Engine) -> None:
    """A prompt with more bytes than the window's longest tokens isn't tokenized to find that out."""
    watched = WatchedVocabulary(engine)
    backend = LlamaBackend("plain", watched, {})  # type: ignore[arg-type] # stands in for an engine

    async def ask() -> None:
        async for _ in backend.generate(Call(GenerationRequest((Turn("user", "word " * 40_000),)))):
            pass

    with pytest.raises(ContextOverflowError, match=r"maximum context length is 256 tokens.*resulted in"):
        asyncio.run(ask())
    assert not watched.threads
    backend.close()


@pytest.mark.parametrize("text", ["", "a", "é" * 50, " " * 200, "<|im_start|>" * 30, "word " * 100])
def test_the_least_count_is_never_above_the_true_one(engine: Engine, text: str) -> None:
    """What a text's length says of its tokens is a lower bound."""
    assert engine.vocabulary.count_at_least(text) <= len(engine.vocabulary.tokenize(text))


def test_cancelled_preparation_never_begins() -> None:
    """Of calls that wait for a thread, those that were cancelled aren't made."""
    threads, may_go_on, made = PreparationThreads(), threading.Event(), []

    async def cancel_one() -> None:
        blocking = [asyncio.ensure_future(threads.run(may_go_on.wait)) for _ in range(2)]
        waiting = asyncio.ensure_future(threads.run(lambda: made.append("cancelled")))
        after = asyncio.ensure_future(threads.run(lambda: made.append("wanted")))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.sleep(0)
        may_go_on.set()
        await asyncio.gather(*blocking, after)

    asyncio.run(cancel_one())
    assert made == ["wanted"]
    threads.close()


def test_closed_threads_say_that_the_model_goes() -> None:
    """Who asks a backend that is being closed gets the error for that."""
    threads = PreparationThreads()
    threads.close()
    with pytest.raises(EngineStoppedError):
        asyncio.run(threads.run(lambda: None))
