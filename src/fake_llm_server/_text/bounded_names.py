"""Settles which properties an object has where its schema bounds their number.

llguidance counts properties only where all that are named are required. So the count is met by names: some of
the optional ones become required, and some are left out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fake_llm_server._schema import ObjectForm, StateKey


@dataclass(frozen=True, slots=True)
class Names:
    """The properties that an object has.

    Attributes:
        required: names that it has.
        optional: names that it may have.
        num_more: how many it has without a name in the schema, at least.
    """

    required: list[str]
    optional: list[str]
    num_more: int


def settle_names(
    form: ObjectForm, ranks: Mapping[StateKey, float], is_left_out: Callable[[StateKey], bool]
) -> Names:
    """The properties that objects of a form have.

    Those that it needs are the shallowest ones, as `needed_others` finds them.

    Args:
        form: of objects.
        ranks: the depth of each state's shallowest value; infinite where it has none.
        is_left_out: whether a property is left out if that can be helped.
    """
    required = list(form.required)
    possible = [
        name
        for name, key in form.properties.items()
        if name not in form.required and ranks[key] < float("inf")
    ]
    open_ones = [*form.patterns.values(), *([] if form.additional is None else [form.additional])]
    open_rank = min((ranks[key] for key in open_ones), default=float("inf"))
    by_depth = sorted(possible, key=lambda name: ranks[form.properties[name]])
    shallow = [name for name in by_depth if ranks[form.properties[name]] <= open_rank]
    required += shallow[: max(0, form.min_properties - len(required))]
    num_more = max(0, form.min_properties - len(required))
    if num_more:
        return Names(required, [], num_more)
    optional = [name for name in possible if name not in required and not is_left_out(form.properties[name])]
    if form.max_properties is not None:
        optional = optional[: max(0, form.max_properties - len(required))]
    return Names(required, optional, 0)
