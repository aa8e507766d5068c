"""Writes the items of an answer while they come: each as the events of its stream, and at last whole.

An item's own events stand between `response.output_item.added` and `response.output_item.done`:

| item | events |
| --- | --- |
| message | content_part.added, output_text.delta…, output_text.done, content_part.done |
| reasoning | content_part.added, reasoning_text.delta…, reasoning_text.done, content_part.done |
| its summary | reasoning_summary_part.added, reasoning_summary_text.delta…, both …done |
| function call | function_call_arguments.delta…, function_call_arguments.done |
| custom tool's call | custom_tool_call_input.delta…, custom_tool_call_input.done |
| shell's call | for each command shell_call_command.added, ….delta…, ….done |
| patch | apply_patch_call_operation_diff.delta…, apply_patch_call_operation_diff.done |

Which item is written when is `event_sequencer`'s business; the last two are written by `client_calls`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias

from fake_llm_server._api.responses.sealed_content import seal
from fake_llm_server._api.shared.object_ids import derive_id
from fake_llm_server._api.shared.token_logprobs import write_token
from fake_llm_server._generated.responses.wire import (
    CustomToolCall,
    FunctionToolCall,
    LogProb,
    OutputMessage,
    OutputTextContent,
    ReasoningItem,
    ReasoningTextContent,
    RefusalContent,
    ResponseContentPartAddedEvent,
    ResponseContentPartDoneEvent,
    ResponseCustomToolCallInputDeltaEvent,
    ResponseCustomToolCallInputDoneEvent,
    ResponseFunctionCallArgumentsDeltaEvent,
    ResponseFunctionCallArgumentsDoneEvent,
    ResponseLogProb,
    ResponseLogProbTopLogprob,
    ResponseOutputItemAddedEvent,
    ResponseOutputItemDoneEvent,
    ResponseReasoningSummaryPartAddedEvent,
    ResponseReasoningSummaryPartAddedEventPart,
    ResponseReasoningSummaryPartDoneEvent,
    ResponseReasoningSummaryPartDoneEventPart,
    ResponseReasoningSummaryTextDeltaEvent,
    ResponseReasoningSummaryTextDoneEvent,
    ResponseReasoningTextDeltaEvent,
    ResponseReasoningTextDoneEvent,
    ResponseTextDeltaEvent,
    ResponseTextDoneEvent,
    SummaryTextContent,
    TopLogProb,
)
from fake_llm_server._seam import CallDelta, CallStarted, ReasoningDelta, TextDelta, TokenLogprob

Event: TypeAlias = Any
"""One of the members of the contract's `ResponseStreamEvent`."""

ItemStatus = Literal["in_progress", "completed", "incomplete"]


class EventCounter:
    """Numbers the events of one stream, from 0."""

    def __init__(self) -> None:
        self._num_given = 0

    @property
    def has_begun(self) -> bool:
        """Whether there has been an event."""
        return self._num_given > 0

    def next(self) -> int:
        """The number of the next event."""
        self._num_given += 1
        return self._num_given - 1


@dataclass(frozen=True, slots=True)
class ItemPlace:
    """Where an item stands in its response."""

    response_id: str
    output_index: int
    counter: EventCounter

    def create_id(self, prefix: str) -> str:
        """An id for the item, or for what belongs to it."""
        return derive_id(prefix, self.response_id, self.output_index)

    def number(self) -> dict[str, Any]:
        """What every event of the item's beginning and end has."""
        return {"output_index": self.output_index, "sequence_number": self.counter.next()}

    def added(self, item: Any) -> Event:
        """The first event of an item."""
        return ResponseOutputItemAddedEvent(type="response.output_item.added", item=item, **self.number())

    def done(self, item: Any) -> Event:
        """The last event of an item."""
        return ResponseOutputItemDoneEvent(type="response.output_item.done", item=item, **self.number())


class OpenItem(Protocol):
    """An item that is being written."""

    def begin(self) -> Iterator[Event]:
        """The events that open it."""

    def add(self, delta: Any) -> Iterator[Event]:
        """The events of a piece of it."""

    def end(self, status: ItemStatus) -> Iterator[Event]:
        """The events that close it."""

    def write(self, status: ItemStatus) -> Any:
        """The item as far as it has come."""


@dataclass(slots=True)
class OpenMessage:
    """A message with one part, the text."""

    place: ItemPlace
    has_logprobs: bool = False
    _text: str = ""
    _logprobs: list[TokenLogprob] = field(default_factory=list)

    def begin(self) -> Iterator[Event]:
        """Open the message and its part."""
        yield self.place.added(self._write([], "in_progress"))
        yield ResponseContentPartAddedEvent(
            type="response.content_part.added", part=_write_text("", []), **self._place_part()
        )

    def add(self, delta: TextDelta) -> Iterator[Event]:
        """A piece of text."""
        logprobs = delta.logprobs if self.has_logprobs else ()
        if not delta.text and not logprobs:
            return
        self._text += delta.text
        self._logprobs.extend(logprobs)
        yield ResponseTextDeltaEvent(
            type="response.output_text.delta",
            delta=delta.text,
            logprobs=[_write_event_logprob(token) for token in logprobs],
            **self._place_part(),
        )

    def end(self, status: ItemStatus) -> Iterator[Event]:
        """Close the part and the message."""
        yield ResponseTextDoneEvent(
            type="response.output_text.done",
            text=self._text,
            logprobs=[_write_event_logprob(token) for token in self._logprobs],
            **self._place_part(),
        )
        yield ResponseContentPartDoneEvent(
            type="response.content_part.done", part=self._write_part(), **self._place_part()
        )
        yield self.place.done(self.write(status))

    def write(self, status: ItemStatus) -> OutputMessage:
        """The message with its text."""
        return self._write([self._write_part()], status)

    def _write(self, content: list[OutputTextContent | RefusalContent], status: ItemStatus) -> OutputMessage:
        return OutputMessage(
            id=self.place.create_id("msg_"), type="message", status=status, content=content, role="assistant"
        )

    def _write_part(self) -> OutputTextContent:
        return _write_text(self._text, self._logprobs)

    def _place_part(self) -> dict[str, Any]:
        return {"item_id": self.place.create_id("msg_"), "content_index": 0, **self.place.number()}


@dataclass(slots=True)
class OpenReasoning:
    """Thoughts: in the open, or as their summary if the client asked for one.

    A small model's thoughts are short; their summary is the thoughts themselves.
    """

    place: ItemPlace
    is_summarized: bool = False
    is_sealed: bool = False
    _text: str = ""

    def begin(self) -> Iterator[Event]:
        """Open the item and its part."""
        yield self.place.added(self._write(has_part=False))
        if self.is_summarized:
            part = ResponseReasoningSummaryPartAddedEventPart(type="summary_text", text="")
            yield ResponseReasoningSummaryPartAddedEvent(
                type="response.reasoning_summary_part.added", part=part, **self._place_part()
            )
        else:
            yield ResponseContentPartAddedEvent(
                type="response.content_part.added",
                part=ReasoningTextContent(type="reasoning_text", text=""),
                **self._place_part(),
            )

    def add(self, delta: ReasoningDelta) -> Iterator[Event]:
        """A piece of thought."""
        self._text += delta.text
        if self.is_summarized:
            yield ResponseReasoningSummaryTextDeltaEvent(
                type="response.reasoning_summary_text.delta", delta=delta.text, **self._place_part()
            )
        else:
            yield ResponseReasoningTextDeltaEvent(
                type="response.reasoning_text.delta", delta=delta.text, **self._place_part()
            )

    def end(self, status: ItemStatus) -> Iterator[Event]:
        """Close the part and the item."""
        yield from self._end_summary() if self.is_summarized else self._end_text()
        yield self.place.done(self.write(status))

    def write(self, status: ItemStatus) -> ReasoningItem:
        """The item with its thoughts. It has no status, as OpenAI's have none and its API takes none back."""
        del status
        return self._write(has_part=True)

    def _end_summary(self) -> Iterator[Event]:
        yield ResponseReasoningSummaryTextDoneEvent(
            type="response.reasoning_summary_text.done", text=self._text, **self._place_part()
        )
        part = ResponseReasoningSummaryPartDoneEventPart(type="summary_text", text=self._text)
        yield ResponseReasoningSummaryPartDoneEvent(
            type="response.reasoning_summary_part.done", part=part, **self._place_part()
        )

    def _end_text(self) -> Iterator[Event]:
        yield ResponseReasoningTextDoneEvent(
            type="response.reasoning_text.done", text=self._text, **self._place_part()
        )
        part = ReasoningTextContent(type="reasoning_text", text=self._text)
        yield ResponseContentPartDoneEvent(type="response.content_part.done", part=part, **self._place_part())

    def _write(self, *, has_part: bool) -> ReasoningItem:
        item = ReasoningItem(id=self.place.create_id("rs_"), type="reasoning", summary=[])
        if has_part and self.is_summarized:
            item.summary = [SummaryTextContent(type="summary_text", text=self._text)]
        elif not self.is_summarized:
            part = ReasoningTextContent(type="reasoning_text", text=self._text)
            item.content = [part] if has_part else []
        if self.is_sealed:
            item.encrypted_content = seal({"thoughts": self._text})
        return item

    def _place_part(self) -> dict[str, Any]:
        index = "summary_index" if self.is_summarized else "content_index"
        return {"item_id": self.place.create_id("rs_"), index: 0, **self.place.number()}


@dataclass(slots=True)
class OpenCall:
    """A call of a function or a custom tool."""

    place: ItemPlace
    started: CallStarted
    namespaces: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    _arguments: str = ""

    def begin(self) -> Iterator[Event]:
        """Open the call, whose name is known."""
        yield self.place.added(self.write("in_progress"))

    def add(self, delta: CallDelta) -> Iterator[Event]:
        """A piece of the arguments, or of the input."""
        self._arguments += delta.arguments
        if self.started.kind == "custom":
            yield ResponseCustomToolCallInputDeltaEvent(
                type="response.custom_tool_call_input.delta", delta=delta.arguments, **self._place()
            )
        else:
            yield ResponseFunctionCallArgumentsDeltaEvent(
                type="response.function_call_arguments.delta", delta=delta.arguments, **self._place()
            )

    def end(self, status: ItemStatus) -> Iterator[Event]:
        """Close the call."""
        if self.started.kind == "custom":
            yield ResponseCustomToolCallInputDoneEvent(
                type="response.custom_tool_call_input.done", input=self._arguments, **self._place()
            )
        else:
            _, name = self._find_name()
            yield ResponseFunctionCallArgumentsDoneEvent(
                type="response.function_call_arguments.done",
                name=name,
                arguments=self._arguments,
                **self._place(),
            )
        yield self.place.done(self.write(status))

    def write(self, status: ItemStatus) -> FunctionToolCall | CustomToolCall:
        """The call with its arguments."""
        namespace, name = self._find_name()
        item: FunctionToolCall | CustomToolCall
        if self.started.kind == "custom":
            item = CustomToolCall(
                id=self._item_id,
                type="custom_tool_call",
                status=status,
                call_id=self.started.call_id or self.place.create_id("call_"),
                input=self._arguments,
                name=name,
            )
        else:
            item = FunctionToolCall(
                id=self._item_id,
                type="function_call",
                status=status,
                arguments=self._arguments,
                call_id=self.started.call_id or self.place.create_id("call_"),
                name=name,
            )
        if namespace is not None:
            item.namespace = namespace
        return item

    @property
    def _item_id(self) -> str:
        return self.place.create_id("ctc_" if self.started.kind == "custom" else "fc_")

    def _find_name(self) -> tuple[str | None, str]:
        return self.namespaces.get(self.started.name, (None, self.started.name))

    def _place(self) -> dict[str, Any]:
        return {"item_id": self._item_id, **self.place.number()}


def _write_text(text: str, logprobs: list[TokenLogprob]) -> OutputTextContent:
    return OutputTextContent(
        type="output_text",
        annotations=[],
        logprobs=[_write_logprob(token) for token in logprobs],
        text=text,
    )


def _write_logprob(token: TokenLogprob) -> LogProb:
    others = [TopLogProb(**write_token(other)) for other in token.alternatives]
    return LogProb(**write_token(token), top_logprobs=others)


def _write_event_logprob(token: TokenLogprob) -> ResponseLogProb:
    """A logprob as delta events carry it: without bytes."""
    written = write_token(token)
    others = [write_token(other) for other in token.alternatives]
    return ResponseLogProb(
        token=written["token"],
        logprob=written["logprob"],
        top_logprobs=[
            ResponseLogProbTopLogprob(token=other["token"], logprob=other["logprob"]) for other in others
        ],
    )
