"""Model files with random weights, small enough to write and run in milliseconds.

They have the architectures of the catalogue's models (gemma3 with a sliding window shorter than the
prompts of the tests), and lfm2, which keeps a recurrent state in every other layer. Their vocabulary is of
bytes, with control tokens and characters of several bytes.
"""

from collections.abc import Iterator
from pathlib import Path

import gguf
import numpy as np
from numpy.typing import NDArray

ARCHITECTURES = ("llama", "qwen2", "smollm3", "gemma3")
"""Of the catalogue."""

END_OF_TEXT, START_OF_TURN, END_OF_TURN = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
_CONTROL_TOKENS = (END_OF_TEXT, START_OF_TURN, END_OF_TURN)
_HEAD_WIDTH, _NUM_KV_HEADS = 16, 2
_NUM_LAYERS = {"llama": 2, "qwen2": 2, "smollm3": 4, "gemma3": 6, "lfm2": 4}
_NUM_TRAINED = 1024
SLIDING_WINDOW = 24
_NUM_CONVOLVED = 3


def write_tiny_model(
    path: Path,
    architecture: str,
    weight_type: gguf.GGMLQuantizationType = gguf.GGMLQuantizationType.F32,
    chat_template: str | None = None,
    *,
    width: int = 64,
) -> Path:
    """Write a model file.

    Args:
        path: of the file.
        architecture: one of `ARCHITECTURES`, or `lfm2`.
        weight_type: of the matrices; vectors and convolutions are 32-bit floats, as everywhere.
        width: activations between layers; K-quantizations need a multiple of 256.
        chat_template: Jinja text, or None for a model without one.

    Returns:
        `path`.
    """
    writer = gguf.GGUFWriter(path, architecture)
    _add_dimensions(writer, architecture, width)
    _add_vocabulary(writer)
    if chat_template is not None:
        writer.add_chat_template(chat_template)
    random = np.random.default_rng(sum(architecture.encode()))
    for name, shape in _tensor_shapes(architecture, width):
        values = _random_values(random, name, shape)
        is_matrix = len(shape) > 1 and "conv.weight" not in name
        kind = weight_type if is_matrix else gguf.GGMLQuantizationType.F32
        writer.add_tensor(name, gguf.quantize(values, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _add_dimensions(writer: gguf.GGUFWriter, architecture: str, width: int) -> None:
    writer.add_context_length(_NUM_TRAINED)
    writer.add_embedding_length(width)
    writer.add_block_count(_NUM_LAYERS[architecture])
    writer.add_feed_forward_length(2 * width)
    writer.add_head_count(width // _HEAD_WIDTH)
    num_layers = _NUM_LAYERS[architecture]
    is_hybrid = architecture == "lfm2"
    writer.add_head_count_kv([0, _NUM_KV_HEADS] * (num_layers // 2) if is_hybrid else _NUM_KV_HEADS)
    writer.add_key_length(_HEAD_WIDTH)
    writer.add_value_length(_HEAD_WIDTH)
    writer.add_rope_dimension_count(_HEAD_WIDTH)
    writer.add_rope_freq_base(10000.0)
    writer.add_layer_norm_rms_eps(1e-5)
    if architecture == "gemma3":
        writer.add_sliding_window(SLIDING_WINDOW)
    if is_hybrid:
        writer.add_shortconv_l_cache(_NUM_CONVOLVED)


def write_unique_model(
    path: Path, architecture: str, weight_type: gguf.GGMLQuantizationType = gguf.GGMLQuantizationType.F32
) -> Path:
    """Write a model file with a content of its own, which no self-check has judged before."""
    return write_tiny_model(path, architecture, weight_type, chat_template=str(path))


def _add_vocabulary(writer: gguf.GGUFWriter) -> None:
    letters = list(_byte_letters().values())
    merges = [("t", "h"), ("th", "e"), ("i", "n"), ("Ġ", "a"), ("Ġ", "the"), ("Ã", "©"), ('"', ":")]
    tokens = [*letters, *("".join(merge) for merge in merges), *_CONTROL_TOKENS]
    kinds = [gguf.TokenType.NORMAL] * (len(tokens) - len(_CONTROL_TOKENS))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types([*kinds, *[gguf.TokenType.CONTROL] * len(_CONTROL_TOKENS)])
    writer.add_token_merges([" ".join(merge) for merge in merges])
    writer.add_vocab_size(len(tokens))
    writer.add_bos_token_id(tokens.index(START_OF_TURN))
    writer.add_eos_token_id(tokens.index(END_OF_TEXT))
    writer.add_eot_token_id(tokens.index(END_OF_TURN))
    writer.add_add_bos_token(value=False)


def _byte_letters() -> dict[int, str]:
    """GPT-2's printable letter for each byte: itself where it has one, else the next above U+0100."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    letters = {byte: chr(byte) for byte in printable}
    others = [byte for byte in range(256) if byte not in letters]
    return letters | {byte: chr(0x100 + i) for i, byte in enumerate(others)}


NUM_TOKENS = 256 + 7 + len(_CONTROL_TOKENS)


def _tensor_shapes(architecture: str, width: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield "token_embd.weight", (NUM_TOKENS, width)
    yield "token_embd_norm.weight" if architecture == "lfm2" else "output_norm.weight", (width,)
    yield "output.weight", (NUM_TOKENS, width)
    for layer in range(_NUM_LAYERS[architecture]):
        is_recurrent = architecture == "lfm2" and layer % 2 == 0
        shapes = _recurrent_layer_shapes(width) if is_recurrent else _layer_shapes(architecture, width)
        for name, shape in shapes:
            yield f"blk.{layer}.{name}", shape


def _layer_shapes(architecture: str, width: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    key = _NUM_KV_HEADS * _HEAD_WIDTH
    yield "attn_norm.weight", (width,)
    yield "attn_q.weight", (width, width)
    yield "attn_k.weight", (key, width)
    yield "attn_v.weight", (key, width)
    yield "attn_output.weight", (width, width)
    yield from _feed_forward_shapes(width)
    if architecture == "qwen2":
        yield "attn_q.bias", (width,)
        yield "attn_k.bias", (key,)
        yield "attn_v.bias", (key,)
    if architecture in ("gemma3", "lfm2"):
        yield "attn_q_norm.weight", (_HEAD_WIDTH,)
        yield "attn_k_norm.weight", (_HEAD_WIDTH,)
    if architecture == "gemma3":
        yield "post_attention_norm.weight", (width,)
        yield "post_ffw_norm.weight", (width,)


def _recurrent_layer_shapes(width: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield "attn_norm.weight", (width,)
    yield "shortconv.conv.weight", (width, _NUM_CONVOLVED)
    yield "shortconv.in_proj.weight", (3 * width, width)
    yield "shortconv.out_proj.weight", (width, width)
    yield from _feed_forward_shapes(width)


def _feed_forward_shapes(width: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield "ffn_norm.weight", (width,)
    yield "ffn_gate.weight", (2 * width, width)
    yield "ffn_up.weight", (2 * width, width)
    yield "ffn_down.weight", (width, 2 * width)


def _random_values(random: np.random.Generator, name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
    if "norm" in name:
        return random.normal(1.0, 0.1, shape).astype(np.float32)
    scale = 1.0 if name == "token_embd.weight" else 2.0 / np.sqrt(shape[-1])
    return random.normal(0.0, scale, shape).astype(np.float32)
