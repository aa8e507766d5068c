"""Fits a request into a model's window, where its prompt is too long for it."""

from collections.abc import Callable

from fake_llm_server._seam import GenerationRequest, LeftOut
from fake_llm_server._text.chat_template import ChatTemplate, TemplateError
from fake_llm_server._text.long_prompts import fit_request
from fake_llm_server._text.prompt import write_prompt

_ANSWER_SHARE = 8
"""A prompt leaves this part of the window for the answer, or what the answer is limited to."""


def fit_prompt(
    request: GenerationRequest,
    template: ChatTemplate,
    count_tokens: Callable[[str, int], int],
    window: int,
) -> tuple[GenerationRequest, LeftOut | None]:
    """Shorten a request until its prompt leaves room for an answer.

    Args:
        request: any request.
        template: writes its prompt.
        count_tokens: tokens of a prompt; any number above the second argument if they are more than that.
        window: in tokens.

    Returns:
        See `fit_request`.
    """
    room = window // _ANSWER_SHARE
    if request.max_tokens is not None:
        room = min(room, request.max_tokens)
    max_tokens = max(1, window - max(1, room))

    def count(option: GenerationRequest) -> int:
        if len(option.turns) > max_tokens:  # each has a token at least
            return max_tokens + 1
        try:
            return count_tokens(write_prompt(template, option), max_tokens)
        except TemplateError:  # whoever writes the prompt in the end reports it
            return max_tokens + 1

    return fit_request(request, count, max_tokens)
