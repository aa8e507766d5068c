"""Writes what a scope was asked and answered, short enough to be read in the report of a failed test."""

from collections.abc import Iterator, Sequence

from fake_llm_server._controls.received_call import ReceivedCall, ReceivedReply
from fake_llm_server._seam import Turn

_MAX_CALLS = 10
_MAX_LENGTH = 160


def describe_calls(calls: Sequence[ReceivedCall]) -> str:
    """The last calls: which they were, how each conversation ended, and what was answered."""
    if not calls:
        return "No call came."
    first = max(0, len(calls) - _MAX_CALLS)
    begin = [f"… {first} earlier calls"] if first else []
    return "\n".join([*begin, *(_describe(number, calls[number]) for number in range(first, len(calls)))])


def _describe(number: int, call: ReceivedCall) -> str:
    return "\n    ".join([_write_head(number, call), *_write_question(call), *_write_answers(call)])


def _write_head(number: int, call: ReceivedCall) -> str:
    status = "no reply" if call.status is None else str(call.status)
    left = ", the client left" if call.has_left else ""
    return f"call {number}: {call.operation} {call.model}: {status} by {call.source}{left}"


def _write_question(call: ReceivedCall) -> Iterator[str]:
    """The last message, after how many; where that is a tool's, all results."""
    messages = call.tool_results or call.messages[-1:]
    earlier = len(call.messages) - len(messages)
    if earlier:
        yield f"({earlier} earlier message{'s' * (earlier > 1)})"
    yield from (f"{message.role}: {_write_message(message)}" for message in messages)
    if call.tools:
        yield f"tools: {_shorten(', '.join(tool.name for tool in call.tools))}"


def _write_message(message: Turn) -> str:
    calls = "".join(f" [{call.name}({call.arguments})]" for call in message.calls)
    return _shorten(f"{message.text}{calls}")


def _write_answers(call: ReceivedCall) -> Iterator[str]:
    yield from (f"→ {_write_answer(choice)}" for choice in call.choices)
    if call.error is not None:
        yield f"→ error: {_shorten(call.error)}"


def _write_answer(reply: ReceivedReply) -> str:
    parts = [repr(reply.text)] if reply.text else []
    parts += [f"refusal: {reply.refusal!r}"] if reply.refusal else []
    parts += [f"{made.name}({made.arguments})" for made in reply.tool_calls]
    return f"{_shorten(' '.join(parts) or repr(''))} [{reply.finish_reason or 'not finished'}]"


def _shorten(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _MAX_LENGTH else f"{line[:_MAX_LENGTH]}…"
