"""What both APIs write of a token and its logprob."""

from typing import TypedDict

from fake_llm_server._seam import TokenLogprob

MIN_LOGPROB = -9999.0
"""What OpenAI writes for a token that is all but impossible; JSON has no infinity."""


class WrittenToken(TypedDict):
    """A token as clients see it.

    Attributes:
        token: its text, with replacement characters where its bytes aren't whole UTF-8.
        logprob: natural logarithm of its probability.
        bytes: its bytes, as integers.
    """

    token: str
    logprob: float
    bytes: list[int]


def write_token(token: TokenLogprob) -> WrittenToken:
    """Write a token without its alternatives."""
    return WrittenToken(
        token=token.piece.decode(errors="replace"),
        logprob=max(token.logprob, MIN_LOGPROB),
        bytes=list(token.piece),
    )
