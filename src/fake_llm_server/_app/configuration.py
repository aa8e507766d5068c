"""What a server serves: models under names, and settings."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from fake_llm_server._backends.remote.plan import HostAddress
from fake_llm_server._errors import ConfigurationError
from fake_llm_server._settings import ServerSettings
from fake_llm_server._weights import OnDemandModels

if TYPE_CHECKING:
    from llama_cpp import Llama


@dataclass(frozen=True)
class ServingConfiguration(Mapping[str, "Llama"]):
    """A frozen mapping of model names to loaded models, with the settings they are served under.

    Attributes:
        models: name to model; at least one. In `OnDemandModels`, looking a name up loads its model.
        aliases: further name to a name of `models`.
        settings: the server's.
        release: lets the models go; `close` calls it once.
        host: the process that keeps models on demand; None keeps them in this one.

    Raises:
        ConfigurationError: no model, or an alias that points nowhere or hides a model.
    """

    models: Mapping[str, "Llama"]
    aliases: Mapping[str, str] = field(default_factory=dict)
    settings: ServerSettings = field(default_factory=ServerSettings)
    release: Callable[[], None] = lambda: None
    host: HostAddress | None = None

    def __post_init__(self) -> None:
        """Freeze the mappings, and refuse aliases that can't be meant."""
        if not self.models:
            raise ConfigurationError("There is nothing to serve: name at least one model.")
        for alias, name in self.aliases.items():
            if not alias.strip():
                raise ConfigurationError(f"The alias of {name!r} is empty; give it a name, or leave it out.")
            if name not in self.models:
                served = ", ".join(sorted(self.models))
                raise ConfigurationError(
                    f"Alias {alias!r} points to {name!r}, which isn't served; {served} is."
                )
            if alias in self.models:
                raise ConfigurationError(f"Alias {alias!r} is the name of a served model; choose another.")
        if not isinstance(self.models, OnDemandModels):
            object.__setattr__(self, "models", MappingProxyType(dict(self.models)))
        object.__setattr__(self, "aliases", MappingProxyType(dict(self.aliases)))

    def __getitem__(self, name: str) -> "Llama":
        return self.models[self.aliases.get(name, name)]

    def __iter__(self) -> Iterator[str]:
        return iter([*self.models, *self.aliases])

    def __len__(self) -> int:
        return len(self.models) + len(self.aliases)

    def __contains__(self, name: object) -> bool:
        """Whether the name is served; unlike a look-up, it loads nothing."""
        return name in self.models or name in self.aliases

    def close(self) -> None:
        """Let the models go. Their weights may stay loaded for whoever asks next."""
        self.release()
