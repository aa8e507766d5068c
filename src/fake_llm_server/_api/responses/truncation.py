"""Drops the beginning of a conversation that is longer than the model's window."""

from dataclasses import replace

from fake_llm_server._errors import ContextOverflowError, InvalidRequestError
from fake_llm_server._seam import Backend, Call, Turn

_INSTRUCTING_ROLES = ("system", "developer")


async def drop_oldest_turns(backend: Backend, call: Call) -> Call:
    """The call with as few of its oldest turns dropped as lets its prompt fit.

    Instructions at the beginning stay, and so does the last turn. A call goes together with its output.
    """
    turns = call.request.turns
    num_leading = next((i for i, turn in enumerate(turns) if turn.role not in _INSTRUCTING_ROLES), len(turns))
    leading, rest = turns[:num_leading], turns[num_leading:]
    starts = [start for start in range(len(rest)) if rest[start].role != "tool"]
    # Where nothing can be dropped no backend is asked, as it might load its model for that.
    window = (await backend.describe()).window if len(starts) > 1 else None
    low, high = 0, len(starts) - 1
    while low < high:
        middle = (low + high) // 2
        if await fits(backend, _with_turns(call, (*leading, *rest[starts[middle] :])), window):
            high = middle
        else:
            low = middle + 1
    return _with_turns(call, (*leading, *rest[starts[low] :])) if starts else call


def _with_turns(call: Call, turns: tuple[Turn, ...]) -> Call:
    return call.asking(replace(call.request, turns=turns))


async def fits(backend: Backend, call: Call, window: int | None) -> bool:
    """Whether a call's prompt leaves room for an answer; one that can't be written at all doesn't."""
    try:
        return window is None or await backend.count_prompt_tokens(call) < window
    except InvalidRequestError:
        return False


OVERFLOW = "Your input exceeds the context window of this model. Please adjust your input and try again."
"""OpenAI's words, which have no numbers in responses."""


def describe_overflow() -> ContextOverflowError:
    """The error as the Responses API words it."""
    return ContextOverflowError(OVERFLOW, param="input")
