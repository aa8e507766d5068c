"""One engine for each loaded model and layout, shared by every server of the process.

An engine that nobody uses rests: it has no thread then, but keeps its context and its cached prefixes, so
that the next test finds it warm. It is freed when another one rests, and before its weights are.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from llama_cpp import Llama

from fake_llm_server._engine import Engine, EngineSettings
from fake_llm_server._weights import SharedPool, loaded_models

_Key = tuple[int, EngineSettings]


class SharedEngines:
    """Counts who uses which engine.

    Args:
        max_unused: how many engines that nobody uses are kept.
    """

    def __init__(self, *, max_unused: int = 1) -> None:
        self._pool: SharedPool[_Key, Engine] = SharedPool(Engine.close, max_unused=max_unused)

    @contextmanager
    def use(self, llama: Llama, settings: EngineSettings) -> Iterator[Engine]:
        """Use the engine for a model under some settings; it is created if nobody has it yet.

        Raises:
            ConfigurationError: the settings don't suit the model.
            ModelLoadError: the context doesn't fit into memory.
        """
        key = (id(llama), settings)
        lease = self._pool.acquire(key, lambda: Engine(llama, settings))
        try:
            yield lease.value
        finally:
            lease.release()
            if not loaded_models.owns(llama):
                self.free(llama)  # nobody would tell us when its weights are freed
            elif not self._is_used(key):
                lease.value.rest()

    def free(self, llama: Llama) -> None:
        """Free every unused engine on these weights."""
        self._pool.release_unused(lambda key: key[0] == id(llama))

    def _is_used(self, key: _Key) -> bool:
        return any(row.key == key and row.num_users for row in self._pool)


SHARED_ENGINES = SharedEngines()
"""The process's own."""

loaded_models.before_free(SHARED_ENGINES.free)
