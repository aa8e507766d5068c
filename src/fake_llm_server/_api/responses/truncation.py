"""Drops the beginning of a conversation that is longer than the model's window."""

from dataclasses import replace

from fake_llm_server._errors import ContextOverflowError, InvalidRequestError
from fake_llm_server._seam import Backend, GenerationRequest

_INSTRUCTING_ROLES = ("system", "developer")


async def drop_oldest_turns(backend: Backend, request: GenerationRequest) -> GenerationRequest:
    """The request with as few of its oldest turns dropped as lets its prompt fit.

    Instructions at the beginning stay, and so does the last turn. A call goes together with its output.
    """
    turns = request.turns
    num_leading = next((i for i, turn in enumerate(turns) if turn.role not in _INSTRUCTING_ROLES), len(turns))
    leading, rest = turns[:num_leading], turns[num_leading:]
    starts = [start for start in range(len(rest)) if rest[start].role != "tool"]
    candidates = [replace(request, turns=(*leading, *rest[start:])) for start in starts] or [request]
    low, high = 0, len(candidates) - 1
    while low < high:
        middle = (low + high) // 2
        if await fits(backend, candidates[middle]):
            high = middle
        else:
            low = middle + 1
    return candidates[low]


async def fits(backend: Backend, request: GenerationRequest) -> bool:
    """Whether a request's prompt leaves room for an answer; one that can't be written at all doesn't."""
    try:
        return await backend.count_prompt_tokens(request) < backend.window
    except InvalidRequestError:
        return False


def describe_overflow(error: ContextOverflowError) -> ContextOverflowError:
    """The error as the Responses API words it, with the engine's counts."""
    return ContextOverflowError(
        "Your input exceeds the context window of this model. Please adjust your input and try again, or set "
        f"'truncation' to 'auto'. {error}",
        param="input",
    )
