"""Makes a serving configuration of the arguments that `FakeLLMServer` takes."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TypedDict

from fake_llm_server._app.configuration import (
    DEFAULT_MAX_BODY_BYTES,
    ServerSettings,
    ServingConfiguration,
)
from fake_llm_server._app.model_loading import Load, ModelName, load_models, name_models
from fake_llm_server._backends.local.model_layout import plan_layouts
from fake_llm_server._engine import EngineSettings
from fake_llm_server._errors import ConfigurationError
from fake_llm_server._weights import LoadSettings, ModelSpec
from fake_llm_server._weights.readiness import estimate_need


class ServerOptions(TypedDict, total=False):
    """The arguments that `FakeLLMServer` hands on to `parse_server_args`, which says what they are."""

    load: Load
    max_model_bytes: int | None
    gpu_layers: int
    engine: EngineSettings | None
    store_path: str | Path | None
    api_keys: Collection[str]
    max_body_bytes: int
    body_timeout_s: float
    requests_per_minute: int | None
    cors_origins: Collection[str]


def parse_server_args(
    model_name: ModelName | Sequence[ModelName] = "smollm2-135m",
    *,
    aliases: Mapping[str, ModelName] | None = None,
    load: Load = "start",
    max_model_bytes: int | None = None,
    gpu_layers: int = 0,
    host: str = "127.0.0.1",
    port: int = 0,
    engine: EngineSettings | None = None,
    store_path: str | Path | None = None,
    api_keys: Collection[str] = (),
    max_body_bytes: int = DEFAULT_MAX_BODY_BYTES,
    body_timeout_s: float = 60.0,
    requests_per_minute: int | None = None,
    cors_origins: Collection[str] = (),
) -> ServingConfiguration:
    """Check the arguments, then download and load what they name.

    Args:
        model_name: an alias of `SUPPORTED_MODEL_ALIASES`, a Hugging Face repository, the path of a GGUF
            file, or a `ModelSpec`; or several of them, which are served together.
        aliases: further name to a model's name.
        load: `start` loads the models now; `first_use` downloads them now, and loads each when it is first
            asked something, or looked up in the configuration.
        max_model_bytes: what the models may take in memory, by the estimate of docs/models.md; None is
            bounded by the machine alone. With `first_use`, the least recently used idle model makes room
            for the next.
        gpu_layers: layers computed on a GPU; 0 is none, -1 is all.
        host: address to listen on.
        port: TCP port to listen on; 0 takes a free one.
        engine: slots, window, threads and limits of the model's engine; None takes the defaults.
        store_path: SQLite file that keeps what clients store; None keeps it in memory.
        api_keys: keys that requests must have one of; empty takes any key, and none.
        max_body_bytes: largest body of a request; others are answered with 413.
        body_timeout_s: how long a request's body may take to come; a slower one is answered with 408.
        requests_per_minute: requests beyond it are answered with 429; None refuses none.
        cors_origins: origins whose pages may call the server from a browser; `*` is any.

    Returns:
        The configuration. `close` it, or hand it to a `FakeLLMServer`, which does.

    Raises:
        ConfigurationError: the arguments contradict each other or are out of range.
        UnknownModelError: `model_name` names no model; nothing was loaded.
        ModelError: a model can't be downloaded or loaded.
    """
    _check_types(engine, aliases)
    weights = LoadSettings(gpu_layers=gpu_layers)
    settings = ServerSettings(
        host=host,
        port=port,
        engine=engine or EngineSettings(),
        store_path=None if store_path is None else Path(store_path),
        api_keys=_tuple_of(api_keys, "api_keys"),
        max_body_bytes=max_body_bytes,
        body_timeout_s=body_timeout_s,
        requests_per_minute=requests_per_minute,
        cors_origins=_tuple_of(cors_origins, "cors_origins"),
    )
    specs = name_models(model_name)
    plan = plan_layouts(settings.engine)
    models, release = load_models(
        list(specs.values()),
        load,
        settings=weights,
        estimate=lambda model: estimate_need(model, plan),
        max_bytes=max_model_bytes,
    )
    try:
        return ServingConfiguration(
            models=models,
            aliases=_resolve_aliases(aliases or {}, specs),
            settings=settings,
            release=release,
        )
    except BaseException:
        release()
        raise


def _check_types(engine: object, aliases: object) -> None:
    """Refuse what would only fail in words about something else."""
    if not isinstance(engine, EngineSettings | None):
        raise ConfigurationError(f"engine takes EngineSettings(num_slots=2, …), or None; it was {engine!r}.")
    if not isinstance(aliases, Mapping | None):
        raise ConfigurationError(
            "aliases takes names with their models, such as {'gpt-4o': 'smollm2-135m'}; "
            f"it was {aliases!r}."
        )


def _tuple_of(strings: Collection[str], name: str) -> tuple[str, ...]:
    """Take any collection of strings but a string itself, which is one by accident."""
    if isinstance(strings, str):
        raise ConfigurationError(f"{name} takes several strings, such as [{strings!r}]; it was one string.")
    taken = tuple(strings)
    others = [value for value in taken if not isinstance(value, str)]  # type: ignore[redundant-expr]  # unchecked callers
    if others:
        raise ConfigurationError(f"{name} takes strings; {others[0]!r} is none.")
    return taken


def _resolve_aliases(
    aliases: Mapping[str, ModelName], specs: Mapping[ModelName, ModelSpec]
) -> dict[str, str]:
    """Let an alias point to a model by the name that the user gave it, such as a path."""
    return {alias: specs[name].name if name in specs else str(name) for alias, name in aliases.items()}
