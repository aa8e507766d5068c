"""Says in one short line what a call was and how it was answered."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fake_llm_server._controls.received_call import ReceivedCall, ReceivedReply

_MAX_LENGTH = 60


def summarize(call: "ReceivedCall") -> str:
    """A call in a line, such as `0: createResponse gpt-4o 'Weather?' → 200 'It is sunny.' by script`."""
    asked = _word_question(call)
    tools = (
        f" (tools: {shorten(', '.join(tool.name for tool in call.tools), _MAX_LENGTH)})" if call.tools else ""
    )
    left = ", the client left" if call.has_left else ""
    return (
        f"{call.number}: {call.operation} {call.model} {asked}{tools} → {_word_answer(call)} "
        f"by {call.source}{left}"
    )


def word_reply(reply: "ReceivedReply", length: int = _MAX_LENGTH) -> str:
    """A choice in a few words: its text, its refusal, its calls."""
    parts = [repr(reply.text)] if reply.text else []
    parts += [f"refusal: {reply.refusal!r}"] if reply.refusal else []
    parts += [f"{made.name}({made.arguments})" for made in reply.tool_calls]
    parts += [f"[{item['type']}]" for item in reply.items]
    return shorten(" ".join(parts) or repr(""), length)


def shorten(text: str, length: int) -> str:
    """The beginning of a text, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[:length]}…"


def _word_question(call: "ReceivedCall") -> str:
    results = call.tool_results
    if results:
        return f"tool: {shorten(results[-1].text, _MAX_LENGTH)!r}"
    return repr(shorten(call.user_text, _MAX_LENGTH))


def _word_answer(call: "ReceivedCall") -> str:
    status = "no reply" if call.status is None else str(call.status)
    if call.error is not None:
        return f"{status} {shorten(call.error, _MAX_LENGTH)!r}"
    return f"{status} {word_reply(call.reply)}" if call.choices else status
