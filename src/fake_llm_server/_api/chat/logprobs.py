"""Writes logprobs as chat completions carry them."""

from collections.abc import Sequence

from fake_llm_server._generated.chat.models import (
    ChatCompletionTokenLogprob,
    ChatCompletionTokenLogprobTopLogprob,
)
from fake_llm_server._generation import TokenLogprob

MIN_LOGPROB = -9999.0
"""What OpenAI writes for a token that is all but impossible; JSON has no infinity."""


def write_logprobs(tokens: Sequence[TokenLogprob]) -> list[ChatCompletionTokenLogprob]:
    """Logprobs of an answer's tokens, in order."""
    return [
        ChatCompletionTokenLogprob(
            token=token.piece.decode(errors="replace"),
            logprob=max(token.logprob, MIN_LOGPROB),
            bytes=list(token.piece),
            top_logprobs=[
                ChatCompletionTokenLogprobTopLogprob(
                    token=other.piece.decode(errors="replace"),
                    logprob=max(other.logprob, MIN_LOGPROB),
                    bytes=list(other.piece),
                )
                for other in token.alternatives
            ],
        )
        for token in tokens
    ]
