"""What an engine reports about a request: text, tokens, logprobs, choices and reused prompt tokens."""

import ctypes
from collections.abc import Iterator
from typing import Any

import llama_cpp
import numpy as np
import pytest
from engine_runs import ask, complete, embedded_model_path, open_engine, open_llama, start

from fake_llm_server._engine import ChoiceFinished, Engine, EngineRequest, EngineSettings, TextGenerated
from fake_llm_server._engine.rules import MAX_CHUNK, PREFILL_PER_STEP
from fake_llm_server._seam import Constraint, Sampling

ENDLESS = {0: -100.0, 2: -100.0}
"""A bias against the embedded model's ends, so that it says as much as it may."""

PROMPT = "<|im_start|>user\nName three colours.<|im_end|>\n<|im_start|>assistant\n"


@pytest.fixture(scope="module")
def llama() -> Iterator[llama_cpp.Llama]:
    """The embedded model."""
    with open_llama(embedded_model_path()) as llama:
        yield llama


@pytest.fixture(scope="module")
def engine(llama: llama_cpp.Llama) -> Iterator[Engine]:
    """An engine on it."""
    with open_engine(llama, EngineSettings(num_slots=3, window=1024)) as engine:
        yield engine


def test_the_models_own_end_is_not_counted(engine: Engine) -> None:
    """Words come in order, and an end-of-generation token is neither shown nor counted."""
    words = Constraint("regex", "Red, green or blue")
    run = complete(engine, ask(engine, PROMPT, max_tokens=30, constraint=words, num_top_logprobs=0))
    assert run.text == "Red, green or blue"
    shown = [entry.piece.decode() for entry in run.choices[0].logprobs]
    assert "".join(shown) == run.text
    assert run.choices[0].finished == ChoiceFinished(0, "stop", len(shown))
    assert run.finished.num_generated_tokens == run.choices[0].num_shown == len(shown)


def test_an_answer_is_the_models(llama: llama_cpp.Llama, engine: Engine) -> None:
    """The first word is what the weights, evaluated by themselves, find most probable."""
    request = ask(engine, PROMPT, max_tokens=1, num_top_logprobs=0)
    (entry,) = complete(engine, request).choices[0].logprobs
    logits = _plain_logits(llama, request.prompt)
    assert logits[entry.token_id] == pytest.approx(logits.max(), abs=0.2)


def test_text_comes_while_it_is_generated(engine: Engine) -> None:
    """Each token is told as soon as it is known."""
    run = complete(engine, ask(engine, PROMPT, max_tokens=6, sampling=Sampling(logit_bias={40: 100.0})))
    assert [event.num_tokens for event in run.events if isinstance(event, TextGenerated)] == [1] * 6


def test_a_stop_string_ends_the_text_before_it(engine: Engine) -> None:
    """The text ends where the stop string begins, across token borders, and the string is named."""
    fields: Any = {"max_tokens": 30, "sampling": Sampling(logit_bias=ENDLESS), "num_top_logprobs": 0}
    whole = complete(engine, ask(engine, PROMPT, **fields)).text
    stop = whole[4:9]
    run = complete(engine, ask(engine, PROMPT, stop=("not there", stop), **fields))
    assert run.text == whole[: whole.index(stop)]
    finished = run.choices[0].finished
    assert finished is not None
    assert (finished.reason, finished.stop) == ("stop", stop)
    assert len(run.choices[0].logprobs) == run.choices[0].num_shown


def test_logprobs_are_those_of_the_models_own_distribution(llama: llama_cpp.Llama, engine: Engine) -> None:
    """They agree with the logits that a plain llama.cpp context gives, whatever bends the draw."""
    sampling = Sampling(temperature=2.0, seed=4, top_p=0.5, logit_bias={100: 50.0}, presence_penalty=1)
    request = ask(engine, PROMPT, max_tokens=1, num_top_logprobs=5, sampling=sampling)
    (entry,) = complete(engine, request).choices[0].logprobs
    logits = _plain_logits(llama, request.prompt)
    logprobs = logits - logits.max() - np.log(np.exp(logits - logits.max()).sum())
    assert entry.token_id == 100
    assert entry.logprob == pytest.approx(logprobs[100], abs=0.2)
    best = [alternative.token_id for alternative in entry.alternatives]
    assert logits[best[0]] == pytest.approx(logits.max(), abs=0.2)
    assert [alternative.logprob for alternative in entry.alternatives] == pytest.approx(
        logprobs[best], abs=0.2
    )
    assert entry.piece == engine.vocabulary.piece(100)


def _plain_logits(
    llama: llama_cpp.Llama, prompt: tuple[int, ...]
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    params = llama_cpp.llama_context_default_params()
    params.n_ctx, params.n_threads, params.n_threads_batch = 256, 2, 2
    params.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED
    context = llama_cpp.llama_init_from_model(llama.model, params)
    tokens = (llama_cpp.llama_token * len(prompt))(*prompt)
    assert llama_cpp.llama_decode(context, llama_cpp.llama_batch_get_one(tokens, len(prompt))) == 0
    pointer = llama_cpp.llama_get_logits_ith(context, -1)
    row = ctypes.cast(pointer, ctypes.POINTER(ctypes.c_float * llama.n_vocab())).contents
    logits = np.array(row, dtype=np.float64)
    llama_cpp.llama_free(context)
    return logits


def test_choices_share_one_prefill_and_differ(engine: Engine) -> None:
    """More choices than slots come from one prompt, counted once; each is the same in another run."""
    request = ask(engine, PROMPT, max_tokens=6, num_choices=7, sampling=Sampling(temperature=1.5, seed=1))
    runs = [complete(engine, request) for _ in range(2)]
    assert runs[0].choices == runs[1].choices
    assert len({outcome.text for outcome in runs[0].choices.values()}) > 1
    assert runs[0].finished.num_prompt_tokens == len(request.prompt)
    assert runs[0].finished.num_generated_tokens == sum(
        outcome.finished.num_tokens for outcome in runs[0].choices.values() if outcome.finished
    )


def test_choice_zero_does_not_depend_on_how_many_there_are(engine: Engine) -> None:
    """The first of n choices is the one choice that n = 1 gives."""
    sampling = Sampling(temperature=1.5, seed=1)
    one, many = (
        complete(engine, ask(engine, PROMPT, max_tokens=6, num_choices=number, sampling=sampling))
        for number in (1, 4)
    )
    assert one.choices[0] == many.choices[0]


def test_reports_how_much_of_the_prompt_was_cached(llama: llama_cpp.Llama) -> None:
    """Whole chunks of a former prompt are reused, by requests beside it too, but never a whole prompt."""
    system = tuple(range(1000, 1000 + 3 * MAX_CHUNK + 5))
    with open_engine(llama, EngineSettings(num_slots=4, window=256)) as engine:

        def ask_with(tail: int) -> EngineRequest:
            return EngineRequest(prompt=(*system, tail), max_tokens=2)

        assert complete(engine, ask_with(1)).finished.num_cached_tokens == 0
        runs = [start(engine, ask_with(tail)) for tail in (1, 2, 3)]
        assert [run.wait().finished.num_cached_tokens for run in runs] == [3 * MAX_CHUNK] * 3
        exact = EngineRequest(prompt=system[: 3 * MAX_CHUNK], max_tokens=1)
        assert complete(engine, exact).finished.num_cached_tokens == 2 * MAX_CHUNK


def test_prompts_in_rotation_stay_warm(llama: llama_cpp.Llama) -> None:
    """More prompts than slots are found again, as long as memory allows."""
    prompts = [tuple(range(kind, kind + MAX_CHUNK + 3)) for kind in range(1000, 6000, 1000)]
    with open_engine(llama, EngineSettings(num_slots=1, window=256)) as engine:
        cached = [
            complete(engine, EngineRequest(prompt=prompt, max_tokens=1)).finished.num_cached_tokens
            for prompt in prompts * 2
        ]
    assert cached == [0] * 5 + [MAX_CHUNK] * 5


def test_a_long_prompt_does_not_starve_who_runs(engine: Engine) -> None:
    """Between the parts of a long prompt every running sequence gets a token."""
    events: list[str] = []
    prompt = tuple(range(100, 100 + 3 * PREFILL_PER_STEP))
    running = engine.submit(
        ask(engine, PROMPT, max_tokens=60, sampling=Sampling(logit_bias={40: 100.0})),
        lambda _: events.append("running"),
    )
    while not events:
        pass
    long = start(engine, EngineRequest(prompt=prompt, max_tokens=1))
    num_before = len(events)
    long.wait()
    num_during = len(events) - num_before
    running.cancel()
    assert num_during >= len(prompt) // PREFILL_PER_STEP - 1


def test_the_vocabulary_goes_both_ways(engine: Engine) -> None:
    """Pieces of tokens make up the text again; control tokens are read as such only where asked."""
    text = "Grüße, 世界! 😀"
    tokens = engine.vocabulary.tokenize(text)
    assert b"".join(map(engine.vocabulary.piece, tokens)).decode() == text
    (end,) = engine.vocabulary.tokenize("<|im_end|>")
    assert engine.vocabulary.is_end_of_generation(end)
    assert not engine.vocabulary.is_end_of_generation(tokens[0])
    assert engine.vocabulary.piece(end) == b"<|im_end|>"
    assert len(engine.vocabulary.tokenize("<|im_end|>", parse_special=False)) > 1
    assert max(tokens) < engine.vocabulary.size


def test_the_fingerprint_names_what_an_answer_depends_on(llama: llama_cpp.Llama, engine: Engine) -> None:
    """Equal engines have equal fingerprints, with any number of threads; another window has another."""
    settings = [
        EngineSettings(num_slots=3, window=1024),
        EngineSettings(num_slots=1, window=1024, max_queued=3),
        EngineSettings(num_slots=3, window=1024, num_threads=1),
        EngineSettings(num_slots=3, window=512),
    ]
    fingerprints = []
    for one in settings:
        with open_engine(llama, one) as other:
            fingerprints.append(other.fingerprint)
    assert fingerprints[0] == fingerprints[1] == fingerprints[2] == engine.fingerprint
    assert len(set(fingerprints)) == 2
    assert all(fingerprint.startswith("fp_") for fingerprint in fingerprints)
