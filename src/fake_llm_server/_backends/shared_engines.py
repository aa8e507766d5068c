"""One engine for each loaded model and layout, shared by every server of the process."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from llama_cpp import Llama

from fake_llm_server._engine import Engine, EngineSettings


@dataclass(slots=True)
class _Shared:
    engine: Engine
    num_users: int = 0


class SharedEngines:
    """Counts who uses which engine, and closes an engine that nobody uses."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shared: dict[tuple[int, EngineSettings], _Shared] = {}

    @contextmanager
    def use(self, llama: Llama, settings: EngineSettings) -> Iterator[Engine]:
        """Use the engine for a model under some settings; it is created if nobody has it yet.

        Raises:
            ConfigurationError: the settings don't suit the model.
            ModelLoadError: the context doesn't fit into memory.
        """
        key = (id(llama), settings)
        with self._lock:
            shared = self._shared.get(key)
            if shared is None:
                shared = self._shared[key] = _Shared(Engine(llama, settings))
            shared.num_users += 1
        try:
            yield shared.engine
        finally:
            self._release(key, shared)

    def _release(self, key: tuple[int, EngineSettings], shared: _Shared) -> None:
        with self._lock:
            shared.num_users -= 1
            if shared.num_users > 0:
                return
            del self._shared[key]
        shared.engine.close()


SHARED_ENGINES = SharedEngines()
"""The process's own."""
