"""How weights are laid out in memory; two loads are the same only if these settings are."""

from dataclasses import dataclass

from fake_llm_server._errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class LoadSettings:
    """How llama.cpp lays out a model's weights.

    Attributes:
        gpu_layers: layers computed on a GPU; 0 is none, -1 is all.
        is_repacked: whether weights may be rearranged for this CPU's widest instructions. Faster for
            some quantizations, but the result for a sequence may then depend on its company
            (llama.cpp's `use_extra_bufts`), and the weights no longer share the file's pages.

    Raises:
        ConfigurationError: `gpu_layers` is below -1.
    """

    gpu_layers: int = 0
    is_repacked: bool = False

    def __post_init__(self) -> None:
        """Refuse what llama.cpp would take for something else."""
        if self.gpu_layers < -1:
            raise ConfigurationError(
                f"gpu_layers is {self.gpu_layers}; it must be -1 (all layers), 0 or more."
            )
