"""The settings of which models are served, and how they are loaded."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from annotated_types import Ge, Gt

from fake_llm_server._settings.checks import settle
from fake_llm_server._settings.option import Option

DEFAULT_MODEL = "smollm2-135m"
Load = Literal["start", "first_use"]


@dataclass(frozen=True, slots=True)
class ModelNames:
    """What models are called, where a setting can only be text; Python also takes a `ModelSpec`."""

    model_name: Annotated[
        tuple[str, ...],
        Option("models", "[a model](models.md#naming-a-model), or a list of several", flag="MODEL"),
    ] = (DEFAULT_MODEL,)
    aliases: Annotated[
        Mapping[str, str],
        Option(
            "models",
            "further names, each with the model it stands for, such as `gpt-4o-mini=smollm2-135m`; where "
            "there is only one model, its name may be left out",
            unset="none",
            flag="--alias",
        ),
    ] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """When models are loaded, and what they may take.

    Raises:
        ConfigurationError: a setting is out of range.
    """

    load: Annotated[
        Load,
        Option("models", "`start` or `first_use`: [when to load](models.md#several-models-in-one-server)"),
    ] = "start"
    max_model_bytes: Annotated[
        int | None,
        Gt(0),
        Option(
            "models",
            "[memory](models.md#several-models-in-one-server) that the models may take together; with "
            "`first_use`, the least recently used one makes room",
            unset="bounded by the machine",
        ),
    ] = None

    def __post_init__(self) -> None:
        """Refuse what is out of range."""
        settle(self)


@dataclass(frozen=True, slots=True)
class LoadSettings:
    """How llama.cpp lays out a model's weights.

    Attributes:
        is_repacked: whether weights may be rearranged for this CPU's widest instructions. Faster for
            some quantizations, but the result for a sequence may then depend on its company
            (llama.cpp's `use_extra_bufts`), and the weights no longer share the file's pages.

    Raises:
        ConfigurationError: a setting is out of range.
    """

    gpu_layers: Annotated[
        int, Ge(-1), Option("models", "[layers on a GPU](models.md#gpu-and-repacked-weights); -1 is all")
    ] = 0
    is_repacked: bool = False

    def __post_init__(self) -> None:
        """Refuse what llama.cpp would take for something else."""
        settle(self)
