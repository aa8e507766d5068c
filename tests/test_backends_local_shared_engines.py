"""Engines are shared, rest when nobody uses them, and go before their weights."""

import threading
from collections.abc import Iterator
from queue import Queue

import pytest
from llama_cpp import Llama

from fake_llm_server import EngineSettings, ModelSpec
from fake_llm_server._backends.local.shared_engines import SharedEngines
from fake_llm_server._engine import Engine, EngineRequest, RequestFailed, RequestFinished
from fake_llm_server._engine.requests import EngineEvent
from fake_llm_server._errors import EngineStoppedError
from fake_llm_server._weights import LoadedModels
from fake_llm_server._weights.loaded import loaded_models

SETTINGS = EngineSettings(num_slots=2, window=128)


@pytest.fixture
def llama() -> Iterator[Llama]:
    """The embedded model, shared with whoever has it."""
    loaded = loaded_models.acquire(ModelSpec.from_model_name("smollm2-135m").download())
    yield loaded.llama
    loaded.release()


def num_engine_threads() -> int:
    """Threads of engines that run."""
    return sum(thread.name == "fake-llm-server-engine" for thread in threading.enumerate())


def generate(engine: Engine, text: str = "The sea is", max_tokens: int = 4) -> RequestFinished:
    """Generate a little, and return how it ended."""
    events: Queue[EngineEvent] = Queue()
    engine.submit(EngineRequest(engine.vocabulary.tokenize(text), max_tokens=max_tokens), events.put)
    while True:
        event = events.get(timeout=60)
        if isinstance(event, RequestFailed):
            raise event.error
        if isinstance(event, RequestFinished):
            return event


def test_users_share_one_engine(llama: Llama) -> None:
    """Equal settings share an engine, others have their own."""
    engines = SharedEngines()
    with engines.use(llama, SETTINGS) as first, engines.use(llama, SETTINGS) as second:
        assert first is second
        with engines.use(llama, EngineSettings(num_slots=1, window=64)) as third:
            assert third is not first
    engines.free(llama)


def test_unused_engine_rests_and_stays_warm(llama: Llama) -> None:
    """Between users there is no thread, and the prefix cache is as it was."""
    engines = SharedEngines()
    before = num_engine_threads()
    prompt = "A long story about the sea and the ships on it. " * 6
    with engines.use(llama, SETTINGS) as first:
        generate(first, prompt)
        assert num_engine_threads() == before + 1
    assert num_engine_threads() == before
    with engines.use(llama, SETTINGS) as second:
        assert second is first
        assert generate(second, prompt).num_cached_tokens > 0
    engines.free(llama)
    with pytest.raises(EngineStoppedError):
        generate(first)


def test_one_users_end_leaves_the_other_alone(llama: Llama) -> None:
    """An engine doesn't rest while somebody else uses it."""
    engines = SharedEngines()
    with engines.use(llama, SETTINGS) as first:
        with engines.use(llama, SETTINGS):
            pass
        assert generate(first).num_generated_tokens == 4
    engines.free(llama)


def test_weights_of_others_are_not_kept(llama: Llama) -> None:
    """An engine on weights that the registry doesn't own is closed with its last user."""
    engines = SharedEngines()
    own = Llama(llama.model_path, n_ctx=8, verbose=False)
    with engines.use(own, SETTINGS) as engine:
        generate(engine)
    with pytest.raises(EngineStoppedError):
        generate(engine)
    own.close()


def test_engines_are_freed_before_their_weights() -> None:
    """Weights that are freed take the engines on them along, first."""
    models, engines, order = LoadedModels(max_unused=0), SharedEngines(), list[str]()
    loaded = models.acquire(ModelSpec.from_model_name("smollm2-135m").download())
    models.before_free(engines.free)
    models.before_free(lambda _llama: order.append("engines are free"))
    loaded.llama._stack.callback(order.append, "weights are free")
    with engines.use(loaded.llama, SETTINGS) as engine:
        generate(engine)
    loaded.release()
    assert order == ["engines are free", "weights are free"]
    with pytest.raises(EngineStoppedError):
        engine.submit(EngineRequest((1, 2), max_tokens=1), lambda _event: None)


def test_resting_engine_wakes_for_any_thread(llama: Llama) -> None:
    """Requests and rests from many threads at once lose no request."""
    engine = Engine(llama, SETTINGS)
    ended: Queue[int] = Queue()

    def work(number: int) -> None:
        for _ in range(3):
            ended.put(generate(engine, f"{number}", max_tokens=2).num_generated_tokens)
            engine.rest()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=100)
    assert ended.qsize() == 12
    engine.close()
    engine.close()
