"""Verdicts on what a client makes of an answer in the next request of its conversation."""

import json
import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any

from fake_llm_server._controls.entry_words import shorten
from fake_llm_server._controls.received_call import ReceivedCall, ReceivedReply
from fake_llm_server._controls.received_request import ReceivedRequest
from fake_llm_server._controls.verdicts.verdict import Verdict
from fake_llm_server._seam import Turn

_CUT = ("length", "content_filter")
_ASKS_FOR_REST = re.compile(r"\b(continue|go on|keep going|carry on|the rest|left off)\b", re.IGNORECASE)
_MAX_SHOWN = 60


def judge_parts(calls: Sequence[ReceivedCall]) -> Iterator[Verdict]:
    """Answers that weren't whole, and stand in a later request as if they were.

    A program that asks for the rest may send what it has: as the last message, or before words like
    "continue".
    """
    for number, call in enumerate(calls):
        why = _find_why_partial(call)
        later = calls[number + 1 :] if why else ()
        for next_call in later:
            turn = _find_next_turn(call, next_call)
            if turn is None or not _is_part(call, turn) or _asks_for_rest(next_call, turn):
                continue
            if any(_gave_whole(other, turn) for other in calls if other is not call):
                continue
            evidence = (
                f"The answer of call {call.number} {why}, and in call {next_call.number} it is an "
                f"assistant's message {shorten(_word(turn), _MAX_SHOWN)!r}."
            )
            yield Verdict("took_part_for_whole", evidence, _list_requests(call, next_call))
            break


def judge_caches(calls: Sequence[ReceivedCall]) -> Iterator[Verdict]:
    """Requests that go on from an answer, but don't begin as the one that was answered."""
    for number, call in enumerate(calls):
        place = max((at for at, turn in enumerate(call.messages) if turn.role == "assistant"), default=None)
        if place is None:
            continue
        before = [each for each in calls[:number] if _goes_on_from(call, place, each)]
        changes = [_find_change(each, call) for each in before]
        if before and all(changes):
            evidence = f"Call {call.number} goes on from call {before[-1].number}, but {changes[-1]}."
            yield Verdict("broke_cache", evidence, _list_requests(before[-1], call))


def _find_why_partial(call: ReceivedCall) -> str | None:
    """What makes an answer part of one; None if it is whole, was refused, or its client left it."""
    if call.has_left or not call.choices or (call.http is not None and call.http.has_left):
        return None
    reasons = {choice.finish_reason for choice in call.choices}
    if None in reasons or (call.http is not None and call.http.is_broken):
        return "broke off"
    return next((f"ended with {reason!r}" for reason in _CUT if reason in reasons), None)


def _find_next_turn(call: ReceivedCall, later: ReceivedCall) -> Turn | None:
    """The message that stands where a call's answer belongs, if a later call goes on from it."""
    end = len(call.messages)
    if len(later.messages) <= end or list(later.messages[:end]) != list(call.messages):
        return None
    turn = later.messages[end]
    return turn if turn.role == "assistant" else None


def _is_part(call: ReceivedCall, turn: Turn) -> bool:
    return any(_begins_with(choice, turn) for choice in call.choices)


def _begins_with(reply: ReceivedReply, turn: Turn) -> bool:
    """Whether a message is an answer as far as it came, or the beginning of that."""
    if not turn.text and not turn.calls:
        return False
    has_calls = len(turn.calls) <= len(reply.tool_calls) and all(
        theirs.name == mine.name and mine.arguments.startswith(theirs.arguments)
        for theirs, mine in zip(turn.calls, reply.tool_calls, strict=False)
    )
    return has_calls and reply.text.startswith(turn.text)


def _gave_whole(call: ReceivedCall, turn: Turn) -> bool:
    """Whether a message is the whole answer of a call."""
    return _find_why_partial(call) is None and any(_is_same_answer(choice, turn) for choice in call.choices)


def _asks_for_rest(call: ReceivedCall, turn: Turn) -> bool:
    return call.messages[-1] is turn or _ASKS_FOR_REST.search(call.user_text) is not None


def _goes_on_from(call: ReceivedCall, place: int, earlier: ReceivedCall) -> bool:
    """Whether a call's last assistant message is the answer of an earlier one, to about the same message."""
    is_answer = any(_is_same_answer(choice, call.messages[place]) for choice in earlier.choices)
    if not is_answer or not place or not earlier.messages:
        return False
    asked, was = call.messages[place - 1], earlier.messages[-1]
    return asked.role == was.role and (asked.text in was.text or was.text in asked.text)


def _is_same_answer(reply: ReceivedReply, turn: Turn) -> bool:
    if not turn.text and not turn.calls:
        return False
    mine = [(made.name, _parse(made.arguments)) for made in reply.tool_calls]
    theirs = [(made.name, _parse(made.arguments)) for made in turn.calls]
    return (reply.text or reply.refusal, mine) == (turn.text, theirs)


def _parse(arguments: str) -> Any:
    try:
        return json.loads(arguments)
    except ValueError:
        return arguments


def _find_change(earlier: ReceivedCall, call: ReceivedCall) -> str | None:
    """What of an earlier prompt isn't the beginning of a later one; None if all of it is."""
    if list(earlier.tools) != list(call.tools):
        return f"the tools were {_list_tools(earlier)} and are {_list_tools(call)}"
    for place, (before, now) in enumerate(zip_longest(earlier.messages, call.messages)):
        if before is None:
            return None
        if before != now:
            was = f"message {place} was {before.role} {_show_change(before, now)}"
            return f"{was} and is {'gone' if now is None else f'{now.role} {_show_change(now, before)}'}"
    return None


def _list_tools(call: ReceivedCall) -> str:
    return f"[{', '.join(tool.name for tool in call.tools)}]"


def _show_change(turn: Turn, other: Turn | None) -> str:
    """A message from shortly before the place where it differs from another one."""
    text, before = _word(turn), "" if other is None else _word(other)
    differs = next((at for at, (a, b) in enumerate(zip(text, before, strict=False)) if a != b), 0)
    start = max(0, differs - _MAX_SHOWN // 2)
    return repr(f"{'…' if start else ''}{shorten(text[start:], _MAX_SHOWN)}")


def _word(turn: Turn) -> str:
    return f"{turn.text}{''.join(f'{made.name}({made.arguments})' for made in turn.calls)}"


def _list_requests(*calls: ReceivedCall) -> tuple[ReceivedRequest, ...]:
    return tuple(call.http for call in calls if call.http is not None)
