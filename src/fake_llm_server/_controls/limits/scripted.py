"""What a scripted 429 says: words, `retry-after` and `x-ratelimit-*` of one and the same limit."""

from fake_llm_server._controls.default_errors import describe_default
from fake_llm_server._controls.limits.words import KINDS, UNLIMITED, LimitKind, word_reached, write_headers
from fake_llm_server._errors import ScriptedError

_STATUS = 429
_LIMITS = {"requests": ("requests_per_minute", 3, 1), "tokens": ("tokens_per_minute", 30_000, 10_000)}
"""By the type of the error: a kind of limit, how much it is, and how much of it the request asked for."""


def renew_error(error: ScriptedError, model: str) -> ScriptedError:
    """The same error anew, as a traceback belongs to one raise; one of a limit says which limit.

    Args:
        error: as it was written.
        model: the name that the client asked for.
    """
    words, headers = str(error), dict(error.headers)
    if error.status == _STATUS and error.type in _LIMITS and error.code == "rate_limit_exceeded":
        name, limit, requested = _LIMITS[error.type]
        wait_s = _find_wait(error, KINDS[name], requested / limit)
        given = {each.lower() for each in headers}
        described = _describe(KINDS[name], limit, requested, wait_s)
        headers |= {each: value for each, value in described.items() if each not in given}
        if words == describe_default(_STATUS, None)["message"]:
            words = word_reached(
                model, KINDS[name], limit=limit, used=limit, requested=requested, wait_s=wait_s
            )
    return ScriptedError(
        words, status=error.status, type=error.type, param=error.param, code=error.code, headers=headers
    )


def _find_wait(error: ScriptedError, kind: LimitKind, part: float) -> float:
    """When to try again: as the error says, or as its limit does."""
    try:
        return float(error.headers["retry-after-ms"]) / 1000
    except (KeyError, ValueError):
        return kind.window_s * part


def _describe(kind: LimitKind, limit: int, requested: int, wait_s: float) -> dict[str, str]:
    reset_s = wait_s + kind.window_s * (1 - requested / limit)
    used_up = {kind.counts: write_headers(kind.counts, limit, 0, reset_s)}
    return {name: value for each in (UNLIMITED | used_up).values() for name, value in each.items()}
