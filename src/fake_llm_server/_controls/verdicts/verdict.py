"""A verdict on a client."""

from dataclasses import dataclass
from typing import Any, Literal, get_args

from fake_llm_server._controls.entry_json import write_verdict
from fake_llm_server._controls.received_request import ReceivedRequest

VerdictKind = Literal[
    "retried_in_vain",
    "ignored_retry_after",
    "asked_twice",
    "left_early",
    "took_part_for_whole",
    "unknown_call_id",
    "unanswered_call",
    "broke_cache",
]

KINDS = get_args(VerdictKind)

_ADVICE: dict[VerdictKind, str] = {
    "retried_in_vain": "The same request fails the same way: report the error, or change the request.",
    "ignored_retry_after": "Wait as long as `retry-after-ms` or `retry-after` says before the next try.",
    "asked_twice": "Wait for the first answer, or ask for several choices with `n`.",
    "left_early": "Read the stream to its end, or ask for less: what is left is computed and paid for.",
    "took_part_for_whole": "Check that a stream came to its end, and `finish_reason` or `status`; then ask "
    "again, ask for the rest, or report it.",
    "unknown_call_id": "Answer the calls of the last assistant message, each once, with its own id.",
    "unanswered_call": "Send a result for every call of the answer before the next message.",
    "broke_cache": "Keep what was sent as it was, and put what changes at the end of the conversation.",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Something that a client did wrong.

    Attributes:
        kind: what it was.
        evidence: what was seen, in words.
        requests: in which it was seen.
    """

    kind: VerdictKind
    evidence: str
    requests: tuple[ReceivedRequest, ...]

    @property
    def advice(self) -> str:
        """What the client should have done."""
        return _ADVICE[self.kind]

    def as_json(self) -> dict[str, Any]:
        """It as a value for JSON; the requests by their numbers."""
        return write_verdict(self)

    def __str__(self) -> str:
        return f"{self.kind}: {self.evidence} {self.advice}"


def name_request(request: ReceivedRequest) -> str:
    """A request in a few words, such as `request 3 (POST /v1/responses)`."""
    return f"request {request.number} ({request.method} {request.path})"
