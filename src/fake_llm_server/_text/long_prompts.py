"""Shortens a request whose prompt is too long, until it fits. Pure: how tokens are counted is given.

In this order, each as little as is enough, and as far as it goes before the next begins:

1. the descriptions of tools, and of their parameters,
2. the middle of the longest texts, down to `MIN_TEXT` characters,
3. the oldest turns: a question goes with its answers, and a call with its result,
4. the middle of what is left, down to `MIN_LAST_TEXT` characters,
5. the parameters of tools, to their names and types, and then to nothing.

Instructions at the beginning, the last question and the last turn always stay, the ends of their texts too.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from fake_llm_server._seam import GenerationRequest, LeftOut, Turn
from fake_llm_server._text.shortening import (
    NUM_DESCRIPTION_LEVELS,
    NUM_TOOL_LEVELS,
    TEXT_MARK,
    shorten_tool,
    shorten_turn,
)

MIN_TEXT = 1_000
"""Characters that a text keeps as long as there are turns to drop."""

MIN_LAST_TEXT = 4 * len(TEXT_MARK)
"""Characters that a text keeps in any case."""

_STEP = 1.05
"""Between a limit of a text's length and the next smaller one; finer limits only cost time."""

_INSTRUCTING_ROLES = ("system", "developer")


@dataclass(frozen=True, slots=True)
class Cuts:
    """How much of a request is left out.

    Attributes:
        tool_level: see `shorten_tool`.
        max_text: characters of each text; None is unlimited.
        num_steps: of the oldest, as `find_steps` numbers them.
    """

    tool_level: int = 0
    max_text: int | None = None
    num_steps: int = 0


def fit_request(
    request: GenerationRequest, count: Callable[[GenerationRequest], int], max_tokens: int
) -> tuple[GenerationRequest, LeftOut | None]:
    """Shorten a request as little as lets its prompt fit.

    Args:
        request: whose prompt may be too long.
        count: tokens of a request's prompt; where they are too many, any number above `max_tokens`. It is
            called about 40 times at most, whatever the size of the request.
        max_tokens: of the prompt.

    Returns:
        The request, and what was left out, or None if that is nothing. A request that can't be made short
        enough comes back as short as it can be.
    """
    if count(request) <= max_tokens:
        return request, None
    steps = find_steps(request.turns)

    def fits(option: Cuts) -> bool:
        return count(_apply(option, request, steps)) <= max_tokens

    cuts = Cuts()
    for stage in _list_stages(request, len(steps)):
        options = [replace(cuts, **change) for change in stage]
        chosen = bisect_left(options, True, key=fits)
        if chosen < len(options):
            cuts = options[chosen]
            break
        cuts = options[-1] if options else cuts
    fitted = _apply(cuts, request, steps)
    return fitted, _tell_left_out(cuts, request, steps, fitted)


def find_steps(turns: Sequence[Turn]) -> list[frozenset[int]]:
    """Which turns can be dropped together, the oldest first.

    Returns:
        Positions of turns: a question with all that follows it until the next one, and after the last
        question each call with its results, and each turn by itself.
    """
    users = [position for position, turn in enumerate(turns) if turn.role == "user"]
    last_user = users[-1] if users else -1
    kept = {*_leading(turns), last_user, len(turns) - 1}
    steps: list[set[int]] = []
    for unit in _find_units(turns):
        first = min(unit)
        if steps and first < last_user and turns[first].role != "user" and not steps[-1] & kept:
            steps[-1] |= unit
        else:
            steps.append(unit)
    return [frozenset(step) for step in steps if not step & kept]


def _leading(turns: Sequence[Turn]) -> range:
    """The instructions at the beginning."""
    others = (position for position, turn in enumerate(turns) if turn.role not in _INSTRUCTING_ROLES)
    return range(next(others, len(turns)))


def _find_units(turns: Sequence[Turn]) -> list[set[int]]:
    """Turns that can't be parted: those with calls, and the results of these."""
    units: list[set[int]] = []
    callers: dict[str | None, set[int]] = {}
    for position, turn in enumerate(turns):
        if turn.role == "tool" and units:
            callers.get(turn.call_id, units[-1]).add(position)
            continue
        units.append({position})
        callers.update((call.call_id, units[-1]) for call in turn.calls)
    return units


def _list_stages(request: GenerationRequest, num_steps: int) -> Iterator[list[dict[str, int]]]:
    """The changes that each stage may make, the smallest first."""
    longest = max(chain.from_iterable(_lengths(turn) for turn in request.turns), default=0)
    limits = list(_list_limits(longest))
    yield [{"tool_level": level} for level in range(1, NUM_DESCRIPTION_LEVELS + 1)] if request.tools else []
    yield [{"max_text": limit} for limit in limits if limit >= MIN_TEXT]
    yield [{"num_steps": number} for number in range(1, num_steps + 1)]
    yield [{"max_text": limit} for limit in limits if limit < MIN_TEXT]
    yield (
        [{"tool_level": level} for level in range(NUM_DESCRIPTION_LEVELS + 1, NUM_TOOL_LEVELS + 1)]
        if request.tools
        else []
    )


def _lengths(turn: Turn) -> Iterator[int]:
    yield len(turn.text)
    yield len(turn.reasoning or "")
    yield from (len(call.arguments) for call in turn.calls)


def _list_limits(longest: int) -> Iterator[int]:
    """Limits of a text's length that some text exceeds, from `MIN_LAST_TEXT` up, the largest first."""
    limits, limit = [], float(MIN_LAST_TEXT)
    while limit < longest:
        limits.append(int(limit))
        limit *= _STEP
    yield from reversed(limits)


def _apply(cuts: Cuts, request: GenerationRequest, steps: Sequence[frozenset[int]]) -> GenerationRequest:
    turns = _keep_turns(cuts, request, steps)
    if cuts.max_text is not None:
        turns = [shorten_turn(turn, cuts.max_text) for turn in turns]
    tools = tuple(shorten_tool(tool, cuts.tool_level) for tool in request.tools)
    return replace(request, turns=tuple(turns), tools=tools)


def _keep_turns(cuts: Cuts, request: GenerationRequest, steps: Sequence[frozenset[int]]) -> list[Turn]:
    dropped = frozenset(chain.from_iterable(steps[: cuts.num_steps]))
    return [turn for position, turn in enumerate(request.turns) if position not in dropped]


def _tell_left_out(
    cuts: Cuts, request: GenerationRequest, steps: Sequence[frozenset[int]], fitted: GenerationRequest
) -> LeftOut:
    kept = _keep_turns(cuts, request, steps)
    return LeftOut(
        num_tools=sum(short is not tool for short, tool in zip(fitted.tools, request.tools, strict=True)),
        num_texts=sum(short is not turn for short, turn in zip(fitted.turns, kept, strict=True)),
        num_turns=len(request.turns) - len(kept),
    )
