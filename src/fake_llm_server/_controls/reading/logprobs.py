"""Reads the logprobs of a scripted text."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from fake_llm_server._errors import ConfigurationError
from fake_llm_server._seam import TokenLogprob

LogprobSpec = tuple[str, float] | tuple[str, float, Mapping[str, float]]
"""A token's text and its logprob, and perhaps those of the most probable tokens in its place."""


def read_logprobs(given: Sequence[LogprobSpec] | None) -> tuple[TokenLogprob, ...] | None:
    """The tokens of a text; alternatives are put in order, best first.

    Raises:
        ConfigurationError: one isn't a token with its logprob.
    """
    return None if given is None else tuple(_read_token(each) for each in given)


def _read_token(given: Any) -> TokenLogprob:
    match given:
        case (str() as token, logprob):
            return _create(token, logprob)
        case (str() as token, logprob, Mapping() as others):
            alternatives = [_create(other, value) for other, value in others.items()]
            alternatives.sort(key=lambda other: -other.logprob)
            return TokenLogprob(0, token.encode(), _check(logprob), tuple(alternatives))
        case _:
            raise ConfigurationError(
                "logprobs are tokens with their logprobs, such as ('Yes', -0.1), perhaps with others in "
                f"their place, ('Yes', -0.1, {{'No': -2.3}}); one was {given!r}."
            )


def _create(token: Any, logprob: Any) -> TokenLogprob:
    if not isinstance(token, str):
        raise ConfigurationError(f"A token is a text; it was {token!r}.")
    return TokenLogprob(0, token.encode(), _check(logprob))


def _check(logprob: Any) -> float:
    is_number = isinstance(logprob, int | float) and not isinstance(logprob, bool)
    if not is_number or math.isnan(logprob) or logprob > 0:
        raise ConfigurationError(f"A logprob is a number of at most 0; it was {logprob!r}.")
    return float(logprob)
