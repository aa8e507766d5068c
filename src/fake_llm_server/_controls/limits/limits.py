"""The limits of one scope."""

import math
import threading
from collections.abc import Mapping

from fake_llm_server._controls.default_errors import describe_default
from fake_llm_server._controls.limits.bucket import Bucket
from fake_llm_server._controls.limits.words import (
    KINDS,
    UNLIMITED,
    LimitKind,
    describe_bucket,
    word_reached,
    word_too_large,
)
from fake_llm_server._errors import ConfigurationError, RateLimitExceededError
from fake_llm_server._seam import Scope, Usage
from fake_llm_server._settings import ServerSettings

_QUOTA = "insufficient_quota"


class Limits:
    """How much a scope may ask. Any thread may call it; each time is by the scope's clock, in seconds.

    A refused request counts for nothing; one that is let in counts as a request, and for as many tokens as
    are estimated, until its answer is counted.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._buckets: dict[str, Bucket] = {}
        self._is_set = False
        self._quota: int | None = None
        self._num_used = 0

    def set(self, limits: Mapping[str, int | None], now_s: float) -> None:
        """Take new limits, unused, in the place of all others.

        Args:
            limits: by the names of `KINDS`; None and those that are left out limit nothing.
            now_s: the time.

        Raises:
            ConfigurationError: a limit isn't a whole number above 0; nothing is changed.
        """
        given = {name: limit for name, limit in limits.items() if limit is not None}
        for name, limit in given.items():
            if type(limit) is not int or limit <= 0:  # True isn't one
                raise ConfigurationError(f"{name} is a whole number above 0, or None; it was {limit!r}.")
        with self._lock:
            self._is_set = True
            self._buckets = {
                name: Bucket(given[name], kind.window_s, now_s)
                for name, kind in KINDS.items()
                if name in given
            }

    @property
    def capacities(self) -> Mapping[str, int]:
        """The limits by the names of `KINDS`, without those that limit nothing."""
        with self._lock:
            return {name: bucket.capacity for name, bucket in self._buckets.items()}

    @property
    def quota_left(self) -> int | None:
        """Tokens of the quota that may still be used; None is any number."""
        with self._lock:
            return None if self._quota is None else max(0, self._quota - self._num_used)

    def set_default(self, limits: Mapping[str, int | None], now_s: float) -> None:
        """Take the server's limits, unless there are some of the scope's own."""
        if not self._is_set:
            self.set(limits, now_s)

    def set_quota(self, tokens: int | None) -> None:
        """Take a quota: tokens that may be used from now on; None is any number.

        Raises:
            ConfigurationError: it isn't a whole number from 0 on.
        """
        if tokens is not None and (type(tokens) is not int or tokens < 0):  # True isn't one
            raise ConfigurationError(f"A quota is a whole number of tokens, or None; it was {tokens!r}.")
        with self._lock:
            self._quota, self._num_used = tokens, 0

    def admit(self, model: str, num_tokens: int, now_s: float) -> "Admitted":
        """Let a request in, and count it.

        Args:
            model: the name that the client asked for.
            num_tokens: as many as it is estimated to use.
            now_s: the time.

        Raises:
            RateLimitExceededError: it is beyond a limit or the quota; it counts for nothing.
        """
        with self._lock:
            if self._quota is not None and self._num_used >= self._quota:
                words = describe_default(429, _QUOTA)["message"]
                raise RateLimitExceededError(words, retry_after_s=None, type=_QUOTA, code=_QUOTA)
            amounts = {"requests": 1, "tokens": num_tokens}
            for name, bucket in self._buckets.items():
                _check(model, KINDS[name], bucket, amounts[KINDS[name].counts], now_s)
            for name, bucket in self._buckets.items():
                bucket.take(amounts[KINDS[name].counts], now_s)
        return Admitted(self, num_tokens)

    def settle(self, estimated: int, usage: Usage, now_s: float) -> None:
        """Count what an answer has used, in the place of what was estimated."""
        used = usage.prompt_tokens + usage.completion_tokens
        with self._lock:
            self._num_used += used
            for name, bucket in self._buckets.items():
                if KINDS[name].counts == "tokens":
                    bucket.take(used - estimated, now_s)

    def describe(self, now_s: float) -> Mapping[str, str]:
        """The headers `x-ratelimit-*`: of each kind, the limit of which the smallest part is left."""
        with self._lock:
            least: dict[str, Bucket] = {}
            for name, bucket in self._buckets.items():
                counts = KINDS[name].counts
                if counts not in least or _part_left(bucket, now_s) < _part_left(least[counts], now_s):
                    least[counts] = bucket
            headers: dict[str, str] = {}
            for counts, unlimited in UNLIMITED.items():
                headers |= describe_bucket(counts, least[counts], now_s) if counts in least else unlimited
        return headers


class Admitted:
    """A request that was let in; see `Admission`.

    Args:
        limits: by which.
        estimated: the tokens that it counts for as yet.
    """

    def __init__(self, limits: Limits, estimated: int) -> None:
        self._limits = limits
        self._estimated = estimated

    def settle(self, usage: Usage, now_s: float) -> None:
        """Count an answer; of a request's several answers, such as a summary before, each."""
        estimated, self._estimated = self._estimated, 0
        self._limits.settle(estimated, usage, now_s)


def find_limits(scope: Scope, settings: ServerSettings) -> Limits | None:
    """The limits of a scope: its own, or else the server's; None if there are none."""
    per_minute = settings.requests_per_minute, settings.tokens_per_minute
    limits = scope.find(Limits)
    if limits is None and per_minute != (None, None):
        limits = scope.own(Limits)
    if limits is not None:
        given = dict(zip(("requests_per_minute", "tokens_per_minute"), per_minute, strict=True))
        limits.set_default(given, scope.clock.now())
    return limits


def _part_left(bucket: Bucket, now_s: float) -> float:
    return bucket.count_left(now_s) / bucket.capacity


def _check(model: str, kind: LimitKind, bucket: Bucket, requested: int, now_s: float) -> None:
    wait_s = bucket.find_wait(requested, now_s)
    if not wait_s:
        return
    limit = bucket.capacity
    if requested > limit:
        words = word_too_large(model, kind, limit=limit, requested=requested)
        raise RateLimitExceededError(words, retry_after_s=None, type=kind.counts)
    used = math.ceil(limit - bucket.count_left(now_s))
    words = word_reached(model, kind, limit=limit, used=used, requested=requested, wait_s=wait_s)
    raise RateLimitExceededError(words, retry_after_s=wait_s, type=kind.counts)
