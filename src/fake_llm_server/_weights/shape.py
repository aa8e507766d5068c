"""A model's dimensions, as far as its memory depends on them, and the memory that follows. Pure."""

from dataclasses import dataclass

from fake_llm_server._weights.gguf_header import GGUFHeader

_F16, _F32 = 2, 4
# Vectors as wide as the embedding that llama.cpp keeps per token of a batch beside the logits: measured on
# SmolLM2 as exactly three; one more for models that were not measured.
_NUM_WORK_VECTORS = 4
# Bytes that a token of the vocabulary takes in llama.cpp's tokenizer: its text, and the maps over it.
_BYTES_PER_VOCABULARY_ENTRY = 400


@dataclass(frozen=True, slots=True)
class ModelShape:
    """Dimensions of a transformer.

    Attributes:
        key_length: width of a key or value vector of one head.
        context_length: tokens that the model was trained for.
    """

    num_layers: int
    num_kv_heads: int
    key_length: int
    embedding_length: int
    vocabulary_size: int
    context_length: int

    @property
    def kv_bytes_per_token(self) -> int:
        """Keys and values of one token in all layers, at 16 bits each.

        Layers with a sliding window need less; they are counted in full.
        """
        return self.num_layers * self.num_kv_heads * self.key_length * 2 * _F16


@dataclass(frozen=True, slots=True)
class MemoryNeed:
    """Bytes that a model takes in memory when it serves.

    Attributes:
        weights: the files' size, for they are mapped.
        kv: keys and values of all slots.
        compute: llama.cpp's work buffers, logits and tokenizer.
    """

    weights: int
    kv: int
    compute: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.weights + self.kv + self.compute


def read_shape(header: GGUFHeader) -> ModelShape | None:
    """A model's dimensions from its file, or None where the file doesn't tell them as single numbers."""
    layers, width = header.find_count("block_count"), header.find_count("embedding_length")
    heads = header.find_count("attention.head_count")
    vocabulary = header.array_lengths.get("tokenizer.ggml.tokens") or header.find_count("vocab_size")
    if not (layers and width and heads and vocabulary):
        return None
    return ModelShape(
        num_layers=layers,
        num_kv_heads=header.find_count("attention.head_count_kv") or heads,
        key_length=header.find_count("attention.key_length") or width // heads,
        embedding_length=width,
        vocabulary_size=vocabulary,
        context_length=header.find_count("context_length") or 0,
    )


def estimate_memory(
    shape: ModelShape, file_size: int, *, num_slots: int, window: int, batch_size: int
) -> MemoryNeed:
    """What a model will take.

    Args:
        shape: its dimensions.
        file_size: bytes of all its files.
        num_slots: sequences that run at once.
        window: tokens that each of them may hold.
        batch_size: most tokens evaluated in one call.
    """
    work = batch_size * (shape.vocabulary_size + _NUM_WORK_VECTORS * shape.embedding_length) * _F32
    logits = num_slots * shape.vocabulary_size * _F32
    return MemoryNeed(
        weights=file_size,
        kv=num_slots * window * shape.kv_bytes_per_token,
        compute=work + logits + shape.vocabulary_size * _BYTES_PER_VOCABULARY_ENTRY,
    )
