"""Tells a client what a model didn't see of a request that was too long for it."""

from collections.abc import AsyncGenerator, MutableMapping
from contextlib import aclosing

from fake_llm_server._seam import Begun, GenerationEvent, LeftOut

LEFT_OUT_HEADER = "x-fake-llm-server-left-out"


async def tell_left_out(
    events: AsyncGenerator[GenerationEvent, None], headers: MutableMapping[str, str]
) -> AsyncGenerator[GenerationEvent, None]:
    """Pass the events of an answer on, and put into `headers` what was left out of its request."""
    async with aclosing(events):
        async for event in events:
            if isinstance(event, Begun) and event.left_out is not None:
                headers[LEFT_OUT_HEADER] = _write(event.left_out)
            yield event


def _write(left_out: LeftOut) -> str:
    """A dictionary of numbers, as RFC 9651 writes it, without those that are 0."""
    numbers = {"tools": left_out.num_tools, "texts": left_out.num_texts, "turns": left_out.num_turns}
    return ", ".join(f"{name}={number}" for name, number in numbers.items() if number)
