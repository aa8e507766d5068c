"""Makes a serving configuration of the arguments that `FakeLLMServer` takes."""

import difflib
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any, Unpack

from fake_llm_server._app.configuration import ServingConfiguration
from fake_llm_server._app.control import check_script
from fake_llm_server._app.model_loading import ModelName, load_models, name_models
from fake_llm_server._errors import ConfigurationError
from fake_llm_server._settings import (
    DEFAULT_MODEL,
    NESTED,
    EngineSettings,
    LoadSettings,
    ModelSettings,
    ServerOptions,
    ServerSettings,
    list_settings,
)
from fake_llm_server._weights import DownloadedModel, ModelSpec
from fake_llm_server._weights.readiness import estimate_need
from fake_llm_server._weights.shape import MemoryNeed


def parse_server_args(
    model_name: ModelName | Sequence[ModelName] = DEFAULT_MODEL,
    *,
    aliases: Mapping[str, ModelName] | None = None,
    **options: Unpack[ServerOptions],
) -> ServingConfiguration:
    """Check the arguments, then download and load what they name.

    Args:
        model_name: an alias of `SUPPORTED_MODEL_ALIASES`, a Hugging Face repository, the path of a GGUF
            file, or a `ModelSpec`; or several of them, which are served together.
        aliases: further name to a model's name.
        **options: the other settings, which docs/testing.md lists; an `engine` or `answers` of None takes its
            defaults.

    Returns:
        The configuration, for `create_server_app`. `close` it when its application has shut down.

    Raises:
        ConfigurationError: the arguments contradict each other or are out of range.
        UnknownModelError: `model_name` names no model; nothing was loaded.
        ModelError: a model can't be downloaded or loaded.
    """
    _refuse_unknown(options)
    _check_aliases(aliases)
    nested = {name: options[name] for name in NESTED if options.get(name) is not None}  # type: ignore[literal-required] # names of the class
    settings = ServerSettings(**nested, **_pick(ServerSettings, options))
    when = ModelSettings(**_pick(ModelSettings, options))
    weights = LoadSettings(**_pick(LoadSettings, options))
    check_script(settings)
    specs = name_models(model_name)
    models, release = load_models(
        list(specs.values()),
        when.load,
        settings=weights,
        estimate=partial(_estimate_need, settings.engine),
        is_checked=settings.engine != EngineSettings(),  # the defaults suit every model
        max_bytes=when.max_model_bytes,
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


def _estimate_need(engine: EngineSettings, model: DownloadedModel) -> MemoryNeed:
    # Planning a layout imports the engine, which a server whose replies are all scripted never needs.
    from fake_llm_server._backends.local.model_layout import plan_layouts  # noqa: PLC0415 - as above

    return estimate_need(model, plan_layouts(engine))


def _pick(declared: type, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that a class of settings declares."""
    names = {setting.name for setting in list_settings(declared)}
    return {name: value for name, value in options.items() if name in names}


def _refuse_unknown(options: Mapping[str, object]) -> None:
    """Fail as Python does for an argument that a function doesn't have; the message says what was meant."""
    own = {setting.name for setting in list_settings(ModelSettings, LoadSettings, ServerSettings)}
    known = {"model_name", "aliases", *own, *NESTED}
    for name in options.keys() - known:
        raise TypeError(f"got an unexpected keyword argument {name!r}{_hint(name, known)}")


def _hint(name: str, known: Collection[str]) -> str:
    """Where a name belongs that is no argument, or the nearest one that is."""
    nested = {
        setting.name: f"{argument}={declared.__name__}({setting.name}=...)"
        for argument, (declared, _) in NESTED.items()
        for setting in list_settings(declared)
    }
    if name in nested:
        return f"; give it as {nested[name]}"
    for close in difflib.get_close_matches(name, [*known, *nested], n=1):
        return f"; did you mean {nested.get(close, close)}?"
    return "; docs/testing.md lists the settings"


def _check_aliases(aliases: object) -> None:
    """Refuse what would only fail in words about something else."""
    if not isinstance(aliases, Mapping | None):
        raise ConfigurationError(
            "aliases takes names with their models, such as {'gpt-4o': 'smollm2-135m'}; "
            f"it was {aliases!r}."
        )


def _resolve_aliases(
    aliases: Mapping[str, ModelName], specs: Mapping[ModelName, ModelSpec]
) -> dict[str, str]:
    """Let an alias point to a model by the name that the user gave it, such as a path."""
    return {alias: specs[name].name if name in specs else str(name) for alias, name in aliases.items()}
