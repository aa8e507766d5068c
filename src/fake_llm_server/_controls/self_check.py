"""Refuses replies that contradict themselves, where they are written."""

from typing import TYPE_CHECKING

from fake_llm_server._controls.faults import NO_FAULTS
from fake_llm_server._errors import ConfigurationError

if TYPE_CHECKING:
    from fake_llm_server._controls.reply import Reply


def check_reply(written: "Reply") -> None:
    """Refuse a reply that contradicts itself.

    Raises:
        ConfigurationError: it does, or has a text that can't be sent.
    """
    fault = next((words for is_wrong, words in _contradictions(written) if is_wrong), None)
    if fault is not None:
        raise ConfigurationError(f"This reply contradicts itself: {fault}")
    _check_texts(written)


def _check_texts(written: "Reply") -> None:
    """Refuse half of a surrogate pair, which UTF-8 doesn't have, so that it could never be sent."""
    calls = (text for call in written.tool_calls for text in (call.name, call.arguments))
    error = written.error
    texts = (written.text, written.reasoning, written.refusal, *calls, None if error is None else str(error))
    try:
        "".join(text for text in texts if text).encode()
    except UnicodeEncodeError as fault:
        raise ConfigurationError(f"This reply can't be sent in UTF-8: {fault}.") from fault


def _contradictions(written: "Reply") -> list[tuple[bool, str]]:
    text, calls, reason = written.text, written.tool_calls, written.finish_reason
    has_answer = text is not None or bool(calls) or written.refusal is not None or written.wanted is not None
    has_answer = has_answer or bool(written.items)
    ends_cut = reason in ("length", "content_filter")
    has_counts = written.usage is not None or bool(written.fields)
    alone = has_answer or written.reasoning is not None or reason is not None or bool(written.choices)
    return [
        (
            written.error is not None and (alone or has_counts),
            "an error has no text, calls, items, reasoning, refusal, finish reason, choices, usage, fields.",
        ),
        (
            written.function is not None and (alone or has_counts),
            "a function makes the whole reply; put the other parts into what it returns.",
        ),
        (
            bool(written.choices) and (has_answer or written.reasoning is not None or reason is not None),
            "choices are whole replies of their own; put the other parts into them.",
        ),
        (
            any(choice.choices or choice.error or choice.function for choice in written.choices),
            "a choice is no error, has no choices of its own and is made by no function.",
        ),
        (
            any(
                choice.is_open or choice.usage or choice.rules or choice.fields for choice in written.choices
            ),
            "each choice needs a text, calls or a refusal; the whole reply has usage, fields and rules.",
        ),
        (
            any(choice.faults != NO_FAULTS for choice in written.choices),
            "cut(), slow(), wrong() and other faults belong to the whole reply, not to a choice.",
        ),
        (
            written.error is not None
            and bool(written.faults.breaks or written.faults.lie or written.faults.stall),
            "an error can be slow() or corrupt(), but it has no stream to break and no answer to be wrong.",
        ),
        (
            written.refusal is not None and (text is not None or bool(calls) or written.wanted is not None),
            "a refusal stands in the place of a text and of calls.",
        ),
        (
            written.wanted is not None and bool(calls or written.items),
            "a text that the model writes is the whole answer; leave the calls and items out.",
        ),
        (
            written.chunks is not None and "".join(written.chunks) != (text or ""),
            f"the chunks {written.chunks!r} joined aren't the text {text!r}.",
        ),
        (
            written.logprobs is not None
            and b"".join(token.piece for token in written.logprobs) != (text or "").encode(),
            f"the tokens of the logprobs joined aren't the text {text!r}.",
        ),
        (
            reason == "tool_calls" and has_answer and not calls and not written.items,
            "finish_reason 'tool_calls' needs tool calls.",
        ),
        (
            len(ids := [call.call_id for call in calls if call.call_id is not None]) > len(set(ids)),
            "two of its calls have the same id.",
        ),
        (
            bool(calls) and reason == "stop",
            "an answer with tool calls ends with 'tool_calls'; leave finish_reason out.",
        ),
        (
            ends_cut and any(call.arguments is None for call in calls),
            f"an answer that ends with {reason!r} has its calls written out: give their arguments.",
        ),
    ]
