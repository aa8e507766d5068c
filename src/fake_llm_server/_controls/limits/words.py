"""What OpenAI says of limits: its errors and headers.

The form of the headers: https://platform.openai.com/docs/guides/rate-limits. The words as people quote them:
of a limit https://github.com/FoundationAgents/MetaGPT/issues/523, of a request that is too large
https://github.com/Aider-AI/aider/issues/1880.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from fake_llm_server._controls.limits.bucket import Bucket

ORGANIZATION = "org-fake-llm-server"
_PAGE = "Visit https://platform.openai.com/account/rate-limits to learn more."
_MINUTE_S = 60
_HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class LimitKind:
    """One kind of limit.

    Attributes:
        counts: `requests` or `tokens`.
        words: how OpenAI names it.
        window_s: seconds in which it is renewed.
    """

    counts: str
    words: str
    window_s: float


KINDS: Mapping[str, LimitKind] = {
    "requests_per_day": LimitKind("requests", "requests per day (RPD)", 24 * _HOUR_S),
    "requests_per_minute": LimitKind("requests", "requests per min (RPM)", _MINUTE_S),
    "tokens_per_minute": LimitKind("tokens", "tokens per min (TPM)", _MINUTE_S),
}
"""All kinds, by the name of their setting, in the order in which they are asked."""


def format_wait(seconds: float) -> str:
    """Write a duration as OpenAI does: `0s`, `17ms`, `1.5s`, `6m0s`, `2h0m0s`."""
    milliseconds = math.ceil(round(seconds * 1000, 3))
    if milliseconds < 1000:  # noqa: PLR2004 - of a second
        return f"{milliseconds}ms" if milliseconds else "0s"
    if milliseconds < 1000 * _MINUTE_S:
        return f"{milliseconds / 1000:g}s"
    minutes, rest = divmod(math.ceil(milliseconds / 1000), _MINUTE_S)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes}m{rest}s" if hours else f"{minutes}m{rest}s"


def write_headers(counts: str, limit: int, left: float, reset_s: float) -> dict[str, str]:
    """The headers of one kind of limit.

    Args:
        counts: see `LimitKind`.
        limit: what may be asked in its window.
        left: what may still be asked.
        reset_s: when all of it may be asked again.
    """
    return {
        f"x-ratelimit-limit-{counts}": str(limit),
        f"x-ratelimit-remaining-{counts}": str(max(0, math.floor(round(left, 3)))),
        f"x-ratelimit-reset-{counts}": format_wait(reset_s),
    }


UNLIMITED = {
    "requests": write_headers("requests", 30_000, 29_999, 0.002),
    "tokens": write_headers("tokens", 150_000_000, 150_000_000, 0),
}
"""What the headers say where nothing is limited: figures that no test reaches."""


def describe_bucket(counts: str, bucket: Bucket, now_s: float) -> dict[str, str]:
    """The headers of a bucket."""
    left = bucket.count_left(now_s)
    return write_headers(counts, bucket.capacity, left, bucket.find_wait(bucket.capacity, now_s))


def word_reached(model: str, kind: LimitKind, *, limit: int, used: int, requested: int, wait_s: float) -> str:
    """The message of an error of a limit that is used up for now."""
    return (
        f"Rate limit reached for {model} in organization {ORGANIZATION} on {kind.words}: Limit {limit}, "
        f"Used {used}, Requested {requested}. Please try again in {format_wait(wait_s)}. {_PAGE}"
    )


def word_too_large(model: str, kind: LimitKind, *, limit: int, requested: int) -> str:
    """The message of an error of a request that no wait lets in."""
    return (
        f"Request too large for {model} in organization {ORGANIZATION} on {kind.words}: Limit {limit}, "
        f"Requested {requested}. The input or output tokens must be reduced in order to run successfully. "
        f"{_PAGE}"
    )
