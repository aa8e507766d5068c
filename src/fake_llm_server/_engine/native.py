"""Every call into llama.cpp: its vocabulary, its model's dimensions and a multi-sequence context.

Nothing is decided here. Return codes become `NativeError`; pointers don't leave this file, except the
vocabulary's for llguidance. A context belongs to the one thread that drives it; a vocabulary to all.
"""

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import llama_cpp
import numpy as np
from llguidance import LLTokenizer
from numpy.typing import NDArray

from fake_llm_server._engine.rope_scaling import scale_positions
from fake_llm_server._engine.rules import FORCED_RUN, MAX_CHUNK
from fake_llm_server._engine.sampling import Logits
from fake_llm_server._engine.settings import ContextPlan
from fake_llm_server._engine.weights_digest import digest_files
from fake_llm_server._engine.window_state import join_pieces, read_piece
from fake_llm_server._errors import ModelLoadError

NUM_BATCH_TOKENS = max(MAX_CHUNK, FORCED_RUN)
"""Most tokens of one sequence in one call; with the slots it bounds the compute buffers."""

_TOKENS_AT_ONCE = 1 << 16
"""Taken over from llama.cpp with the interpreter locked; other threads have their turns between."""

_FATAL_BELOW = -1

_WINDOW_ONLY = llama_cpp.LLAMA_STATE_SEQ_FLAGS_PARTIAL_ONLY
"""Reads of a model with a sliding window its state alone: what a whole read ends with."""

_STATE_HEADER_BYTES = 8
"""Of each read: a mark and the sequence."""


class NativeError(Exception):
    """llama.cpp refused or failed to evaluate.

    Attributes:
        code: what `llama_decode` returned: 1 no room, 2 aborted, -1 bad batch, below -1 fatal.
    """

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code

    @property
    def is_fatal(self) -> bool:
        """Whether the context can't be trusted any more."""
        return self.code < _FATAL_BELOW


@dataclass(frozen=True, slots=True)
class Row:
    """One token to evaluate, at one position of one slot."""

    token_id: int
    position: int
    slot: int
    wants_logits: bool = True


class NativeModel:
    """The weights of a loaded `Llama`: dimensions, identity and vocabulary."""

    def __init__(self, llama: llama_cpp.Llama) -> None:
        self._llama = llama  # keeps the weights alive
        self._model = llama.model
        self._vocab = llama_cpp.llama_model_get_vocab(self._model)
        self.vocabulary_size = int(llama_cpp.llama_vocab_n_tokens(self._vocab))

    @property
    def pointer(self) -> Any:
        """`llama_model *`."""
        return self._model

    @property
    def identity(self) -> str:
        """Names the weights: their content, and how they are laid out."""
        params = self._llama.model_params
        layout = (bool(params.use_extra_bufts), int(params.n_gpu_layers))
        return f"{digest_files(self._find_files())}:{layout}"

    def _find_files(self) -> list[Path]:
        """All parts of a model that is split; llama.cpp prescribes their names."""
        path, count = Path(self._llama.model_path), int(self._llama.metadata.get("split.count", 0))
        head, is_split, tail = path.name.rpartition(f"-00001-of-{count:05}")
        if not is_split:
            return [path]
        return [path.with_name(f"{head}-{number:05}-of-{count:05}{tail}") for number in range(1, count + 1)]

    @property
    def width(self) -> int:
        """Activations of one token between layers."""
        return int(llama_cpp.llama_model_n_embd(self._model))

    @property
    def num_layers(self) -> int:
        """Transformer blocks."""
        return int(llama_cpp.llama_model_n_layer(self._model))

    @property
    def num_trained(self) -> int:
        """Tokens of context that the model was trained for, as its file says.

        llama.cpp changes its own number for all contexts, once one of them is scaled by YaRN.
        """
        told = self._int_metadata("context_length", 0)
        return told or int(llama_cpp.llama_model_n_ctx_train(self._model))

    @property
    def rope_type(self) -> int:
        """llama.cpp's kind of the model's positions."""
        return int(llama_cpp.llama_model_rope_type(self._model))

    @property
    def trained_rope_scale(self) -> float:
        """Factor of positions that the model was trained with; 1 is unscaled."""
        return float(llama_cpp.llama_model_rope_freq_scale_train(self._model))

    @property
    def can_cut(self) -> bool:
        """Whether a sequence can be cut back to an earlier position; a recurrent state has none."""
        return not (
            llama_cpp.llama_model_is_recurrent(self._model) or llama_cpp.llama_model_is_hybrid(self._model)
        )

    @property
    def has_sliding_window(self) -> bool:
        """Whether some layers see the last tokens alone."""
        return int(llama_cpp.llama_model_n_swa(self._model)) > 0

    @property
    def kv_bytes_per_token(self) -> int:
        """Keys and values of one token in all layers, at 16 bits each."""
        num_heads = max(1, int(llama_cpp.llama_model_n_head(self._model)))
        num_kv_heads = int(llama_cpp.llama_model_n_head_kv(self._model))
        width = self.width // num_heads
        keys = self._int_metadata("attention.key_length", width)
        values = self._int_metadata("attention.value_length", width)
        return 2 * self.num_layers * num_kv_heads * (keys + values)

    def _int_metadata(self, name: str, default: int) -> int:
        architecture = self._llama.metadata.get("general.architecture", "")
        return int(self._llama.metadata.get(f"{architecture}.{name}", default))

    def tokenize(self, text: str, *, add_special: bool, parse_special: bool) -> tuple[int, ...]:
        """Token ids of `text`; see `llama_tokenize`."""
        data = text.encode("utf-8")
        capacity = len(data) + 2
        while True:
            tokens = (llama_cpp.llama_token * capacity)()
            count = llama_cpp.llama_tokenize(
                self._vocab, data, len(data), tokens, capacity, add_special, parse_special
            )
            if count >= 0:
                starts = range(0, count, _TOKENS_AT_ONCE)
                return tuple(chain.from_iterable(tokens[i : min(i + _TOKENS_AT_ONCE, count)] for i in starts))
            capacity = -count

    @property
    def always_keeps_text(self) -> bool:
        """Whether the tokens of a text have all of its bytes: some tokenizers drop white space or accents."""
        kind = llama_cpp.llama_vocab_type(self._vocab)
        return kind in (llama_cpp.LLAMA_VOCAB_TYPE_SPM, llama_cpp.LLAMA_VOCAB_TYPE_BPE)

    def piece(self, token_id: int, *, shows_control: bool) -> bytes:
        """A token's bytes; those of a control token only if asked."""
        capacity = 64
        while True:
            buffer = ctypes.create_string_buffer(capacity)
            count = llama_cpp.llama_token_to_piece(self._vocab, token_id, buffer, capacity, 0, shows_control)
            if count >= 0:
                return buffer.raw[:count]
            capacity = -count

    def is_end_of_generation(self, token_id: int) -> bool:
        """Whether the token ends an answer."""
        return bool(llama_cpp.llama_vocab_is_eog(self._vocab, token_id))

    def is_control(self, token_id: int) -> bool:
        """Whether the token steers the model and is no text, such as a turn's mark."""
        return bool(llama_cpp.llama_vocab_is_control(self._vocab, token_id))

    def create_constraint_tokenizer(self) -> LLTokenizer:
        """The vocabulary as llguidance sees it; takes some 0.1 s for 50 000 tokens.

        `llguidance.llamacpp` does the same by calls that llama_cpp has deprecated.
        """
        tokens, ends = self.read_vocabulary()
        create: Any = LLTokenizer.from_llamacpp  # type: ignore[attr-defined] # missing in llguidance's stub
        tokenizer: LLTokenizer = create(
            tokens=tokens,
            vocab_ptr=self._vocab,
            tokenize_fptr=ctypes.cast(llama_cpp.llama_cpp._lib.llama_tokenize, ctypes.c_void_p).value,  # noqa: SLF001 - no public name has the function's address
            eos_token=ends,
        )
        return tokenizer

    def read_vocabulary(self) -> tuple[list[bytes], list[int]]:
        """The bytes of all tokens as llguidance wants them, and the tokens that end an answer, best first."""
        ids = range(self.vocabulary_size)
        ends = [token_id for token_id in ids if self.is_end_of_generation(token_id)]
        preferred = int(llama_cpp.llama_vocab_eos(self._vocab))
        pieces = [self._constraint_piece(token_id) for token_id in ids]
        return pieces, sorted(ends, key=lambda token_id: token_id != preferred)

    def _constraint_piece(self, token_id: int) -> bytes:
        """A token's bytes; a leading 0xFF tells llguidance that it is no text."""
        piece = self.piece(token_id, shows_control=True)
        return b"\xff" + piece if self.is_control(token_id) else piece


class NativeContext:
    """A context with one KV stream for each slot.

    Flash attention is off and KV isn't unified: the rules of reproducibility ask for it (`rules.py`).
    """

    def __init__(self, model: NativeModel, plan: ContextPlan) -> None:
        self._model = model
        params = llama_cpp.llama_context_default_params()
        params.n_ctx = plan.num_cells
        params.n_seq_max = plan.num_slots
        params.n_batch = params.n_ubatch = max(NUM_BATCH_TOKENS, plan.num_slots)
        params.n_threads = params.n_threads_batch = plan.num_threads
        params.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED
        params.kv_unified = False
        params.swa_full = True  # a sliding window's cache couldn't be cut back
        params.no_perf = True
        if plan.rope_scaling != "none":
            scale_positions(
                params,
                plan.rope_scaling,
                window=plan.window,
                num_trained=model.num_trained,
                rope_type=model.rope_type,
                trained_scale=model.trained_rope_scale,
            )
        self._context = llama_cpp.llama_init_from_model(model.pointer, params)
        if not self._context:
            raise ModelLoadError(
                f"llama.cpp could not create a context of {plan.num_slots} slots with {plan.window} tokens "
                f"({plan.num_cells * model.kv_bytes_per_token} bytes of KV): lower num_slots or window."
            )
        self._memory = llama_cpp.llama_get_memory(self._context)
        self._batch = llama_cpp.llama_batch_init(params.n_batch, 0, 1)
        self._row_type = ctypes.c_float * model.vocabulary_size

    def evaluate(self, rows: Sequence[Row]) -> list[Logits]:
        """Evaluate rows in one call.

        Returns:
            For each row that wants them, its logits, in order: views that die with the next call.

        Raises:
            NativeError: llama.cpp returned an error.
        """
        batch = self._batch
        batch.n_tokens = len(rows)
        for index, row in enumerate(rows):
            batch.token[index] = row.token_id
            batch.pos[index] = row.position
            batch.n_seq_id[index] = 1
            batch.seq_id[index][0] = row.slot
            batch.logits[index] = row.wants_logits
        code = self.decode(batch)
        if code != 0:
            raise NativeError(f"llama_decode returned {code} for {len(rows)} tokens", code)
        return [self._logits(index) for index, row in enumerate(rows) if row.wants_logits]

    def decode(self, batch: llama_cpp.llama_batch) -> int:
        """Have llama.cpp evaluate a batch, and return its code. Tests override this to inject faults."""
        return int(llama_cpp.llama_decode(self._context, batch))

    def _logits(self, index: int) -> Logits:
        pointer = llama_cpp.llama_get_logits_ith(self._context, index)
        address = ctypes.cast(pointer, ctypes.c_void_p).value
        if address is None:
            raise NativeError(f"llama.cpp has no logits for row {index}", _FATAL_BELOW - 1)
        return np.ctypeslib.as_array(self._row_type.from_address(address))

    def set_num_threads(self, count: int) -> None:
        """Use so many threads from the next call on."""
        llama_cpp.llama_set_n_threads(self._context, count, count)

    def cut(self, slot: int, num_kept: int = 0) -> None:
        """Forget a slot's tokens from position `num_kept` on.

        Raises:
            NativeError: the model's state can't be cut there.
        """
        if not llama_cpp.llama_memory_seq_rm(self._memory, slot, num_kept, -1):
            raise NativeError(f"llama.cpp can't cut slot {slot} back to {num_kept} tokens", _FATAL_BELOW - 1)

    def save(self, slot: int) -> NDArray[np.uint8]:
        """Copy a slot's state, exactly.

        Raises:
            UnknownLayoutError: a sliding window's state isn't laid out as expected; the slot is unchanged.
        """
        state = self._read(slot)
        return self._complete(slot, state) if self._model.has_sliding_window else state

    def _complete(self, slot: int, state: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Add the cells that the last position doesn't see to a state.

        The slot still has them. They are read by cutting it back, after which it is restored.
        """
        num_other = state.size - self._size(slot, _WINDOW_ONLY) + _STATE_HEADER_BYTES
        pieces = [read_piece(state[num_other:], slot)]
        if pieces[0].first == 0:
            return state
        while pieces[0].first > 0:
            self.cut(slot, pieces[0].first)
            pieces.insert(0, read_piece(self._read(slot, _WINDOW_ONLY)[_STATE_HEADER_BYTES:], slot))
        whole = np.concatenate([state[:num_other], join_pieces(pieces)])
        self.restore(slot, whole)
        return whole

    def _size(self, slot: int, flags: int) -> int:
        return int(llama_cpp.llama_state_seq_get_size_ext(self._context, slot, flags))

    def _read(self, slot: int, flags: int = llama_cpp.LLAMA_STATE_SEQ_FLAGS_NONE) -> NDArray[np.uint8]:
        state = np.empty(self._size(slot, flags), dtype=np.uint8)
        num_read = llama_cpp.llama_state_seq_get_data_ext(
            self._context, _bytes_at(state), state.size, slot, flags
        )
        if num_read != state.size:
            raise NativeError(f"llama.cpp could not copy the state of slot {slot}", _FATAL_BELOW - 1)
        return state

    def restore(self, slot: int, state: NDArray[np.uint8]) -> None:
        """Give a slot a saved state instead of its own."""
        if (
            llama_cpp.llama_state_seq_set_data(self._context, _bytes_at(state), state.size, slot)
            != state.size
        ):
            raise NativeError(f"llama.cpp could not restore the state of slot {slot}", _FATAL_BELOW - 1)

    def copy(self, source: int, target: int, num_tokens: int) -> None:
        """Give a slot the first tokens of another one, exactly."""
        self.restore(target, self.save(source))
        self.cut(target, num_tokens)

    def close(self) -> None:
        """Free the context; it can't be used afterwards."""
        llama_cpp.llama_batch_free(self._batch)
        llama_cpp.llama_free(self._context)


def _bytes_at(state: NDArray[np.uint8]) -> Any:
    return state.ctypes.data_as(ctypes.POINTER(ctypes.c_uint8))
