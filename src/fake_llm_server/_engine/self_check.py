"""Finds out what changes logits on this machine: company, the number of threads, a restored state."""

import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from fake_llm_server._engine.kept_facts import find_cache_folder, keep_fact, load_facts
from fake_llm_server._engine.native import NUM_BATCH_TOKENS, NativeContext, NativeModel, Row
from fake_llm_server._engine.window_state import UnknownLayoutError

logger = logging.getLogger(__name__)

_NUM_COMPARED = 8192
"""Activations to compare at least, per row: a rounding that depends on the batch shows in one of some
hundred. A real model has as many in one token; only tiny ones need more rounds."""


@dataclass(frozen=True, slots=True)
class Exactness:
    """What may vary without changing a bit.

    Attributes:
        in_company: whether a sequence's logits are the same alone and beside others. What can't be cut back
            isn't tried.
        at_any_thread_count: whether one thread computes what all threads do.
        when_restored: whether a sequence goes on in another slot as in the one whose state was saved.
    """

    in_company: bool
    at_any_thread_count: bool
    when_restored: bool


NOTHING_IS_EXACT = Exactness(in_company=False, at_any_thread_count=False, when_restored=False)

_verdicts: dict[str, Exactness] = {}
_FILE_NAME = "exactness.json"
_NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a verdict holds for.

    Attributes:
        fingerprint: of weights, build, libraries and the number of threads.
        num_slots: of the context.
        num_threads: of the context.
        is_remembered: whether a verdict that was found before is taken; else the check is made again.
    """

    fingerprint: str
    num_slots: int
    num_threads: int
    is_remembered: bool = True

    @property
    def key(self) -> str:
        """Equal for equal verdicts."""
        return f"{self.fingerprint}:{self.num_slots}"


class CheckInterruptedError(Exception):
    """The check was to stop; nothing is known yet."""


def check_exactness(
    context: NativeContext,
    model: NativeModel,
    conditions: Conditions,
    should_stop: Callable[[], bool] = lambda: False,
) -> Exactness:
    """Compare logits bit for bit: each row alone, in company of every number, and with one thread.

    The verdict is remembered, in the process and for the next one (`kept_facts.py`). Two that check at once
    don't wait for each other; their verdicts are the same.

    Args:
        context: of the model, with all slots empty; it is left so.
        model: whose kernels are in question.
        conditions: of the context.
        should_stop: asked before each evaluation.

    Raises:
        CheckInterruptedError: `should_stop` said so.
        NativeError: llama.cpp failed.
    """
    key, file = conditions.key, find_cache_folder() / _FILE_NAME
    verdict = _recall(key, file) if conditions.is_remembered else None
    if verdict is None:
        verdict = _check(context, model, conditions, should_stop)
        keep_fact(file, key, _write_verdict(verdict))
    _verdicts[key] = verdict
    return verdict


def _recall(key: str, file: Path) -> Exactness | None:
    return _verdicts.get(key) or _read_verdict(load_facts(file).get(key, ""))


def _write_verdict(verdict: Exactness) -> str:
    return " ".join(name for name, is_exact in asdict(verdict).items() if is_exact) or _NOTHING


def _read_verdict(kept: str) -> Exactness | None:
    """A verdict as it was written; None for anything else."""
    found = set(kept.split()) - {_NOTHING}
    names = {field.name for field in fields(Exactness)}
    return Exactness(**{name: name in found for name in names}) if kept and found <= names else None


def _check(
    context: NativeContext, model: NativeModel, conditions: Conditions, should_stop: Callable[[], bool]
) -> Exactness:
    num_slots, num_threads = conditions.num_slots, conditions.num_threads
    try:
        return _compare(_Probe(context, should_stop), model, num_slots, num_threads)
    except CheckInterruptedError:
        context.set_num_threads(num_threads)
        for slot in range(num_slots):
            context.cut(slot)
        raise


def _compare(probe: "_Probe", model: NativeModel, num_slots: int, num_threads: int) -> Exactness:
    num_rounds = 1 + _NUM_COMPARED // (model.width * model.num_layers)
    tokens = [_pick_tokens(model.vocabulary_size, num_slots, number) for number in range(num_rounds)]
    return Exactness(
        in_company=model.can_cut
        and all(_is_exact_in_company(probe, round_tokens) for round_tokens in tokens),
        at_any_thread_count=_is_exact_at_any_thread_count(probe, tokens, num_threads),
        when_restored=_is_exact_when_restored(probe, model, tokens[0]),
    )


class _Probe:
    """A context that can be told to stop between two evaluations."""

    def __init__(self, context: NativeContext, should_stop: Callable[[], bool]) -> None:
        self.context = context
        self._should_stop = should_stop

    def evaluate(self, rows: list[Row]) -> list[bytes]:
        """The bits of each row's logits."""
        if self._should_stop():
            raise CheckInterruptedError
        return [row.tobytes() for row in self.context.evaluate(rows)]


def _pick_tokens(vocabulary_size: int, num_slots: int, number: int) -> list[tuple[int, int]]:
    """Two tokens for each slot, others in each round."""
    stride = vocabulary_size // (2 * num_slots + 1) + 1
    first = [(number * 31 + 2 * slot * stride) % vocabulary_size for slot in range(num_slots)]
    return [(token, (token + stride) % vocabulary_size) for token in first]


def _is_exact_in_company(probe: _Probe, tokens: list[tuple[int, int]]) -> bool:
    """Decode one row in each slot alone, then the first two slots together, three, and so on."""
    rows = _begin(probe, tokens)
    alone = [_evaluate(probe, [row])[0] for row in rows]
    is_exact = all(_evaluate(probe, rows[:size]) == alone[:size] for size in range(2, len(rows) + 1))
    _clear(probe, rows)
    return is_exact


def _is_exact_at_any_thread_count(
    probe: _Probe, rounds: list[list[tuple[int, int]]], num_threads: int
) -> bool:
    """Prefill and decode the first slots' tokens with each number of threads."""
    found = set()
    for count in range(1, num_threads + 1):
        probe.context.set_num_threads(count)
        logits = []
        for tokens in rounds:
            rows = _prompt_rows(tokens)
            logits += probe.evaluate(rows)
            logits += probe.evaluate([Row(tokens[0][0], len(rows), 0)])
            probe.context.cut(0)
        found.add(b"".join(logits))
    return len(found) == 1


def _is_exact_when_restored(probe: _Probe, model: NativeModel, tokens: list[tuple[int, int]]) -> bool:
    """Continue the first slot, and the last one with the first one's state.

    Full attention is always exact. A window beside a recurrent state never is: its cells are put together
    by cutting back.
    """
    if model.can_cut != model.has_sliding_window:
        return model.can_cut
    *prompt, following = _prompt_rows(tokens)
    context = probe.context
    probe.evaluate(prompt)
    try:
        state = context.save(0)
    except UnknownLayoutError as error:
        logger.warning("States can't be saved exactly (%s): nothing is cached or shared", error)
        context.cut(0)
        return False
    continued = probe.evaluate([following])[0]
    context.cut(0)
    last = replace(following, slot=len(tokens) - 1)
    context.restore(last.slot, state)
    restored = probe.evaluate([last])[0]
    context.cut(last.slot)
    return restored == continued


def _prompt_rows(tokens: list[tuple[int, int]]) -> list[Row]:
    """All tokens in the first slot, as many as a call takes."""
    return [Row(token, position, 0) for position, token in enumerate(sum(tokens, ())[:NUM_BATCH_TOKENS])]


def _begin(probe: _Probe, tokens: list[tuple[int, int]]) -> list[Row]:
    """Put each slot's first token into its KV, and return rows with the second ones."""
    probe.evaluate([Row(first, 0, slot, wants_logits=False) for slot, (first, _) in enumerate(tokens)])
    return [Row(second, 1, slot) for slot, (_, second) in enumerate(tokens)]


def _evaluate(probe: _Probe, rows: list[Row]) -> list[bytes]:
    logits = probe.evaluate(rows)
    for row in rows:
        probe.context.cut(row.slot, row.position)
    return logits


def _clear(probe: _Probe, rows: list[Row]) -> None:
    for row in rows:
        probe.context.cut(row.slot)
