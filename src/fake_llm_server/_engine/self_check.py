"""Finds out whether a model's decode gives a sequence the same bits alone and in company."""

import threading

from fake_llm_server._engine.native import NativeContext, Row

_verdicts: dict[str, bool] = {}
_lock = threading.Lock()


def is_batch_exact(context: NativeContext, weights: str, num_slots: int, vocabulary_size: int) -> bool:
    """Whether every row of a batch has the bits that it has alone, for each number of rows.

    The verdict is remembered for the process, so that another engine on the same weights costs nothing.

    Args:
        context: with all slots empty; it is left so.
        weights: names the weights and whatever else the verdict depends on.
        num_slots: of the context.
        vocabulary_size: of the model.
    """
    key = f"{weights}:{num_slots}"
    with _lock:
        if key not in _verdicts:
            _verdicts[key] = _compare(context, num_slots, vocabulary_size)
        return _verdicts[key]


def _compare(context: NativeContext, num_slots: int, vocabulary_size: int) -> bool:
    """Decode one row in each slot alone, then the first two slots together, three, and so on."""
    tokens = [(2 * slot + 1) * vocabulary_size // (2 * num_slots) for slot in range(num_slots)]
    context.evaluate([Row(token, 0, slot, wants_logits=False) for slot, token in enumerate(tokens)])
    rows = [Row(token // 2, 1, slot) for slot, token in enumerate(tokens)]
    alone = [_evaluate(context, [row])[0] for row in rows]
    sizes = range(2, num_slots + 1)
    is_exact = all(_evaluate(context, rows[:size]) == alone[:size] for size in sizes)
    for slot in range(num_slots):
        context.cut(slot)
    return is_exact


def _evaluate(context: NativeContext, rows: list[Row]) -> list[bytes]:
    logits = [row.tobytes() for row in context.evaluate(rows)]
    for row in rows:
        context.cut(row.slot, row.position)
    return logits
