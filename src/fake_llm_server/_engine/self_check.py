"""Finds out whether a model's decode gives a sequence the same bits alone and in company."""

import threading

from fake_llm_server._engine.native import NativeContext, NativeModel, Row

_NUM_COMPARED = 8192
"""Activations to compare at least, per row: a rounding that depends on the batch shows in one of some
hundred. A real model has as many in one token; only tiny ones need more rounds."""

_verdicts: dict[str, bool] = {}
_lock = threading.Lock()


def is_batch_exact(context: NativeContext, model: NativeModel, num_slots: int, num_threads: int) -> bool:
    """Whether every row of a batch has the bits that it has alone, for each number of rows.

    The verdict is remembered for the process, so that another engine on the same weights costs nothing.

    Args:
        context: of the model, with all slots empty; it is left so.
        model: whose kernels are in question.
        num_slots: of the context.
        num_threads: of the context.
    """
    key = f"{model.identity}:{num_slots}:{num_threads}"
    with _lock:
        if key not in _verdicts:
            num_rounds = 1 + _NUM_COMPARED // (model.width * model.num_layers)
            _verdicts[key] = all(
                _is_round_exact(context, _pick_tokens(model.vocabulary_size, num_slots, number))
                for number in range(num_rounds)
            )
        return _verdicts[key]


def _pick_tokens(vocabulary_size: int, num_slots: int, number: int) -> list[tuple[int, int]]:
    """Two tokens for each slot, others in each round."""
    stride = vocabulary_size // (2 * num_slots + 1) + 1
    first = [(number * 31 + 2 * slot * stride) % vocabulary_size for slot in range(num_slots)]
    return [(token, (token + stride) % vocabulary_size) for token in first]


def _is_round_exact(context: NativeContext, tokens: list[tuple[int, int]]) -> bool:
    """Decode one row in each slot alone, then the first two slots together, three, and so on."""
    context.evaluate([Row(first, 0, slot, wants_logits=False) for slot, (first, _) in enumerate(tokens)])
    rows = [Row(second, 1, slot) for slot, (_, second) in enumerate(tokens)]
    alone = [_evaluate(context, [row])[0] for row in rows]
    is_exact = all(_evaluate(context, rows[:size]) == alone[:size] for size in range(2, len(rows) + 1))
    for row in rows:
        context.cut(row.slot)
    return is_exact


def _evaluate(context: NativeContext, rows: list[Row]) -> list[bytes]:
    logits = [row.tobytes() for row in context.evaluate(rows)]
    for row in rows:
        context.cut(row.slot, row.position)
    return logits
