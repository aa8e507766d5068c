"""The link that counts requests: the limit, where one is set, and the headers that tell of it.

The names and the forms of the values are OpenAI's: https://platform.openai.com/docs/guides/rate-limits
"""

import math
import time
from collections.abc import Callable, Mapping

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fake_llm_server._api.shared.request_limit import LIMIT_KEY
from fake_llm_server._api.shared.wire_errors import describe_error
from fake_llm_server._app.apis import API_PREFIX
from fake_llm_server._errors import RateLimitExceededError

ANNOUNCED_REQUESTS = 30_000
ANNOUNCED_TOKENS = 150_000_000
"""What the headers say of each minute where nothing is limited: figures that no test reaches."""

_MINUTE_S = 60.0


class RequestBucket:
    """A minute's worth of requests, refilled steadily.

    Args:
        capacity: requests in a minute.
        now: clock, in seconds.
    """

    def __init__(self, capacity: int, now: Callable[[], float] = time.monotonic) -> None:
        self.capacity = capacity
        self._now = now
        self._left = float(capacity)
        self._counted_at = now()

    @property
    def num_left(self) -> int:
        """Requests that may come at once."""
        self._refill()
        return int(self._left)

    @property
    def full_in_s(self) -> float:
        """When all of them may come again."""
        self._refill()
        return (self.capacity - self._left) * _MINUTE_S / self.capacity

    def take(self) -> float:
        """Take one request out; return 0, or if there is none in how many seconds there will be."""
        self._refill()
        if self._left >= 1:
            self._left -= 1
            return 0.0
        return (1 - self._left) * _MINUTE_S / self.capacity

    def _refill(self) -> None:
        now = self._now()
        refilled = (now - self._counted_at) * self.capacity / _MINUTE_S
        self._left = min(float(self.capacity), self._left + refilled)
        self._counted_at = now


class RateLimits:
    """Refuses requests beyond the limit, and writes `x-ratelimit-*` on every reply.

    A WebSocket's handshake is no request, but each of its messages is: the connection counts them itself.

    Args:
        app: the next link.
        requests_per_minute: the limit; None refuses nothing.
    """

    def __init__(self, app: ASGIApp, requests_per_minute: int | None) -> None:
        self._app = app
        self._is_limited = requests_per_minute is not None
        self._bucket = RequestBucket(requests_per_minute or ANNOUNCED_REQUESTS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "websocket":
            scope[LIMIT_KEY] = self._count
        if scope["type"] != "http" or not scope["path"].startswith(API_PREFIX):
            await self._app(scope, receive, send)
            return
        wait_s = self._bucket.take()

        async def send_with_limits(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._describe())
            await send(message)

        if wait_s and self._is_limited:
            refusal = describe_error(_word_refusal(self._bucket, wait_s))
            await refusal.to_response()(scope, receive, send_with_limits)
            return
        await self._app(scope, receive, send_with_limits)

    def _count(self) -> None:
        wait_s = self._bucket.take()
        if wait_s and self._is_limited:
            raise _word_refusal(self._bucket, wait_s)

    def _describe(self) -> Mapping[str, str]:
        return {
            "x-ratelimit-limit-requests": str(self._bucket.capacity),
            "x-ratelimit-limit-tokens": str(ANNOUNCED_TOKENS),
            "x-ratelimit-remaining-requests": str(self._bucket.num_left),
            "x-ratelimit-remaining-tokens": str(ANNOUNCED_TOKENS),
            "x-ratelimit-reset-requests": format_wait(self._bucket.full_in_s),
            "x-ratelimit-reset-tokens": format_wait(0),
        }


def _word_refusal(bucket: RequestBucket, wait_s: float) -> RateLimitExceededError:
    limit = bucket.capacity
    return RateLimitExceededError(
        f"Rate limit reached for requests per min (RPM): Limit {limit}, Used {limit}, Requested 1. "
        f"Please try again in {format_wait(wait_s)}.",
        retry_after_s=wait_s,
    )


def format_wait(seconds: float) -> str:
    """Write a duration as OpenAI does: `17ms`, `1.5s`, `6m0s`."""
    milliseconds = math.ceil(seconds * 1000)
    if milliseconds < 1000:  # noqa: PLR2004 - of a second
        return f"{milliseconds}ms"
    if milliseconds < 1000 * _MINUTE_S:
        return f"{milliseconds / 1000:g}s"
    minutes, rest = divmod(math.ceil(seconds), int(_MINUTE_S))
    return f"{minutes}m{rest}s"
