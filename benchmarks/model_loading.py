"""What loading costs: time, memory and its return, and what repacked weights would gain.

Run `python benchmarks/model_loading.py`. Times are the least of several turns, as a neighbour can only add
to them. The quantizations are of a random model with layers 1,024 wide: the embedded one's width of 576 is
no multiple of 256, as K-quantizations need it. Needs the `test` dependency group (gguf).
"""

import ctypes
import gc
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import gguf
import llama_cpp
import numpy as np
import openai
import psutil

from fake_llm_server import FakeLLMServer
from fake_llm_server._engine import Engine, EngineSettings
from fake_llm_server._weights import LoadedModels, LoadSettings, ModelSpec, loaded_models

_QUANTIZATIONS = {"F16": 1, "Q4_0": 2, "Q4_1": 3, "Q8_0": 7, "Q4_K_M": 15}  # `enum llama_ftype` in llama.h
_WIDTH, _HIDDEN, _NUM_LAYERS, _NUM_HEADS, _NUM_TOKENS = 1024, 2816, 8, 16, 512
_NUM_TURNS = 5
_BUDGET = 800_000_000  # more than one embedded model takes, less than two
_PREFILL = 64


def main() -> None:
    """Print all figures."""
    measure_memory()
    with tempfile.TemporaryDirectory() as folder:
        measure_switching(Path(folder))
        measure_repacking(Path(folder))


def measure_memory() -> None:
    """Load and unload the embedded model, with an engine on it, and print the process's resident memory."""
    registry = LoadedModels()
    downloaded = ModelSpec.from_model_name("smollm2-135m").download()
    registry.acquire(downloaded).release()
    registry.release_unused()
    start = _resident()
    seconds = []
    for _ in range(_NUM_TURNS):
        registry.release_unused()
        seconds.append(_time(lambda: registry.acquire(downloaded).release()))
    shared_s = min(_time(lambda: registry.acquire(downloaded).release()) for _ in range(_NUM_TURNS))
    model = registry.acquire(downloaded)
    loaded = _resident()
    engine = Engine(model.llama, EngineSettings())
    serving = _resident()
    engine.close()
    model.release()
    registry.release_unused()
    print(f"smollm2-135m: loaded in {min(seconds) * 1000:.0f} ms, shared in {shared_s * 1000:.2f} ms")
    print(
        f"resident memory in MB: weights +{loaded - start:.0f}, engine +{serving - loaded:.0f}, "
        f"after unloading {_resident() - start:+.0f}"
    )


def measure_switching(folder: Path) -> None:
    """Have one server answer by two copies of the embedded model in turn, with room for one of them."""
    paths = [folder / "first.gguf", folder / "second.gguf"]
    for path in paths:
        shutil.copy(ModelSpec.from_model_name("smollm2-135m").download().path, path)
    start, resident, switched, warm = _resident(), list[float](), list[float](), list[float]()
    with (
        FakeLLMServer(paths, load="first_use", max_model_bytes=_BUDGET) as server,
        openai.OpenAI(**server.openai_client_args()) as client,
    ):
        for turn in range(2 * _NUM_TURNS):
            name = paths[turn % 2].stem
            switched.append(_time(lambda name=name: _ask(client, name)))  # type: ignore[misc] # bound now
            warm.append(_time(lambda name=name: _ask(client, name)))  # type: ignore[misc] # bound now
            resident.append(_resident() - start)
    loaded_models.release_unused()
    print(
        f"two models with room for one: first answer {min(switched) * 1000:.0f} ms after a switch, "
        f"{min(warm) * 1000:.0f} ms without; resident memory in MB after each switch: "
        + ", ".join(f"+{value:.0f}" for value in resident)
        + f", after the server's end {_resident() - start:+.0f}"
    )


def _ask(client: openai.OpenAI, model: str) -> None:
    client.chat.completions.create(model=model, messages=[{"role": "user", "content": "Hi"}], max_tokens=1)


def measure_repacking(folder: Path) -> None:
    """Print tokens per second with plain and with repacked weights, on one thread."""
    base = _write_random_model(folder / "f32.gguf")
    print(f"\n{'tokens/s':8} {'prefill plain':>14} {'repacked':>9} {'decode plain':>13} {'repacked':>9}")
    for name, kind in _QUANTIZATIONS.items():
        path = folder / f"{name}.gguf"
        params = llama_cpp.llama_model_quantize_default_params()
        params.ftype = kind
        if llama_cpp.llama_model_quantize(str(base).encode(), str(path).encode(), ctypes.byref(params)):
            raise RuntimeError(f"llama.cpp could not quantize to {name}.")
        with ExitStack() as stack:
            plain, repacked = (
                stack.enter_context(_Runner(path, is_repacked=is_repacked)) for is_repacked in (False, True)
            )
            for _ in range(_NUM_TURNS):
                plain.take_turn()
                repacked.take_turn()
            print(
                f"{name:8} {1 / plain.prefill_s:14.0f} {1 / repacked.prefill_s:9.0f} "
                f"{1 / plain.decode_s:13.0f} {1 / repacked.decode_s:9.0f}"
            )


class _Runner(ExitStack):
    """A model with a context of one sequence; keeps the least seconds per token."""

    def __init__(self, path: Path, *, is_repacked: bool) -> None:
        super().__init__()
        self.prefill_s = self.decode_s = float("inf")
        llama = ModelSpec.from_model_name(path).download().load(LoadSettings(is_repacked=is_repacked))
        self.callback(llama.close)
        params = llama_cpp.llama_context_default_params()
        params.n_ctx, params.n_batch, params.n_ubatch = 256, _PREFILL, _PREFILL
        params.n_threads = params.n_threads_batch = 1
        self._context: Any = llama_cpp.llama_init_from_model(llama.model, params)
        self.callback(llama_cpp.llama_free, self._context)
        self._batch = llama_cpp.llama_batch_init(_PREFILL, 0, 1)
        self.callback(llama_cpp.llama_batch_free, self._batch)

    def take_turn(self) -> None:
        """Prefill once and decode eight tokens."""
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self._context), True)
        self.prefill_s = min(self.prefill_s, _time(lambda: self._evaluate(range(_PREFILL))) / _PREFILL)
        for position in range(_PREFILL, _PREFILL + 8):
            one = range(position, position + 1)
            self.decode_s = min(self.decode_s, _time(lambda one=one: self._evaluate(one)))  # type: ignore[misc] # bound now

    def _evaluate(self, positions: range) -> None:
        batch = self._batch
        batch.n_tokens = len(positions)
        for row, position in enumerate(positions):
            batch.token[row], batch.pos[row] = 1 + position % (_NUM_TOKENS - 1), position
            batch.n_seq_id[row], batch.seq_id[row][0] = 1, 0
            batch.logits[row] = position == positions[-1]
        if llama_cpp.llama_decode(self._context, batch):
            raise RuntimeError("llama.cpp could not decode.")


def _write_random_model(path: Path) -> Path:
    """A llama with random weights and a vocabulary of numbered words."""
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(1024)
    writer.add_embedding_length(_WIDTH)
    writer.add_block_count(_NUM_LAYERS)
    writer.add_feed_forward_length(_HIDDEN)
    writer.add_head_count(_NUM_HEADS)
    writer.add_head_count_kv(_NUM_HEADS)
    writer.add_rope_dimension_count(_WIDTH // _NUM_HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list([f"w{number}" for number in range(_NUM_TOKENS)])
    writer.add_token_types([gguf.TokenType.NORMAL] * _NUM_TOKENS)
    writer.add_token_merges(["w 1"])
    random = np.random.default_rng(7)
    for name, shape in _shapes().items():
        scale = 1.0 if len(shape) == 1 else 0.05
        writer.add_tensor(name, random.normal(scale=scale, size=shape).astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _shapes() -> dict[str, tuple[int, ...]]:
    square, vector = (_WIDTH, _WIDTH), (_WIDTH,)
    layer: dict[str, tuple[int, ...]] = {
        **dict.fromkeys(("attn_q", "attn_k", "attn_v", "attn_output"), square),
        **dict.fromkeys(("attn_norm", "ffn_norm"), vector),
        **dict.fromkeys(("ffn_gate", "ffn_up"), (_HIDDEN, _WIDTH)),
        "ffn_down": (_WIDTH, _HIDDEN),
    }
    layers = {f"blk.{number}.{name}": shape for number in range(_NUM_LAYERS) for name, shape in layer.items()}
    outer = {"token_embd": (_NUM_TOKENS, _WIDTH), "output": (_NUM_TOKENS, _WIDTH), "output_norm": vector}
    return {f"{name}.weight": shape for name, shape in {**outer, **layers}.items()}


def _time(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def _resident() -> float:
    """Resident memory of this process in MB."""
    gc.collect()
    return float(psutil.Process().memory_info().rss / 1e6)


if __name__ == "__main__":
    main()
