"""What both APIs write of a token and its logprob."""

from typing import TypedDict

from fake_llm_server._seam import TokenLogprob

MIN_LOGPROB = -9999.0
"""What OpenAI writes for a token that is all but impossible; JSON has no infinity."""


class WrittenToken(TypedDict):
    r"""A token as clients see it.

    Attributes:
        token: its text; bytes that are no whole character are escaped, such as `\xf0\x9f`, as OpenAI's
            cookbook shows them (Using logprobs).
        logprob: natural logarithm of its probability.
        bytes: its bytes, as integers.
    """

    token: str
    logprob: float
    bytes: list[int]


def write_token(token: TokenLogprob) -> WrittenToken:
    """Write a token without its alternatives."""
    return WrittenToken(
        token=token.piece.decode(errors="backslashreplace"),
        logprob=max(token.logprob, MIN_LOGPROB),
        bytes=list(token.piece),
    )
