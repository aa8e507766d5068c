"""Writes logprobs as chat completions carry them."""

from collections.abc import Sequence

from fake_llm_server._api.shared.token_logprobs import write_token
from fake_llm_server._generated.chat.wire import (
    ChatCompletionTokenLogprob,
    ChatCompletionTokenLogprobTopLogprob,
)
from fake_llm_server._seam import TokenLogprob


def write_logprobs(tokens: Sequence[TokenLogprob]) -> list[ChatCompletionTokenLogprob]:
    """Logprobs of an answer's tokens, in order."""
    return [
        ChatCompletionTokenLogprob(
            **write_token(token),
            top_logprobs=[
                ChatCompletionTokenLogprobTopLogprob(**write_token(other)) for other in token.alternatives
            ],
        )
        for token in tokens
    ]
