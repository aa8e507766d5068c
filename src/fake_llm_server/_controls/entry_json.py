"""The journal's entries as JSON: what exports write and what is read over HTTP."""

import base64
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from fake_llm_server._controls.masking import mask_body, mask_text

if TYPE_CHECKING:
    from fake_llm_server._controls.received_call import ReceivedCall
    from fake_llm_server._controls.received_request import ReceivedRequest
    from fake_llm_server._controls.verdicts import Verdict

_DIGITS = 6


def write_request(request: "ReceivedRequest") -> dict[str, Any]:
    """An HTTP request with its reply and its calls; keys are masked, and times are in seconds."""
    events = request.events
    return {
        "number": request.number,
        "kind": request.kind,
        "method": request.method,
        "path": request.path,
        "query": request.query,
        "headers": dict(request.headers),
        "body_size": request.received.size,
        "body": write_content(request.body, request.content),
        "came_at": write_moment(request.came_at),
        "began_s": _round(request.began_s),
        "ended_s": _round(request.ended_s),
        "status": request.status,
        "source": request.source,
        "error": request.error,
        "reply_headers": dict(request.reply_headers),
        "reply_size": request.sent.size,
        "reply_body": None if events else write_content(request.reply_body, request.reply_content),
        "events": [
            {"at_s": _round(event.at_s), "event": event.event, "data": mask_body(event.json) or event.data}
            for event in events
        ],
        "is_whole": request.is_whole,
        "is_broken": request.is_broken,
        "has_left": request.has_left,
        "left_after": request.left_after,
        "calls": [write_call(call) for call in request.calls],
    }


def write_call(call: "ReceivedCall") -> dict[str, Any]:
    """A call by the names that it has in Python, with its answer; what a part doesn't have is left out."""
    timing = call.timing
    return {
        "number": call.number,
        "request": None if call.http is None else call.http.number,
        "operation": call.operation,
        "model": call.model,
        "status": call.status,
        "source": call.source,
        "written": None if call.written is None else call.written.shown,
        "faults": list(call.faults),
        "error": call.error,
        "has_left": call.has_left,
        "tokens_for_nobody": call.tokens_for_nobody,
        "first_event_s": _round(timing.first_event_s),
        "last_event_s": _round(timing.last_event_s),
        "headers": dict(call.headers),
        "metadata": dict(call.metadata),
        "stream": call.is_streamed,
        "turn": call.turn,
        "user_text": call.user_text,
        "messages": [_compact(asdict(message)) for message in call.messages],
        "tools": [_compact(asdict(tool)) for tool in call.tools],
        "choices": [_compact(asdict(choice)) for choice in call.choices],
        "usage": None if call.usage is None else asdict(call.usage),
    }


def write_verdict(verdict: "Verdict") -> dict[str, Any]:
    """A verdict; its requests by their numbers."""
    return {
        "kind": verdict.kind,
        "evidence": verdict.evidence,
        "advice": verdict.advice,
        "requests": [request.number for request in verdict.requests],
    }


def write_content(value: Any, content: bytes) -> Any:
    """A body: the value of its JSON, or its text, or its bytes in base64; None if it is empty."""
    if value is not None or not content:
        return mask_body(value)
    try:
        return mask_text(content.decode())
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(content).decode()}


def write_moment(seconds: float) -> str:
    """Seconds since 1970 as ISO 8601 has them, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def _compact(parts: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in parts.items() if value not in (None, "", (), [])}


def _round(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, _DIGITS)
