"""Lists of objects, such as people with their ages: one row for each of the things that are named.

The values of the row's first parameter part the text; what stands around each is looked at for the others.
Names before the first row, such as a heading (`Guests: …`), are none.
"""

from collections.abc import Mapping, Sequence
from itertools import dropwhile
from typing import Any

from fake_llm_server._text.values.found import Value
from fake_llm_server._text.values.narrowing import says_all
from fake_llm_server._text.values.parameters import Parameter, Schema
from fake_llm_server._text.values.scoring import Fit, assign, fit_value

MAX_ROWS = 12
_ALIKE = 0.35
"""How much less than the best fit that of another row's first value may be."""

_SAID = frozenset({"type", "items", "minItems", "maxItems", "description", "title", "default", "examples"})
"""Keywords of a list beside which rows can be written."""


_BESIDE_NULL = frozenset({"anyOf", "description", "title", "default", "examples"})
"""Keywords of a list that may be null."""


def find_list(own: Any) -> Any:
    """The schema of a list in the one of a list or null, as Pydantic writes it; any other is itself."""
    if isinstance(own, Mapping) and isinstance(own.get("anyOf"), list) and _BESIDE_NULL.issuperset(own):
        others = [each for each in own["anyOf"] if each != {"type": "null"}]
        return others[0] if len(others) == 1 else own
    return own


def can_have_rows(own: Any, row: Schema) -> bool:
    """Whether a schema is that of a list of objects whose properties can be narrowed one by one.

    Args:
        own: the list's, as it stands in its document.
        row: of its items, with references and null taken away: Pydantic refers to each model.
    """
    return (
        isinstance(own, Mapping)
        and own.get("type") == "array"
        and _SAID.issuperset(own)
        and says_all(own["items"], row)
    )


def find_rows(parameters: Sequence[Parameter], values: Sequence[Value]) -> list[dict[tuple[str, ...], Fit]]:
    """What stands in each row; none where the text has no list of such things.

    Args:
        parameters: of the rows.
        values: of the text.
    """
    simple = [
        each for each in parameters if not each.is_list and each.kind in ("string", "integer", "number")
    ]
    names = [each for each in simple if each.kind == "string"]
    for first in names[:1]:
        heads = _find_heads(first, values)
        others = [each for each in simple if each is not first]
        for parts in (_from_heads(heads), _up_to_heads(heads)):
            rows = [
                _find_row(first, head, others, values, part) for head, part in zip(heads, parts, strict=True)
            ]
            whole = list(dropwhile(lambda row: len(row) == 1, rows))
            if len(whole) < len(rows) and len(whole) <= 1:
                continue  # one row is too little to pass over the names before it
            if others and all(len(row) > 1 for row in whole):
                return whole
        if not others and len(heads) > 1:
            return [{first.path: head} for head in heads]
    return []


def _find_heads(first: Parameter, values: Sequence[Value]) -> list[Fit]:
    """The values of the first parameter: those of the kind that fits best."""
    fits = [fit for value in values if (fit := fit_value(first, value))]
    best = max(fits, key=lambda fit: fit.score, default=None)
    if best is None:
        return []
    alike = [fit for fit in fits if fit.value.kind == best.value.kind and fit.score >= best.score - _ALIKE]
    return sorted(alike, key=lambda fit: fit.value.start)[:MAX_ROWS]


_END = 1 << 30


def _from_heads(heads: Sequence[Fit]) -> list[tuple[int, int]]:
    """The parts of the text from each head to the next."""
    starts = [head.value.start for head in heads]
    return list(zip(starts, [*starts[1:], _END], strict=True)) if starts else []


def _up_to_heads(heads: Sequence[Fit]) -> list[tuple[int, int]]:
    """The parts of the text from the head before to each."""
    ends = [head.value.end for head in heads]
    return list(zip([0, *ends[:-1]], ends, strict=True)) if ends else []


def _find_row(
    first: Parameter, head: Fit, others: Sequence[Parameter], values: Sequence[Value], part: tuple[int, int]
) -> dict[tuple[str, ...], Fit]:
    start, end = part
    inside = [value for value in values if start <= value.start < end and not value.overlaps(head.value)]
    return {first.path: head, **assign(others, inside)}
