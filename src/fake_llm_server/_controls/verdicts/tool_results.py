"""Verdicts on the results that a client sends for calls; the server refuses such requests by itself."""

import re
from collections.abc import Iterator, Sequence

from fake_llm_server._controls.received_request import ReceivedRequest
from fake_llm_server._controls.verdicts.verdict import Verdict, VerdictKind, name_request

_WORDINGS: "dict[VerdictKind, re.Pattern[str]]" = {
    "unknown_call_id": re.compile(
        r"must be a response to a preceeding message with 'tool_calls'"
        r"|not found in 'tool_calls' of previous message"
        r"|Duplicate value for 'tool_call_id'"
        r"|No tool call found for"
    ),
    "unanswered_call": re.compile(r"must be followed by tool messages|No tool output found for"),
}
"""What OpenAI says of each, in its two APIs."""


def judge_results(requests: Sequence[ReceivedRequest]) -> Iterator[Verdict]:
    """Requests whose results answer no call, or leave one without its result."""
    for request in requests:
        for kind, words in _WORDINGS.items():
            if request.error is not None and words.search(request.error):
                evidence = f"{name_request(request)} was refused: {request.error}"
                yield Verdict(kind, evidence, (request,))
