"""The journal's entries as JSON."""

from dataclasses import asdict
from typing import Any

from fake_llm_server._controls import ReceivedCall


def describe_call(call: ReceivedCall) -> dict[str, Any]:
    """A call by the names that it has in Python, without what it doesn't have."""
    return {
        "operation": call.operation,
        "model": call.model,
        "status": call.status,
        "source": call.source,
        "error": call.error,
        "has_left": call.has_left,
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


def _compact(parts: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in parts.items() if value not in (None, "", (), [])}
