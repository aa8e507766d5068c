"""Verdicts on how a client reads."""

from collections.abc import Iterator, Sequence

from fake_llm_server._controls.received_request import ReceivedRequest
from fake_llm_server._controls.spelling import spell
from fake_llm_server._controls.verdicts.verdict import Verdict, name_request

_RIGHT_TO_LEAVE = frozenset({"hang", "stall"})
"""Faults after which nothing comes that could be read."""


def judge_leaving(requests: Sequence[ReceivedRequest]) -> Iterator[Verdict]:
    """Streams that went on, and whose client left.

    A client that leaves before its reply begins has a time limit, and may be right.
    """
    for request in requests:
        if request.has_left and request.is_streamed and request.left_after and not _is_stuck(request):
            num_events = f"{request.left_after} event{'s' * (request.left_after > 1)}"
            evidence = f"The client left the stream of {name_request(request)} after {num_events}."
            yield Verdict("left_early", evidence, (request,))


def _is_stuck(request: ReceivedRequest) -> bool:
    faults = {name for call in request.calls if call.written for name, _ in spell(call.written).faults}
    return bool(faults & _RIGHT_TO_LEAVE)
