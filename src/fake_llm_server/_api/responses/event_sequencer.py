"""Puts a response's events in OpenAI's order: generation events in, events of the stream out.

The order, which `tests/test_responses_event_sequencer.py` holds for random answers:

1. `sequence_number` counts all events from 0, without a gap.
2. First come `response.created`, for a background response `response.queued`, then `response.in_progress`.
3. Items follow each other: `output_index` counts them from 0, and one is done before the next is added.
4. An item's events are those of the table in `output_items`, with its id and index; the texts of its deltas,
   joined, are the text of its `done` twin and of the item.
5. Last comes one of `response.completed`, `response.incomplete`, `response.failed` and `error`. The first two
   carry the whole response, whose output is the items that were done, in their order.
6. An answer that was cut leaves its last item incomplete, where an item has a status and wasn't whole.

An answer that ends of itself has a message or a call: if nothing came, an empty message.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from fake_llm_server._api.responses.client_calls import OpenClientCall
from fake_llm_server._api.responses.compaction import CompactionMade
from fake_llm_server._api.responses.given_item_events import write_given
from fake_llm_server._api.responses.given_items import complete_item
from fake_llm_server._api.responses.output_items import (
    Event,
    EventCounter,
    ItemPlace,
    ItemStatus,
    OpenCall,
    OpenItem,
    OpenMessage,
    OpenReasoning,
)
from fake_llm_server._api.responses.refusal_item import OpenRefusal
from fake_llm_server._api.responses.response_object import write_usage
from fake_llm_server._api.responses.sealed_content import seal
from fake_llm_server._api.shared.given_fields import with_fields
from fake_llm_server._api.shared.wire_errors import WireError, describe_error
from fake_llm_server._errors import (
    ContextOverflowError,
    EngineFailureError,
    GenerationError,
    InvalidRequestError,
    OverloadedError,
)
from fake_llm_server._generated.responses.wire import (
    CompactionBody,
    Response,
    ResponseCompletedEvent,
    ResponseCreatedEvent,
    ResponseError,
    ResponseErrorEvent,
    ResponseFailedEvent,
    ResponseIncompleteDetails,
    ResponseIncompleteEvent,
    ResponseInProgressEvent,
    ResponseQueuedEvent,
)
from fake_llm_server._generated.shared import Error
from fake_llm_server._seam import (
    Begun,
    CallDelta,
    CallEnded,
    CallStarted,
    Finished,
    FinishReason,
    GenerationEvent,
    ItemGiven,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
    Usage,
)


@dataclass(frozen=True, slots=True)
class OutputOptions:
    """What a client wants to see of an answer.

    Attributes:
        has_logprobs: whether text carries the logprobs of its tokens.
        is_summarized: whether thoughts are given as a summary.
        is_sealed: whether reasoning items carry their sealed content.
        namespaces: see `OfferedTools`.
        client_tools: see `OfferedTools`.
    """

    has_logprobs: bool = False
    is_summarized: bool = False
    is_sealed: bool = False
    namespaces: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    client_tools: Mapping[str, str] = field(default_factory=dict)


class EventSequencer:
    """Follows one response.

    Args:
        head: the response as it begins: with all settings, and without output.
        options: what the client wants to see.
        now: Unix time, seconds.

    Attributes:
        response: the response as far as it has come.
    """

    def __init__(self, head: Response, options: OutputOptions, *, now: Callable[[], int]) -> None:
        self.response = head
        self._options = options
        self._now = now
        self._counter = EventCounter()
        self._open: OpenItem | None = None
        self._num_calls = 0
        self._has_given = False
        self._finish_reason: FinishReason = "stop"
        self._compacted = Usage(prompt_tokens=0, completion_tokens=0)

    def create(self) -> Iterator[Event]:
        """The event that begins every stream, and the one that a background response waits with."""
        number = self._counter.next()
        yield ResponseCreatedEvent(type="response.created", response=self.response, sequence_number=number)
        if self.response.status == "queued":
            number = self._counter.next()
            yield ResponseQueuedEvent(type="response.queued", response=self.response, sequence_number=number)

    def take(self, begun: Begun) -> None:
        """Take over what whoever answers says of the response; one that clients know already keeps its id."""
        kept = ("id", "created_at") if self._counter.has_begun else ()
        fields = {name: value for name, value in begun.fields.items() if name not in kept}
        self.response = with_fields(self.response, fields)

    def start(self) -> Iterator[Event]:
        """The event that says that work has begun."""
        self._update(status="in_progress")
        yield ResponseInProgressEvent(
            type="response.in_progress", response=self.response, sequence_number=self._counter.next()
        )

    def feed(self, event: GenerationEvent | CompactionMade) -> Iterator[Event]:
        """The events that a generation event brings about; `Usage` ends the response."""
        match event:
            case TextDelta():
                if event.text or self._open_is(OpenMessage):
                    yield from self._continue(OpenMessage)
                    yield from self._add(event)
            case ReasoningDelta() | RefusalDelta():
                yield from self._continue(OpenReasoning if isinstance(event, ReasoningDelta) else OpenRefusal)
                yield from self._add(event)
            case CallStarted():
                self._num_calls += 1
                yield from self._begin(self._open_call(event))
            case CallDelta():
                self._check_call(event)
                yield from self._add(event)
            case CallEnded():
                yield from self._close("completed")
            case ItemGiven() | CompactionMade():
                yield from self._write_whole(event)
            case Finished():
                yield from self._finish(event)
            case Usage():
                yield from self._complete(event)

    def fail(self, error: Exception) -> Iterator[Event]:
        """The last event of a response that can't be finished; of one whose input is too long the last two.

        It is `response.failed` where the model is at fault, or the request that was accepted to be answered
        later; anything else is an `error`. An input that is too long is both, in a stream.
        """
        described = describe_error(error)
        is_too_long = isinstance(error, ContextOverflowError)
        if is_too_long and not self.response.background:
            yield self._write_error(described)
        is_foreseen = isinstance(error, GenerationError | OverloadedError | InvalidRequestError)
        code = described.code if is_too_long else _FAILURE_CODES.get(described.status, "server_error")
        self._update(
            status="failed",
            error=ResponseError.model_validate({"code": code, "message": described.message}),
        )
        if is_foreseen or self.response.background:
            number = self._counter.next()
            yield ResponseFailedEvent(type="response.failed", sequence_number=number, response=self.response)
        else:
            yield self._write_error(described)

    def _write_error(self, described: WireError) -> Event:
        """The event has its details twice: as the contract has them, and as OpenAI sends them."""
        details = Error(
            code=described.code, message=described.message, param=described.param, type=described.type
        )
        return ResponseErrorEvent(
            type="error",
            code=described.code,
            message=described.message,
            param=described.param,
            sequence_number=self._counter.next(),
            error=details,
        )

    def cancel(self) -> None:
        """Mark the response cancelled; OpenAI has no event for that."""
        self._update(status="cancelled")

    def _place(self) -> ItemPlace:
        num_items = len(self.response.output) + (self._open is not None)
        return ItemPlace(self.response.id, num_items, self._counter)

    def _open_is(self, kind: type) -> bool:
        return isinstance(self._open, kind)

    def _open_call(self, started: CallStarted) -> OpenItem:
        kind = self._options.client_tools.get(started.name)
        if kind is not None:
            return OpenClientCall(self._place(), kind, started.call_id)
        return OpenCall(self._place(), started, self._options.namespaces)

    def _continue(self, kind: type[OpenMessage | OpenReasoning | OpenRefusal]) -> Iterator[Event]:
        """Begin an item unless one of this kind is open."""
        if self._open_is(kind):
            return
        options = self._options
        if kind is OpenMessage:
            yield from self._begin(OpenMessage(self._place(), options.has_logprobs))
        elif kind is OpenRefusal:
            yield from self._begin(OpenRefusal(self._place()))
        else:
            yield from self._begin(OpenReasoning(self._place(), options.is_summarized, options.is_sealed))

    def _begin(self, item: OpenItem) -> Iterator[Event]:
        yield from self._close("completed")
        self._open = item
        yield from item.begin()

    def _add(self, delta: TextDelta | ReasoningDelta | RefusalDelta | CallDelta) -> Iterator[Event]:
        if self._open is not None:
            yield from self._open.add(delta)

    def _close(self, status: ItemStatus) -> Iterator[Event]:
        item, self._open = self._open, None
        if item is not None:
            yield from item.end(status)
            self._update(output=[*self.response.output, item.write(status)])

    def _check_call(self, event: CallDelta) -> None:
        is_call = self._open_is(OpenCall) or self._open_is(OpenClientCall)
        if not is_call or event.index != self._num_calls - 1:
            message = f"The backend continued call {event.index}, which it had not begun or had left."
            raise EngineFailureError(message)

    def _write_whole(self, event: ItemGiven | CompactionMade) -> Iterator[Event]:
        yield from self._close("completed")
        if isinstance(event, ItemGiven):
            yield from self._write_given(event)
        else:
            yield from self._write_compaction(event)

    def _write_given(self, given: ItemGiven) -> Iterator[Event]:
        place = self._place()
        item = complete_item(given.item, place)
        if self._options.is_sealed and item.type == "reasoning" and item.encrypted_content is None:
            texts = [part.text for part in item.content or item.summary]
            item = item.model_copy(update={"encrypted_content": seal({"thoughts": "".join(texts)})})
        yield from write_given(item, place)
        self._update(output=[*self.response.output, item])
        self._has_given = True

    def _write_compaction(self, made: CompactionMade) -> Iterator[Event]:
        place = self._place()
        item = CompactionBody(
            id=place.create_id("cmp_"), type="compaction", encrypted_content=made.sealed_content
        )
        yield place.added(item)
        yield place.done(item)
        self._update(output=[*self.response.output, item])
        self._compacted = made.usage

    def _finish(self, event: Finished) -> Iterator[Event]:
        self._finish_reason = event.reason
        is_empty = self._open is None or self._open_is(OpenReasoning)
        if is_empty and not (self._is_cut or self._num_calls or self._has_given):
            yield from self._continue(OpenMessage)
        yield from self._close("incomplete" if self._is_cut else "completed")

    @property
    def _is_cut(self) -> bool:
        return self._finish_reason in _CUT

    def _complete(self, usage: Usage) -> Iterator[Event]:
        written = write_usage(usage, self._compacted)
        number = self._counter.next()
        if self._is_cut:
            details = ResponseIncompleteDetails(reason=_CUT[self._finish_reason])
            self._update(status="incomplete", incomplete_details=details, usage=written)
            yield ResponseIncompleteEvent(
                type="response.incomplete", response=self.response, sequence_number=number
            )
        else:
            self._update(status="completed", completed_at=self._now(), usage=written)
            yield ResponseCompletedEvent(
                type="response.completed", response=self.response, sequence_number=number
            )

    def _update(self, **changes: object) -> None:
        """Go on with a changed copy: events that went out keep the response that they had."""
        self.response = self.response.model_copy(update=changes)


_CUT: Mapping[FinishReason, Literal["max_output_tokens", "content_filter"]] = {
    "length": "max_output_tokens",
    "content_filter": "content_filter",
}
"""Why an answer that doesn't end of itself is incomplete."""

_FAILURE_CODES = {400: "invalid_prompt", 429: "rate_limit_exceeded"}
"""HTTP status of an error to the contract's `ResponseErrorCode`; all others are the server's fault."""
