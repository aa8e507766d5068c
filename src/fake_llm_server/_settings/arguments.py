"""Values of settings, by their names, as the arguments that `FakeLLMServer` takes."""

from collections.abc import Mapping, Sequence
from typing import Any

from fake_llm_server._errors import ConfigurationError
from fake_llm_server._settings.models import ModelNames
from fake_llm_server._settings.option import list_settings
from fake_llm_server._settings.server import NESTED


def group_arguments(values: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that values come to: those of the engine and of answers stand in one each.

    Args:
        values: name of a setting to its value, in its declared type.

    Raises:
        ConfigurationError: an alias leaves open what it means.
    """
    read = dict(values)
    models = list(read.pop("model_name", ModelNames().model_name))
    aliases = {name: _find_model(name, model, models) for name, model in read.pop("aliases", {}).items()}
    nested = {}
    for name, (declared, _) in NESTED.items():
        own = {each.name for each in list_settings(declared)} & read.keys()
        nested[name] = declared(**{each: read.pop(each) for each in own})
    return {"model_name": models, "aliases": aliases, **nested, **read}


def _find_model(name: str, model: str, models: Sequence[str]) -> str:
    """What an alias stands for; the only model where it doesn't say."""
    if model.strip():
        return model
    if len(models) > 1:
        raise ConfigurationError(
            f"The alias {name} doesn't say which model it means: write {name}={models[0]}, or another."
        )
    return models[0]
