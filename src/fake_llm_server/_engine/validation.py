"""Which requests an engine takes. Pure: everything is known before a request is queued."""

from collections.abc import Mapping, Sequence

from fake_llm_server._engine.requests import EngineRequest
from fake_llm_server._errors import ContextOverflowError, InvalidRequestError

_MAX_NUM_CHOICES = 128
_MAX_TOP_LOGPROBS = 20
_SEED_BITS = 64


def check_request(request: EngineRequest, *, window: int, vocabulary_size: int) -> int:
    """Refuse what can't be served.

    Returns:
        How many tokens each choice may generate.

    Raises:
        InvalidRequestError: a value is out of range.
        ContextOverflowError: prompt and answer don't fit into the window.
    """
    _check_prompt(request, vocabulary_size)
    _check_ranges(request, vocabulary_size)
    return _fit(len(request.prompt), request.max_tokens, window)


def check_prompt_fits(num_at_least: int, window: int) -> None:
    """Refuse a prompt that is too long, in the words of chat completions.

    Args:
        num_at_least: its tokens, or fewer where it is refused before they are counted.
        window: of the engine.

    Raises:
        ContextOverflowError: it doesn't fit.
    """
    if num_at_least > window:
        raise describe_overflow(window, num_at_least)


def describe_overflow(
    window: int, num_prompt: int, num_answer: int = 0, *, num_functions: int = 0
) -> ContextOverflowError:
    """The error as chat completions word it.

    Args:
        window: tokens.
        num_prompt: tokens of the prompt, functions included.
        num_answer: tokens that were asked for; 0 if the prompt alone doesn't fit.
        num_functions: how many of the prompt's tokens describe functions.
    """
    named = {
        "messages": num_prompt - num_functions,
        "functions": num_functions,
        "completion": num_answer,
    }
    counts = {name: count for name, count in named.items() if count}
    verb = "you requested" if num_answer else "your messages resulted in"
    split = f" ({_join_counts(counts)})" if len(counts) > 1 else ""
    return ContextOverflowError(
        f"This model's maximum context length is {window} tokens. However, {verb} {num_prompt + num_answer} "
        f"tokens{split}. Please reduce the length of the {_join_names(list(counts))}.",
        window=window,
        num_prompt_tokens=num_prompt,
        num_answer_tokens=num_answer,
    )


def _join_counts(counts: Mapping[str, int]) -> str:
    *parts, last = [f"{count} in the {name}" for name, count in counts.items()]
    return ", ".join([*parts, f"and {last}" if len(parts) > 1 else last])


def _join_names(names: Sequence[str]) -> str:
    *others, last = names
    return f"{', '.join(others)}, or {last}" if len(others) > 1 else " or ".join(names)


def _fit(num_prompt: int, max_tokens: int | None, window: int) -> int:
    asked = max(1, max_tokens or 1)
    check_prompt_fits(num_prompt, window)
    if num_prompt + asked > window:
        raise describe_overflow(window, num_prompt, asked)
    return window - num_prompt if max_tokens is None else max_tokens


def _check_prompt(request: EngineRequest, vocabulary_size: int) -> None:
    if not request.prompt:
        raise InvalidRequestError("The prompt has no tokens, but needs at least one.")
    for token_id in request.prompt:
        if not 0 <= token_id < vocabulary_size:
            raise InvalidRequestError(
                f"The prompt has token {token_id}, but the model's tokens are 0 to {vocabulary_size - 1}."
            )


def _check_ranges(request: EngineRequest, vocabulary_size: int) -> None:
    sampling = request.sampling
    ranges: list[tuple[str, float | None, float, float]] = [
        ("temperature", sampling.temperature, 0, 2),
        ("top_p", sampling.top_p, 0, 1),
        ("frequency_penalty", sampling.frequency_penalty, -2, 2),
        ("presence_penalty", sampling.presence_penalty, -2, 2),
        ("seed", sampling.seed, -(2 ** (_SEED_BITS - 1)), 2**_SEED_BITS - 1),
        ("n", request.num_choices, 1, _MAX_NUM_CHOICES),
        ("top_logprobs", request.num_top_logprobs, 0, _MAX_TOP_LOGPROBS),
        ("max_tokens", request.max_tokens, 0, float("inf")),
    ]
    ranges += [(f"logit_bias[{token}]", bias, -100, 100) for token, bias in sampling.logit_bias.items()]
    for name, value, least, most in ranges:
        if value is not None and not least <= value <= most:
            raise InvalidRequestError(
                f"{name} is {value}, but must be between {least} and {most}.", param=name.split("[")[0]
            )
    for token_id in sampling.logit_bias:
        if not 0 <= token_id < vocabulary_size:
            raise InvalidRequestError(
                f"Invalid key in 'logit_bias': {token_id}. Maximum value is {vocabulary_size - 1}.",
                param="logit_bias",
            )
