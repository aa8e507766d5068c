"""Finds the schemas that no finite text satisfies: a fixpoint over the states of the normal form.

A state's rank is the depth of its shallowest value; one without a rank has none.
"""

from collections.abc import Mapping
from fractions import Fraction
from math import ceil, floor, inf
from typing import Any

from fake_llm_server._schema.forms import (
    Form,
    ListForm,
    NumberForm,
    ObjectForm,
    StateKey,
    StringForm,
)
from fake_llm_server._schema.normal_form import ROOT, Choice, NormalForm, normalize
from fake_llm_server._schema.references import UnreadSchemaError

Ranks = Mapping[StateKey, float]
"""The depth of each state's shallowest value; infinite if it has none."""

_MAX_PROPERTIES = 1000


def has_finite_text(schema: Any, root: Any = None) -> bool:
    """Whether some finite text may satisfy a schema; true also of one that isn't understood.

    Patterns and formats are taken to be satisfiable: only what makes grammars knows them.

    Args:
        schema: any JSON schema.
        root: the whole schema that it stands in; itself by default.
    """
    try:
        return find_ranks(normalize(schema, root))[ROOT] < inf
    except UnreadSchemaError:
        return True


def find_ranks(normal: NormalForm) -> dict[StateKey, float]:
    """The ranks of all states."""
    ranks = dict.fromkeys(normal.states, inf)
    order = list(reversed(normal.states))
    has_changed = True
    while has_changed:
        has_changed = False
        for key in order:
            rank = min((rank_choice(choice, ranks) for choice in normal.states[key]), default=inf)
            if rank < ranks[key]:
                ranks[key], has_changed = rank, True
    return ranks


def rank_choice(choice: Choice, ranks: Ranks) -> float:
    """The depth of the shallowest value of one form."""
    return 1 + max(needed_ranks(choice.form, ranks), default=0)


def needed_ranks(form: Form, ranks: Ranks) -> list[float]:
    """The ranks of what every value of a form has inside of it; an infinite one if it has no value."""
    match form:
        case ListForm():
            return [ranks[key] for key in needed_items(form)] if _is_range(form) else [inf]
        case ObjectForm():
            return _needed_properties(form, ranks)
        case StringForm():
            return [] if form.max_length is None or form.min_length <= form.max_length else [inf]
        case NumberForm():
            return [] if has_number(form) else [inf]
    return []


def needed_items(form: ListForm) -> list[StateKey]:
    """The states of the items that a list can't do without; that of repeated ones once."""
    prefix = list(form.prefix[: form.min_items])
    return [*prefix, form.items] if form.min_items > len(form.prefix) else prefix


def _is_range(form: ListForm) -> bool:
    return form.max_items is None or form.min_items <= form.max_items


def _needed_properties(form: ObjectForm, ranks: Ranks) -> list[float]:
    """The required ones, and the shallowest of the others as far as there must be more."""
    if form.max_properties is not None and form.max_properties < max(form.min_properties, len(form.required)):
        return [inf]
    needed = [ranks[form.properties[name]] for name in form.required]
    more = [ranks[key] for key in needed_others(form, ranks)]
    return [*needed, *more] if len(needed) + len(more) >= form.min_properties else [inf]


def needed_others(form: ObjectForm, ranks: Ranks) -> list[StateKey]:
    """The states of the shallowest properties that an object has beside the required ones, as it has to."""
    num_more = max(0, form.min_properties - len(form.required))
    if num_more > _MAX_PROPERTIES:
        raise UnreadSchemaError("So many properties aren't counted.")
    named = [key for name, key in form.properties.items() if name not in form.required]
    open_ones = [*form.patterns.values(), *([] if form.additional is None else [form.additional])]
    # Where one name is open, any number are.
    shallowest = sorted([*named, *(key for key in open_ones for _ in range(num_more))], key=ranks.__getitem__)
    return shallowest[:num_more]


def has_number(form: NumberForm) -> bool:
    """Whether a number lies between the bounds that is a multiple."""
    if form.low is None or form.high is None:
        return True
    step = form.multiple or (Fraction(1) if form.is_integer else None)
    if form.is_integer and step is not None:
        step = Fraction(step.numerator)  # the least multiple that is whole
    (low, no_low), (high, no_high) = form.low, form.high
    if step is None:
        return low < high or (low == high and not no_low and not no_high)
    first = floor(low / step) + 1 if no_low else ceil(low / step)
    last = ceil(high / step) - 1 if no_high else floor(high / step)
    return first <= last
