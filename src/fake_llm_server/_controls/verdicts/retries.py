"""Verdicts on how a client asks again."""

import math
from collections.abc import Iterator, Sequence
from email.utils import parsedate_to_datetime

from fake_llm_server._controls.received_request import ReceivedRequest
from fake_llm_server._controls.verdicts.verdict import Verdict, name_request

_IN_VAIN = frozenset({400, 401, 403, 404, 422})
_MISSING_KEY = frozenset({401, 403})
_TOLERANCE_S = 0.005
"""Clocks of two programs, and the milliseconds that headers are rounded to."""


def judge_retries(requests: Sequence[ReceivedRequest]) -> Iterator[Verdict]:
    """Requests that were refused for good, and came again as they were."""
    for request, again in _pair_with_next(requests):
        code = request.error_code
        is_in_vain = request.status in _IN_VAIN or code == "insufficient_quota"
        if is_in_vain and request.reply_headers.get("x-should-retry") != "true":
            why = f"{request.status}{f' {code}' if code else ''}"
            evidence = f"{name_request(request)} got {why} and came again as request {again.number}."
            yield Verdict("retried_in_vain", evidence, (request, again))


def judge_waits(requests: Sequence[ReceivedRequest]) -> Iterator[Verdict]:
    """Requests that came again before the time that their refusal asked for, by the clock of the scope."""
    for request, again in _pair_with_next(requests):
        wait_s = read_wait(request)
        waited_s = again.came_s - request.came_s - (request.ended_s or 0.0)
        if request.is_refused and wait_s is not None and waited_s < wait_s - _TOLERANCE_S:
            evidence = (
                f"{name_request(request)} got {request.status} with {wait_s:g} s to wait and came again "
                f"after {waited_s:.3g} s as request {again.number}."
            )
            yield Verdict("ignored_retry_after", evidence, (request, again))


def judge_twins(requests: Sequence[ReceivedRequest]) -> Iterator[Verdict]:
    """Requests that came while the same one was being answered, to a client that waited for both."""
    for number, request in enumerate(requests):
        for twin in requests[number + 1 :]:
            if request.ended_in_order is not None and request.ended_in_order < twin.came_in_order:
                break
            if _is_same(request, twin) and not (request.has_left or request.is_broken or twin.has_left):
                evidence = (
                    f"{name_request(request)} came again as request {twin.number} before it was answered."
                )
                yield Verdict("asked_twice", evidence, (request, twin))
                break


def read_wait(request: ReceivedRequest) -> float | None:
    """For how many seconds from its end a reply asks its client to wait; None if it doesn't say.

    Of several headers the one that asks for less counts.
    """
    headers = request.reply_headers
    waits = [
        _parse(headers.get("retry-after-ms"), 1000),
        _parse(headers.get("retry-after"), 1),
        _parse_date(request, headers.get("retry-after")),
    ]
    return min((wait for wait in waits if wait is not None), default=None)


def _parse(text: str | None, per_second: int) -> float | None:
    try:
        seconds = float(text or "") / per_second
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) else None


def _parse_date(request: ReceivedRequest, text: str | None) -> float | None:
    try:
        moment = parsedate_to_datetime(text or "").timestamp()
    except ValueError:
        return None
    return moment - request.came_at - (request.ended_s or 0.0)


def _pair_with_next(
    requests: Sequence[ReceivedRequest],
) -> Iterator[tuple[ReceivedRequest, ReceivedRequest]]:
    """Each request that was answered, with the next one that is the same."""
    for number, request in enumerate(requests):
        if request.ended_in_order is None:
            continue
        for later in requests[number + 1 :]:
            if later.came_in_order > request.ended_in_order and _is_same(request, later):
                yield request, later
                break


def _is_same(request: ReceivedRequest, other: ReceivedRequest) -> bool:
    return (
        request.method == other.method == "POST"
        and request.path == other.path
        and request.received.size == other.received.size
        and (request.status not in _MISSING_KEY or _read_key(request) == _read_key(other))
        and request.content == other.content
    )


def _read_key(request: ReceivedRequest) -> list[bytes]:
    return [value for name, value in request.raw_headers if name.lower() == b"authorization"]
