"""Writes what a scope was asked and answered, short enough to be read in the report of a failed test."""

from collections.abc import Iterable, Iterator, Sequence

from fake_llm_server._controls.entry_words import shorten, word_reply
from fake_llm_server._controls.received_call import ReceivedCall
from fake_llm_server._controls.received_request import ReceivedRequest
from fake_llm_server._seam import Turn

_MAX_ENTRIES = 10
_MAX_LINES = 5
"""Lines of results, or of choices, of one call."""

_MAX_LENGTH = 160


def describe_journal(calls: Sequence[ReceivedCall], requests: Sequence[ReceivedRequest]) -> str:
    """The last calls: which they were, how each conversation ended, and what was answered.

    The requests that the server itself refused stand among them.
    """
    numbers = {call: number for number, call in enumerate(calls)}
    entries = [_describe(number, call) for call, number in numbers.items() if call.http is None]
    for request in requests:
        entries += [_describe(numbers[call], call) for call in request.calls if call in numbers]
        if request.is_refused and not request.calls:
            entries.append(_describe_refusal(request))
    num_left_out = max(0, len(entries) - _MAX_ENTRIES)
    begin = [f"… {num_left_out} earlier ones"] if num_left_out else []
    return "\n".join([*begin, *entries[num_left_out:]]) or "No call came."


def _describe_refusal(request: ReceivedRequest) -> str:
    """A request that the server refused, and why."""
    head = f"{request.method} {request.path}: {request.status} by the server"
    return head if request.error is None else f"{head}\n    → error: {shorten(request.error, _MAX_LENGTH)}"


def _describe(number: int, call: ReceivedCall) -> str:
    return "\n    ".join([_write_head(number, call), *_write_question(call), *_write_answers(call)])


def _write_head(number: int, call: ReceivedCall) -> str:
    status = "no reply" if call.status is None else str(call.status)
    left = ", the client left" if call.has_left else ""
    faults = f" with {', '.join(call.faults)}" if call.faults else ""
    return f"call {number}: {call.operation} {call.model}: {status} by {call.source}{faults}{left}"


def _write_question(call: ReceivedCall) -> Iterator[str]:
    """The last message, after how many; where that is a tool's, all results."""
    messages = call.tool_results or call.messages[-1:]
    earlier = len(call.messages) - len(messages)
    if earlier:
        yield f"({earlier} earlier message{'s' * (earlier > 1)})"
    yield from _bound(f"{message.role}: {_write_message(message)}" for message in messages)
    if call.tools:
        yield f"tools: {shorten(', '.join(tool.name for tool in call.tools), _MAX_LENGTH)}"


def _write_message(message: Turn) -> str:
    calls = "".join(f" [{call.name}({call.arguments})]" for call in message.calls)
    return shorten(f"{message.text}{calls}", _MAX_LENGTH)


def _write_answers(call: ReceivedCall) -> Iterator[str]:
    yield from _bound(
        f"→ {word_reply(choice, _MAX_LENGTH)} [{choice.finish_reason or 'not finished'}]"
        for choice in call.choices
    )
    if call.error is not None:
        yield f"→ error: {shorten(call.error, _MAX_LENGTH)}"


def _bound(lines: Iterable[str]) -> Iterator[str]:
    """The first lines, and how many more there are."""
    every = list(lines)
    yield from every[:_MAX_LINES]
    if len(every) > _MAX_LINES:
        yield f"… {len(every) - _MAX_LINES} more"
