"""Filters of calls, and what an assertion says when no call passes them."""

from collections.abc import Callable
from typing import Any, Unpack

from fake_llm_server._controls.conditions import Condition, Conditions, Pattern, write_conditions, write_words
from fake_llm_server._controls.entry_words import summarize
from fake_llm_server._controls.received_call import ReceivedCall, Source
from fake_llm_server._errors import ConfigurationError

_MAX_NEAR = 5


class CallFilters(Conditions, total=False):
    """What a filter may ask of a call: what a rule may, and how it was answered."""

    status: int
    source: Source


def list_filters(user: Pattern | None = None, **conditions: Unpack[CallFilters]) -> tuple[Condition, ...]:
    """The conditions of a filter.

    Raises:
        ConfigurationError: one is none.
    """
    known = CallFilters.__annotations__
    for name in conditions.keys() - known.keys():
        raise ConfigurationError(f"Calls have no condition {name!r}; there are user, {', '.join(known)}.")
    asked: dict[str, Any] = dict(conditions)
    status, source = asked.pop("status", None), asked.pop("source", None)
    return (
        *write_conditions(user, **asked),
        *([] if status is None else [_compare("status", status, lambda call: call.status)]),
        *([] if source is None else [_compare("source", source, lambda call: call.source)]),
    )


def _compare(name: str, wanted: object, find: Callable[[ReceivedCall], object]) -> Condition:
    return Condition(name, wanted, lambda call: find(call) == wanted, find)


def word_miss(
    calls: tuple[ReceivedCall, ...], filters: tuple[Condition, ...], *, num_found: int, times: int | None
) -> str:
    """What an assertion says that wanted `times` such calls, and found another number of them.

    Args:
        calls: all that came.
        filters: what was asked of them.
        num_found: calls that passed the filters.
        times: how many were wanted; None is any number but 0.
    """
    words = ", ".join(write_words(filters))
    wanted = f"call with {words}" if words else "call"
    begin = f"No {wanted} came"
    if num_found:
        often = "once" if num_found == 1 else f"{num_found} times"
        begin = f"A {wanted} came {often}, and not {times} times"
    if not calls:
        return f"{begin}: there was no call at all."
    unmet = [([each.describe_miss(call) for each in filters if not each.holds(call)], call) for call in calls]
    nearest = sorted(range(len(unmet)), key=lambda number: len(unmet[number][0]))[:_MAX_NEAR]
    lines = [_word_near(*unmet[number]) for number in sorted(nearest)]
    which = f"the {len(lines)} nearest of {len(calls)} calls" if len(lines) < len(calls) else "these calls"
    return "\n    ".join([f"{begin}; {which} came:", *lines])


def _word_near(unmet: list[str], call: ReceivedCall) -> str:
    return f"{summarize(call)} (wanted {'; '.join(unmet)})" if unmet else summarize(call)
