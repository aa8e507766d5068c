"""Verdicts on how a client reads."""

from collections.abc import Iterator, Sequence

from fake_llm_server._controls.received_request import ReceivedRequest
from fake_llm_server._controls.sent_events import SentEvent
from fake_llm_server._controls.spelling import spell
from fake_llm_server._controls.verdicts.verdict import Verdict, name_request

_RIGHT_TO_LEAVE = frozenset({"hang", "stall"})
"""Faults after which nothing comes that could be read."""

_LAST_EVENTS = frozenset({"response.completed", "response.failed", "response.incomplete", "error"})


def judge_leaving(requests: Sequence[ReceivedRequest]) -> Iterator[Verdict]:
    """Streams that went on, and whose client left.

    A client that leaves before its reply begins has a time limit, and may be right. One that leaves at the
    event which ends the answer has read it.
    """
    for request in requests:
        is_innocent = not request.has_left or _is_stuck(request) or _has_ended(request)
        if request.left_after and not is_innocent:
            num_events = f"{request.left_after} event{'s' * (request.left_after > 1)}"
            evidence = f"The client left the stream of {name_request(request)} after {num_events}."
            yield Verdict("left_early", evidence, (request,))


def _is_stuck(request: ReceivedRequest) -> bool:
    faults = {name for call in request.calls if call.written for name, _ in spell(call.written).faults}
    return bool(faults & _RIGHT_TO_LEAVE)


def _has_ended(request: ReceivedRequest) -> bool:
    """Whether an event that was sent ends the answer, in either API."""
    return any(_ends(event) for event in request.events)


def _ends(event: SentEvent) -> bool:
    if event.data == "[DONE]" or event.event in _LAST_EVENTS:
        return True
    value = event.json
    choices = value.get("choices") if isinstance(value, dict) else None
    return any(choice.get("finish_reason") for choice in choices or ())
