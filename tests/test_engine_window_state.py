"""A sliding window's sequence is saved and restored exactly, at every chunk border and in every slot."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import gguf
import llama_cpp
import numpy as np
import pytest
from engine_runs import Run, complete, open_engine, open_llama, start
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from tiny_models import SLIDING_WINDOW, write_tiny_model, write_unique_model

from fake_llm_server._engine import Engine, EngineRequest, EngineSettings
from fake_llm_server._engine.native import NativeContext, NativeModel, Row
from fake_llm_server._engine.rules import MIN_CHUNK
from fake_llm_server._engine.settings import ContextPlan
from fake_llm_server._engine.window_state import UnknownLayoutError, join_pieces, read_piece
from fake_llm_server._seam import Sampling

PROMPT = tuple((i * 7 + i * i) % 250 for i in range(10 * SLIDING_WINDOW + 3))
BORDERS = range(MIN_CHUNK, len(PROMPT), MIN_CHUNK)
SETTINGS = EngineSettings(num_slots=3, window=512)


@pytest.fixture(scope="module", params=["F16", "Q8_0"])
def llama(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[llama_cpp.Llama]:
    """A tiny model with a sliding window. F16 shows each rounding; Q8_0 is decoded in company."""
    kind = gguf.GGMLQuantizationType[request.param]
    with open_llama(write_tiny_model(tmp_path_factory.mktemp("models") / "a.gguf", "gemma3", kind)) as llama:
        yield llama


class Sequences:
    """Sequences of tokens in a context."""

    def __init__(self, llama: llama_cpp.Llama) -> None:
        self.context = NativeContext(NativeModel(llama), ContextPlan(3, 512, 2))

    def prefill(self, slot: int, start: int, end: int) -> bytes:
        """Evaluate the prompt from a border on, chunk by chunk, and return the last token's logits."""
        logits = b""
        while start < end:
            stop = min(start + MIN_CHUNK, end)
            rows = [Row(PROMPT[i], i, slot, wants_logits=i == stop - 1) for i in range(start, stop)]
            (last,) = self.context.evaluate(rows)
            logits, start = last.tobytes(), stop
        return logits

    def finish(self, slot: int, start: int) -> list[bytes]:
        """Prefill the rest of the prompt and decode some tokens; then clear the slot."""
        rows = [self.prefill(slot, start, len(PROMPT))]
        for position in range(len(PROMPT), len(PROMPT) + 6):
            token = int(np.frombuffer(rows[-1], np.float32).argmax())
            rows += [row.tobytes() for row in self.context.evaluate([Row(token, position, slot)])]
        self.context.cut(slot)
        return rows


@pytest.fixture
def sequences(llama: llama_cpp.Llama) -> Iterator[Sequences]:
    """In a context of their own."""
    sequences = Sequences(llama)
    yield sequences
    sequences.context.close()


@pytest.mark.parametrize(("source", "target"), [(0, 0), (0, 2), (2, 1)])
def test_a_restored_sequence_is_the_saved_one_at_every_border(
    sequences: Sequences, source: int, target: int
) -> None:
    """Cut back to any border, it goes on with the bits of a cold run: no logit differs."""
    expected = sequences.finish(source, 0)
    sequences.prefill(source, 0, BORDERS[-1])
    state = sequences.context.save(source)
    sequences.context.cut(source)
    for border in BORDERS:
        sequences.context.restore(target, state)
        sequences.context.cut(target, border)
        assert sequences.finish(target, border) == expected, border


def test_a_sequence_goes_on_after_it_was_saved_at_each_border(sequences: Sequences) -> None:
    """Saving cuts the slot back and restores it, which leaves no trace."""
    expected = sequences.finish(1, 0)
    for border in BORDERS:
        sequences.prefill(1, border - MIN_CHUNK, border)
        sequences.context.save(1)
    assert sequences.finish(1, BORDERS[-1]) == expected


def test_what_llama_cpp_saves_by_itself_lacks_cells(sequences: Sequences) -> None:
    """Those that left the window, though the slot has them. Once this fails, drop `window_state.py`.

    What comes of it differs: on some machines no bit changes until the sequence is cut back.
    """
    sequences.prefill(0, 0, BORDERS[-1])
    by_llama_cpp, by_us = sequences.context._read(0), sequences.context.save(0)
    assert by_llama_cpp.size < by_us.size


REQUESTS = [
    EngineRequest(prompt=(*PROMPT, 5), max_tokens=40, num_top_logprobs=2),
    EngineRequest(prompt=(*PROMPT[:130], 9, 8), max_tokens=40, num_top_logprobs=0, num_choices=3,
                  sampling=Sampling(temperature=1.0, seed=3)),
    EngineRequest(prompt=PROMPT[:96], max_tokens=1, num_top_logprobs=5),
    EngineRequest(prompt=(*PROMPT[:70], 4), max_tokens=30, sampling=Sampling(temperature=0.7, seed=1)),
]  # fmt: skip


def outcomes(runs: Sequence[Run]) -> list[object]:
    """What must be the same each time."""
    return [(run if run.is_over else run.wait()).choices for run in runs]


@pytest.fixture(scope="module")
def expected(llama: llama_cpp.Llama) -> list[object]:
    """The requests' lonely, cold runs."""
    with open_engine(llama, EngineSettings(num_slots=1, window=512, max_prefix_cache_bytes=0)) as engine:
        return [complete(engine, request).choices for request in REQUESTS]


def test_warm_answers_are_the_cold_ones_in_any_company(
    llama: llama_cpp.Llama, expected: list[object]
) -> None:
    """Greedy and sampled tokens and their logprobs, of prefixes much longer than the window, bit for bit."""
    with open_engine(llama, SETTINGS) as engine:
        cold = outcomes([complete(engine, request) for request in REQUESTS])
        together = [start(engine, request) for request in (*REQUESTS, *reversed(REQUESTS))]
        assert outcomes(together) == [*expected, *reversed(expected)]
        num_cached = [run.finished.num_cached_tokens for run in together]
    assert cold == expected
    assert num_cached == [192, 128, 64, 64, 64, 64, 128, 192]


def test_a_cache_smaller_than_a_window_keeps_short_prefixes_alone(
    llama: llama_cpp.Llama, expected: list[object]
) -> None:
    """`max_prefix_cache_bytes` bounds whole states, with every cell of the window."""
    bytes_per_token = NativeModel(llama).kv_bytes_per_token
    settings = EngineSettings(num_slots=3, window=512, max_prefix_cache_bytes=240 * bytes_per_token)
    with open_engine(llama, settings) as engine:
        runs = [complete(engine, request) for request in REQUESTS * 2]
    assert [run.choices for run in runs] == expected * 2
    assert [run.finished.num_cached_tokens for run in runs] == [0, 0, 64, 64, 128, 128, 64, 64]


class StrangeContext(NativeContext):
    """A context of a llama.cpp that lays out states in another way."""

    def save(self, slot: int) -> NDArray[np.uint8]:
        """Find out that it does."""
        read_piece(np.append(super().save(slot), np.uint8(0)), slot)
        raise AssertionError


@pytest.mark.parametrize("llama", ["Q8_0"], indirect=True)
def test_states_of_an_unknown_layout_are_not_used(
    tmp_path: Path, expected: list[object], caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is cached then, each choice prefills its prompt, and the answers are the same."""
    path = write_unique_model(tmp_path / "strange.gguf", "gemma3", gguf.GGMLQuantizationType.Q8_0)
    with open_llama(path) as llama:
        engine = Engine(llama, SETTINGS, create_context=StrangeContext)
        runs = [start(engine, request) for request in REQUESTS * 2]
        assert outcomes(runs) == expected * 2
        engine.close()
    assert {run.finished.num_cached_tokens for run in runs} == {0}
    assert "nothing is cached" in caplog.text


NUM_STREAMS = 3
LAYERS = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4)), max_size=3)


def section(
    positions: range, layers: Sequence[tuple[int, int]], stream: int = 1, *, is_transposed: int = 1
) -> NDArray[np.uint8]:
    """A state as llama.cpp writes it, whose every byte is a function of the position and the layer."""

    def integers(*values: int, dtype: str = "<u4") -> bytes:
        return np.array(values, dtype).tobytes()

    parts = [integers(NUM_STREAMS, *[0] * stream, len(positions))]
    parts += [integers(position, 1, stream) for position in positions]
    parts += [integers(is_transposed, len(layers))]
    for number, (row_bytes, _) in enumerate(layers):
        keys = [bytes((position + number + i) % 256 for i in range(row_bytes)) for position in positions]
        parts += [integers(1), integers(row_bytes, dtype="<u8"), *keys]
    for number, (_, num_rows) in enumerate(layers):
        values = [
            integers(position * 3 + number + i, dtype="<u2")
            for i in range(num_rows)
            for position in positions
        ]
        parts += [integers(1, 2, num_rows), *values]
    parts += [integers(*[0] * (NUM_STREAMS - stream - 1))]
    return np.frombuffer(b"".join(parts), np.uint8)


@given(st.lists(st.integers(0, 60), min_size=2, max_size=6, unique=True), LAYERS, st.integers(0, 2))
def test_pieces_join_to_what_one_read_would_have_been(
    ends: list[int], layers: list[tuple[int, int]], stream: int
) -> None:
    """However the positions were divided, and whatever shapes the layers have."""
    ends.sort()
    pieces = [read_piece(section(range(first, end), layers, stream), stream) for first, end in pairwise(ends)]
    assert [(piece.first, piece.end) for piece in pieces] == list(pairwise(ends))
    assert join_pieces(pieces).tobytes() == section(range(ends[0], ends[-1]), layers, stream).tobytes()


KNOWN = section(range(5, 9), [(4, 2)])
STRANGE = {
    "too short": KNOWN[:-1],
    "too long": np.append(KNOWN, np.uint8(0)),
    "without cells": section(range(0), [(4, 2)]),
    "of another stream": section(range(5, 9), [(4, 2)], stream=2),
    "with values not transposed": section(range(5, 9), [(4, 2)], is_transposed=0),
    "not in the order of positions": section(range(9, 5, -1), [(4, 2)]),
    "with cells of several streams": np.concatenate([KNOWN[:-4], np.array([7], "<u4").view(np.uint8)]),
}


@pytest.mark.parametrize("kind", STRANGE)
def test_other_layouts_are_refused(kind: str) -> None:
    """Rather than read as something that they aren't."""
    with pytest.raises(UnknownLayoutError):
        read_piece(STRANGE[kind], 1)
