"""What a server serves: models under names, and settings."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from llama_cpp import Llama

from fake_llm_server._engine import EngineSettings
from fake_llm_server._errors import ConfigurationError
from fake_llm_server._weights import OnDemandModels

MAX_PORT = 65535
DEFAULT_MAX_BODY_BYTES = 26_214_400
"""As an error of OpenAI's names it: https://github.com/chidiwilliams/buzz/issues/381"""

_ORIGIN = re.compile(r"null|[A-Za-z][A-Za-z0-9+.-]*://[^/?#\s]+")
"""What a browser sends: https://www.rfc-editor.org/rfc/rfc6454#section-7"""


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Settings of one server.

    Attributes:
        host: address to listen on.
        port: TCP port to listen on; 0 takes a free one.
        engine: how each model's engine is laid out.
        store_path: SQLite file that keeps stored objects; None keeps them in memory while the server runs.
        api_keys: keys that requests must have one of; empty takes any key, and none.
        max_body_bytes: largest body of a request.
        body_timeout_s: how long a request's body may take to come.
        requests_per_minute: requests beyond it are refused with 429; None refuses none.
        cors_origins: origins whose pages may call the server from a browser; `*` is any.

    Raises:
        ConfigurationError: a setting is out of range.
    """

    host: str = "127.0.0.1"
    port: int = 0
    engine: EngineSettings = field(default_factory=EngineSettings)
    store_path: Path | None = None
    api_keys: tuple[str, ...] = ()
    max_body_bytes: int = DEFAULT_MAX_BODY_BYTES
    body_timeout_s: float = 60.0
    requests_per_minute: int | None = None
    cors_origins: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what could only fail later."""
        if not self.host.strip():
            raise ConfigurationError(
                "host is empty; 127.0.0.1 is this machine alone, 0.0.0.0 any address of it."
            )
        if not 0 <= self.port <= MAX_PORT:
            raise ConfigurationError(
                f"port is {self.port}; it must lie between 0 (a free one) and {MAX_PORT}."
            )
        for name in ("max_body_bytes", "body_timeout_s", "requests_per_minute"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise ConfigurationError(f"{name} is {value}, but must be above 0.")
        if any(not key.strip() for key in self.api_keys):
            raise ConfigurationError("api_keys has an empty key; leave it out, or give no keys to take any.")
        for origin in self.cors_origins:
            if origin != "*" and not _ORIGIN.fullmatch(origin):
                raise ConfigurationError(
                    f"cors_origins has {origin!r}, which no browser sends; an origin is a scheme, a host and "
                    "perhaps a port, without a path, such as 'http://localhost:3000', or '*' for any."
                )


@dataclass(frozen=True)
class ServingConfiguration(Mapping[str, Llama]):
    """A frozen mapping of model names to loaded models, with the settings they are served under.

    Attributes:
        models: name to model; at least one. In `OnDemandModels`, looking a name up loads its model.
        aliases: further name to a name of `models`.
        settings: the server's.
        release: lets the models go; `close` calls it once.

    Raises:
        ConfigurationError: no model, or an alias that points nowhere or hides a model.
    """

    models: Mapping[str, Llama]
    aliases: Mapping[str, str] = field(default_factory=dict)
    settings: ServerSettings = field(default_factory=ServerSettings)
    release: Callable[[], None] = lambda: None

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

    def __getitem__(self, name: str) -> Llama:
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
