"""Models that are loaded at their first use, and unloaded when others need their memory.

Each user of a model holds a lease on it; a leased model is never unloaded. The weights themselves are
`loaded`'s: servers that want the same file share it, whatever budget each of them has.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from fake_llm_server._errors import ConfigurationError, EngineStoppedError, ModelLoadError, QueueTimeoutError
from fake_llm_server._settings import LoadSettings
from fake_llm_server._weights.askers import always
from fake_llm_server._weights.loaded import LoadedModel, LoadedModels, loaded_models
from fake_llm_server._weights.shape import MemoryNeed
from fake_llm_server._weights.shared_pool import Lease, NotWantedError, PoolFullError, SharedPool
from fake_llm_server._weights.sizes import format_bytes
from fake_llm_server._weights.spec import DownloadedModel

if TYPE_CHECKING:
    from llama_cpp import Llama

_Files = tuple[Path, ...]


class OnDemandModels(Mapping[str, "Llama"]):
    """A mapping of names to models in which a look-up loads.

    A model that was looked up stays until `close`, because its user doesn't say when it is done. A user who
    does takes a lease.

    Args:
        downloaded: name to the model's files. Names of the same files share one model.
        settings: how weights are laid out; None takes the defaults.
        estimate: tells what serving a model takes.
        max_bytes: what all loaded models may take, by `estimate`; None is bounded by the machine alone.
        registry: where weights are loaded.

    Attributes:
        downloaded: as given.
        settings: as given, or the defaults.

    Raises:
        ConfigurationError: a model alone takes more than `max_bytes`.
    """

    def __init__(
        self,
        downloaded: Mapping[str, DownloadedModel],
        *,
        estimate: Callable[[DownloadedModel], MemoryNeed],
        settings: LoadSettings | None = None,
        max_bytes: int | None = None,
        registry: LoadedModels = loaded_models,
    ) -> None:
        self.downloaded = dict(downloaded)
        self.settings = settings or LoadSettings()
        self._estimate = estimate
        self._registry = registry
        self._before_unload: list[Callable[[Llama], None]] = []
        self._is_closed = False
        self._lock = threading.Lock()  # so that nothing is pinned once `close` has let go of what is
        self._pinned: dict[_Files, Lease[Llama]] = {}
        if max_bytes is not None:
            self._refuse_too_large(max_bytes)
        self._pool: SharedPool[_Files, LoadedModel] = SharedPool(
            self._unload, max_unused=len(self.downloaded), max_bytes=max_bytes
        )

    @cached_property
    def _num_bytes(self) -> dict[_Files, int]:
        """What each model takes: read from its file, so not before it is wanted."""
        return {_identify(model): self._estimate(model).total for model in self.downloaded.values()}

    def _refuse_too_large(self, max_bytes: int) -> None:
        for name, model in self.downloaded.items():
            num_bytes = self._num_bytes[_identify(model)]
            if num_bytes > max_bytes:
                raise ConfigurationError(
                    f"{name} takes {format_bytes(num_bytes)} ({num_bytes} bytes), but max_model_bytes is "
                    f"{max_bytes}: raise it, or lower the engine's num_slots or window."
                )

    def estimate_all(self) -> None:
        """Estimate now what each model takes, which else waits until it is wanted.

        Raises:
            ConfigurationError: settings don't suit a model.
        """
        _ = self._num_bytes

    def before_unload(self, callback: Callable[["Llama"], None]) -> None:
        """Have `callback` called with a model before it is let go, to free what is built on it.

        It is called on the thread that loads another model, or that closes the mapping.
        """
        self._before_unload.append(callback)

    def acquire(
        self, name: str, *, wait_s: float | None = None, is_wanted: Callable[[], bool] = always
    ) -> Lease["Llama"]:
        """Use a model, loading it if need be; it blocks meanwhile.

        Args:
            name: of the mapping.
            wait_s: how long to wait for others to stop using theirs when there is no room; None is as
                long as it takes.
            is_wanted: whether the caller still wants it; asked meanwhile, from any thread. A load that none
                of its callers wants is broken off.

        Raises:
            ModelLoadError: it can't be loaded, or isn't wanted any more. The next one to ask tries anew.
            QueueTimeoutError: there was no room in time.
        """
        model = self.downloaded[name]
        files = _identify(model)
        try:
            lease = self._pool.acquire(
                files,
                partial(self._load, model),
                num_bytes=self._num_bytes[files],
                wait_s=wait_s,
                is_wanted=is_wanted,
            )
        except PoolFullError as error:
            raise QueueTimeoutError(
                f"There was no room for {name} within {wait_s:g} seconds: {error}. Try again later, or raise "
                "max_model_bytes."
            ) from error
        except NotWantedError as error:
            raise ModelLoadError(f"{name} isn't wanted any more.") from error
        return Lease(lease.value.llama, lease.release)

    def acquire_loaded(self, name: str) -> Lease["Llama"] | None:
        """Use a model if it is loaded and no one waits for room; never blocks."""
        lease = self._pool.acquire_ready(_identify(self.downloaded[name]))
        return None if lease is None else Lease(lease.value.llama, lease.release)

    def _load(self, model: DownloadedModel) -> LoadedModel:
        files = _identify(model)
        return self._registry.acquire(
            model,
            self.settings,
            estimate=self._estimate,
            is_wanted=lambda: self._pool.is_wanted(files),
        )

    def _unload(self, loaded: LoadedModel) -> None:
        for callback in self._before_unload:
            callback(loaded.llama)
        if self._is_closed:
            loaded.release()  # the next test may want it
        else:
            loaded.unload()

    def list_loaded(self) -> tuple[str, ...]:
        """Names whose models are loaded, or are being loaded."""
        loaded = {row.key for row in self._pool}
        return tuple(name for name, model in self.downloaded.items() if _identify(model) in loaded)

    def close(self) -> None:
        """Let every model go; those in use go when they are released. A look-up that loads is broken off."""
        with self._lock:
            self._is_closed = True
            pinned = tuple(self._pinned.values())
            self._pinned.clear()
        self._pool.max_unused = 0
        for lease in pinned:
            lease.release()
        self._pool.release_unused()

    def __getitem__(self, name: str) -> "Llama":
        files = _identify(self.downloaded[name])
        try:
            self._check_open()
            lease = self.acquire(name, is_wanted=lambda: not self._is_closed)
        except ModelLoadError:
            self._check_open()
            raise
        try:
            with self._lock:
                self._check_open()
                pinned = self._pinned.setdefault(files, lease)
        except EngineStoppedError:
            lease.release()
            raise
        if pinned is not lease:
            lease.release()
        return pinned.value

    def _check_open(self) -> None:
        if self._is_closed:
            raise EngineStoppedError("The server that these models belong to is closed.")

    def __iter__(self) -> Iterator[str]:
        return iter(self.downloaded)

    def __len__(self) -> int:
        return len(self.downloaded)

    def __contains__(self, name: object) -> bool:
        return name in self.downloaded

    # A mapping compares what is in it; here that would load everything.
    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)


def _identify(model: DownloadedModel) -> _Files:
    return tuple(path.resolve() for path in model.paths)
