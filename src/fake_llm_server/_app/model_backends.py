"""What answers for each name of a configuration: backends, and when they are opened and closed."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from pathlib import Path

from llama_cpp import Llama

from fake_llm_server._api.shared.served_models import ServedModel, ServedModels
from fake_llm_server._app.configuration import ServingConfiguration
from fake_llm_server._backends.local.backend import LlamaBackend
from fake_llm_server._backends.local.shared_engines import SHARED_ENGINES
from fake_llm_server._backends.on_demand import OnDemandBackend
from fake_llm_server._engine import Engine, EngineSettings
from fake_llm_server._seam import Backend
from fake_llm_server._weights import Lease, OnDemandModels

OWNER = "fake-llm-server"


class ModelBackends:
    """The backends of one application.

    Those of loaded models are opened by `start`. Those of models on demand are opened by requests, and
    closed before their model is unloaded.

    Attributes:
        served: every name of the configuration, with its backend.
    """

    def __init__(self, configuration: ServingConfiguration) -> None:
        self._open = _OpenBackends(configuration.settings.engine)
        self._closing = ExitStack()
        self._closing.callback(self._open.close_all)  # last, after the threads that open have ended
        models = configuration.models
        if isinstance(models, OnDemandModels):
            backends = self._serve_on_demand(models, configuration.settings.engine.max_wait_s)
        else:
            backends = {name: self._serve_loaded(name, llama) for name, llama in models.items()}
        self.served = ServedModels(dict(_name_all(backends, configuration.aliases)))

    def _serve_loaded(self, name: str, llama: Llama) -> ServedModel:
        return ServedModel(
            name=name,
            created=_read_created(Path(llama.model_path)),
            owned_by=OWNER,
            get_backend=partial(self._open.find_or_open, name, llama),
        )

    def _serve_on_demand(self, models: OnDemandModels, max_wait_s: float | None) -> dict[str, ServedModel]:
        models.before_unload(self._open.close)
        served = {}
        for name, downloaded in models.downloaded.items():
            backend = OnDemandBackend(
                partial(self._open_loaded, models, name),
                partial(self._open_on_demand, models, name, max_wait_s),
            )
            self._closing.callback(backend.close)
            served[name] = ServedModel(
                name=name,
                created=_read_created(downloaded.path),
                owned_by=OWNER,
                get_backend=partial(_return, backend),
                load=backend.load,
            )
        return served

    def _open_loaded(self, models: OnDemandModels, name: str) -> Lease[Backend] | None:
        lease = models.acquire_loaded(name)
        if lease is None:
            return None
        backend = self._open.find(lease.value)
        if backend is None:
            lease.release()
            return None
        return Lease(backend, lease.release)

    def _open_on_demand(self, models: OnDemandModels, name: str, max_wait_s: float | None) -> Lease[Backend]:
        lease = models.acquire(name, wait_s=max_wait_s)
        try:
            return Lease(self._open.find_or_open(name, lease.value), lease.release)
        except BaseException:
            lease.release()
            raise

    def start(self) -> None:
        """Open the backends of the models that are loaded."""
        for model in self.served.by_name.values():
            model.get_backend()

    def close(self) -> None:
        """Close every backend. Requests must have ended."""
        self._closing.close()


class _OpenBackends:
    """Backends by their weights: names of one model share one. Safe from any thread."""

    def __init__(self, settings: EngineSettings) -> None:
        self._settings = settings
        self._by_llama: dict[int, tuple[Backend, AbstractContextManager[Engine]]] = {}
        self._lock = threading.Lock()

    def find(self, llama: Llama) -> Backend | None:
        found = self._by_llama.get(id(llama))
        return None if found is None else found[0]

    def find_or_open(self, name: str, llama: Llama) -> Backend:
        with self._lock:
            found = self.find(llama)
            if found is None:
                use = SHARED_ENGINES.use(llama, self._settings)
                found = LlamaBackend(name, use.__enter__(), llama.metadata)
                self._by_llama[id(llama)] = found, use
            return found

    def close(self, llama: Llama) -> None:
        """Let the engine on these weights go, before they are freed."""
        with self._lock:
            _, use = self._by_llama.pop(id(llama), (None, None))
            if use is not None:
                use.__exit__(None, None, None)

    def close_all(self) -> None:
        with self._lock, ExitStack() as closing:
            for _, use in self._by_llama.values():
                closing.push(use)
            self._by_llama.clear()


def _name_all(
    served: Mapping[str, ServedModel], aliases: Mapping[str, str]
) -> Iterator[tuple[str, ServedModel]]:
    """Every name and alias, each repeated in its replies as the client wrote it."""
    yield from served.items()
    for alias, name in aliases.items():
        model = served[name]
        yield alias, ServedModel(alias, model.created, model.owned_by, model.get_backend, model.load)


def _return(backend: Backend) -> Backend:
    return backend


def _read_created(path: Path) -> int:
    return int(path.stat().st_mtime)
