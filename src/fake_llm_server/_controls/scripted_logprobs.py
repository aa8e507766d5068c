"""The logprobs of scripted texts: those that were written, or those of a text that is certain."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from fake_llm_server._controls.token_counts import TokenCounts
from fake_llm_server._seam import GenerationRequest, TextDelta, TokenLogprob

CERTAIN = 0.0
"""The logprob of a token that can be no other: what was scripted comes with a probability of 1."""


async def find_logprobs(
    text: str, given: Sequence[TokenLogprob] | None, request: GenerationRequest, counts: TokenCounts
) -> Sequence[TokenLogprob]:
    """The logprobs of a text's tokens, with as many alternatives as are asked for; none if none are.

    Args:
        text: of the answer.
        given: as the reply has them; a token is one of its own alternatives. None makes them: each token is
            certain.
        request: what is answered.
        counts: splits the text into tokens.
    """
    num_alternatives = request.num_top_logprobs
    if num_alternatives is None:
        return ()
    if given is None:
        given = [TokenLogprob(number, piece, CERTAIN) for number, piece in await counts.split(text)]
    return [replace(one, alternatives=_rank(one)[:num_alternatives]) for one in given]


def _rank(token: TokenLogprob) -> tuple[TokenLogprob, ...]:
    """A token and its alternatives, the most probable first; of equals the token itself."""
    others = [other for other in token.alternatives if other.piece != token.piece]
    ranked = sorted([replace(token, alternatives=()), *others], key=lambda one: -one.logprob)
    return tuple(ranked)


def attach_logprobs(
    choice: int, pieces: Sequence[str], logprobs: Sequence[TokenLogprob]
) -> Iterator[TextDelta]:
    """The pieces of a text, each with the logprobs of the tokens that it completes."""
    num_bytes, num_in_tokens, position = 0, 0, 0
    for piece in pieces:
        num_bytes += len(piece.encode())
        begin = position
        while position < len(logprobs) and num_in_tokens + len(logprobs[position].piece) <= num_bytes:
            num_in_tokens += len(logprobs[position].piece)
            position += 1
        yield TextDelta(choice, piece, tuple(logprobs[begin:position]))
