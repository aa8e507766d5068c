"""Tells a client what a model didn't see of a request that was too long for it."""

from collections.abc import MutableMapping

from fake_llm_server._seam import Begun, LeftOut

LEFT_OUT_HEADER = "x-fake-llm-server-left-out"


def tell_left_out(begun: Begun, headers: MutableMapping[str, str]) -> None:
    """Put into `headers` what was left out of the request of an answer that has begun."""
    if begun.left_out is not None:
        headers[LEFT_OUT_HEADER] = _write(begun.left_out)


def _write(left_out: LeftOut) -> str:
    """A dictionary of numbers, as RFC 9651 writes it, without those that are 0."""
    numbers = {"tools": left_out.num_tools, "texts": left_out.num_texts, "turns": left_out.num_turns}
    return ", ".join(f"{name}={number}" for name, number in numbers.items() if number)
