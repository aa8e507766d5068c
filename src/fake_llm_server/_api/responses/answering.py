"""Runs prepared responses: from the backend's events to those of the stream."""

from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import replace

from fake_llm_server._api.responses.compaction import CompactionMade, compact, condense
from fake_llm_server._api.responses.event_sequencer import EventSequencer
from fake_llm_server._api.responses.output_items import Event
from fake_llm_server._api.responses.preparation import PreparedResponse
from fake_llm_server._api.responses.truncation import describe_overflow, drop_oldest_turns
from fake_llm_server._api.shared.constraint_errors import word_constraint_error
from fake_llm_server._api.shared.left_out import tell_left_out
from fake_llm_server._api.shared.obfuscation import create_padding
from fake_llm_server._api.shared.server_sent_events import format_event
from fake_llm_server._contract import dump_json
from fake_llm_server._errors import ConstraintError, ContextOverflowError, InvalidRequestError
from fake_llm_server._seam import Begun, Call, GenerationEvent, Usage

_NOTHING = Usage(prompt_tokens=0, completion_tokens=0)


async def run_in_foreground(
    prepared: PreparedResponse, sequencer: EventSequencer
) -> AsyncGenerator[Event, None]:
    """All events of a response whose client waits for it.

    Nothing is yielded before the backend has begun, so that a refusal can still be the HTTP reply.

    Raises:
        FakeLLMServerError: the backend refused, or failed.
    """
    has_begun = False
    async with aclosing(_answer(prepared)) as events:
        async for event in events:
            if isinstance(event, Begun):
                sequencer.take(event)
            if not has_begun:
                has_begun = True
                for written in (*sequencer.create(), *sequencer.start()):
                    yield written
            for written in sequencer.feed(event):
                yield written


async def run_in_stream(
    prepared: PreparedResponse, sequencer: EventSequencer, *, begins_overflow: bool = False
) -> AsyncGenerator[Event, None]:
    """As `run_in_foreground`, but once the first event is out, an error is the last event.

    Args:
        prepared: what is to be answered.
        sequencer: writes the events.
        begins_overflow: whether an input that is too long is a stream that fails, and no refusal.
    """
    has_begun = False
    try:
        async with aclosing(run_in_foreground(prepared, sequencer)) as events:
            async for event in events:
                has_begun = True
                yield event
    except Exception as error:
        if not has_begun:
            if not (begins_overflow and isinstance(error, ContextOverflowError)):
                raise
            for event in (*sequencer.create(), *sequencer.start()):
                yield event
        for event in sequencer.fail(error):
            yield event


async def run_in_background(
    prepared: PreparedResponse, sequencer: EventSequencer
) -> AsyncGenerator[Event, None]:
    """The events after `response.queued` of a response that nobody waits for; an error is the last one."""
    has_begun = False
    try:
        async with aclosing(_answer(prepared)) as events:
            async for event in events:
                if isinstance(event, Begun):
                    sequencer.take(event)
                for written in (*(() if has_begun else sequencer.start()), *sequencer.feed(event)):
                    yield written
                has_begun = True
    except Exception as error:  # noqa: BLE001 - whatever it is, the client learns of it by polling
        for written in sequencer.fail(error):
            yield written


def replace_last(sequencer: EventSequencer, events: Sequence[Event], error: Exception) -> list[Event]:
    """The event that goes out in the place of a response's last ones, as the response can't be stored."""
    [failure] = sequencer.fail(error)
    number = events[0].sequence_number if events else failure.sequence_number
    return [failure.model_copy(update={"sequence_number": number})]


async def plan_call(prepared: PreparedResponse) -> Call:
    """The call that reaches the backend: without its oldest turns, where they may and must go."""
    if prepared.is_truncated:
        return await drop_oldest_turns(prepared.backend, prepared.call)
    return prepared.call


def write_event(event: Event, *, is_obfuscated: bool) -> bytes:
    """An event as a stream of server-sent events has it."""
    return format_event(event_data(event, is_obfuscated=is_obfuscated), event=event.type)


def event_data(event: Event, *, is_obfuscated: bool) -> bytes:
    """An event's JSON; deltas are padded if the client wants that."""
    if is_obfuscated and event.type.endswith(".delta"):
        padding = create_padding(len(event.delta), _name_item(event), event.sequence_number)
        event = event.model_copy(update={"obfuscation": padding})
    return dump_json(event)


def _name_item(event: Event) -> str:
    """What tells a delta's item from others: a shell's events have no id of it."""
    return str(getattr(event, "item_id", event.output_index))


async def _answer(prepared: PreparedResponse) -> AsyncGenerator[GenerationEvent | CompactionMade, None]:
    """The backend's events, after those of what goes before."""
    if not prepared.is_generated:
        yield _NOTHING
        return
    made = await _compact_if_due(prepared)
    if made is not None:
        yield made
        if prepared.compact_threshold == 0:
            yield _NOTHING
            return
        condensed = prepared.call.asking(condense(prepared.call.request, made))
        prepared = replace(prepared, call=condensed)
    with _wording_errors(prepared):
        call = await plan_call(prepared)
        async with aclosing(prepared.backend.generate(call)) as events:
            async for event in events:
                if isinstance(event, Begun):
                    tell_left_out(event, prepared.reply_headers)
                yield event


async def _compact_if_due(prepared: PreparedResponse) -> CompactionMade | None:
    threshold, backend, call = prepared.compact_threshold, prepared.backend, prepared.call
    if threshold is None:
        return None
    if threshold > 0 and await backend.count_prompt_tokens(call.counted_whole()) < threshold:
        return None
    return await compact(backend, call, replaces_history=True)


@contextmanager
def _wording_errors(prepared: PreparedResponse) -> Iterator[None]:
    """Tell errors of the backend in terms of this API's request."""
    try:
        yield
    except ContextOverflowError as error:
        raise describe_overflow() from error
    except ConstraintError as error:
        request, places = prepared.call.request, prepared.tool_params
        raise word_constraint_error(error, request, places, prepared.answer_format) from error
    except InvalidRequestError as error:
        error.param = "input" if error.param == "messages" else error.param
        raise
