"""Writes a chat completion as a stream of chunks, in OpenAI's order.

As soon as the request is admitted: for each choice a chunk with the role. Then deltas, and for each choice
one with the finish reason and an empty delta. After all of them, if asked for, one with the usage and no
choices.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fake_llm_server._api.chat.logprobs import write_logprobs
from fake_llm_server._api.chat.reply import (
    SERVICE_TIER,
    CompletionHead,
    call_id,
    wire_finish_reason,
    write_usage,
)
from fake_llm_server._api.shared.given_fields import with_fields
from fake_llm_server._api.shared.obfuscation import create_padding
from fake_llm_server._contract import JsonTemplate, dump_json
from fake_llm_server._generated.chat.wire import (
    ChatCompletionMessageToolCallChunk,
    ChatCompletionMessageToolCallChunkCustom,
    ChatCompletionMessageToolCallChunkFunction,
    ChatCompletionStreamResponseDelta,
    ChatCompletionStreamResponseDeltaFunctionCall,
    CreateChatCompletionRequest,
    CreateChatCompletionStreamResponse,
    CreateChatCompletionStreamResponseChoice,
    CreateChatCompletionStreamResponseChoiceLogprobs,
)
from fake_llm_server._seam import (
    Begun,
    CallDelta,
    CallStarted,
    ChoiceEvent,
    Finished,
    GenerationEvent,
    ReasoningDelta,
    RefusalDelta,
    TextDelta,
    TokenLogprob,
    Usage,
)

Chunk = CreateChatCompletionStreamResponse
Delta = ChatCompletionStreamResponseDelta


class ChunkWriter:
    """Writes the chunks of one completion.

    Args:
        head: what each chunk repeats.
        body: the request.
    """

    def __init__(self, head: CompletionHead, body: CreateChatCompletionRequest) -> None:
        self._head = head
        self._body = body
        options = body.stream_options
        self._includes_usage = bool(options and options.include_usage)
        self._is_obfuscated = bool(options and options.include_obfuscation)
        self._fingerprint = ""
        self._fields: Mapping[str, Any] = {}
        self._num_chunks = 0
        self._texts: dict[int, JsonTemplate | None] = {}

    def write(self, event: GenerationEvent) -> Iterator[bytes]:
        """The JSON of the chunks that an event brings about; none, one or several."""
        if isinstance(event, TextDelta) and event.choice in self._texts and self._is_plain(event):
            yield self._find_template(event.choice).fill(event.text)
        else:
            for chunk in self._write(event):
                yield dump_json(chunk)

    def _is_plain(self, event: TextDelta) -> bool:
        """Whether a chunk's text is all that tells it from the one before."""
        has_logprobs = bool(event.logprobs) and bool(self._body.logprobs)
        return bool(event.text) and not (has_logprobs or self._is_obfuscated or self._fields)

    def _find_template(self, choice: int) -> JsonTemplate:
        template = self._texts[choice]
        if template is None:
            template = JsonTemplate(lambda text: dump_json(self._write_choice(choice, Delta(content=text))))
            self._texts[choice] = template
        return template

    def _write(self, event: GenerationEvent) -> Iterator[Chunk]:
        if isinstance(event, Begun):
            self._fingerprint, self._fields = event.fingerprint, event.fields
            for choice in range(self._body.n or 1):
                yield self._write_choice(choice, self._first_delta())
        elif isinstance(event, Usage):
            if self._includes_usage:
                chunk = self._create_chunk([])
                chunk.usage = write_usage(event)
                yield chunk
        else:
            yield from self._write_of_choice(event)

    def _write_of_choice(self, event: ChoiceEvent) -> Iterator[Chunk]:
        match event:
            case TextDelta(text=text):
                if text or event.logprobs:
                    self._texts.setdefault(event.choice)
                    yield self._write_choice(event.choice, Delta(content=text), event.logprobs)
            case ReasoningDelta():
                yield self._write_choice(event.choice, Delta(reasoning_content=event.text))
            case RefusalDelta():
                yield self._write_choice(event.choice, Delta(refusal=event.text))
            case CallStarted():
                yield self._write_choice(event.choice, self._start_call(event))
            case CallDelta():
                yield self._write_choice(event.choice, self._continue_call(event), event.logprobs)
            case Finished():
                yield self._write_choice(
                    event.choice, Delta(), finish_reason=wire_finish_reason(event.reason, self._body)
                )

    def _first_delta(self) -> Delta:
        """The delta that opens a choice: one that may be a call has null for its text, and no text yet."""
        body = self._body
        may_call = (body.tools and body.tool_choice != "none") or (
            body.functions and body.function_call != "none"
        )
        return Delta(role="assistant", content=None if may_call else "", refusal=None)

    def _start_call(self, event: CallStarted) -> Delta:
        if self._body.functions:
            return Delta(
                function_call=ChatCompletionStreamResponseDeltaFunctionCall(name=event.name, arguments="")
            )
        call = ChatCompletionMessageToolCallChunk(
            index=event.index,
            id=event.call_id or call_id(self._head, event.choice, event.index),
            type=event.kind,
        )
        if event.kind == "custom":
            call.custom = ChatCompletionMessageToolCallChunkCustom(name=event.name, input="")
        else:
            call.function = ChatCompletionMessageToolCallChunkFunction(name=event.name, arguments="")
        return Delta(tool_calls=[call])

    def _continue_call(self, event: CallDelta) -> Delta:
        if self._body.functions:
            return Delta(
                function_call=ChatCompletionStreamResponseDeltaFunctionCall(arguments=event.arguments)
            )
        call = ChatCompletionMessageToolCallChunk(index=event.index)
        if event.kind == "custom":
            call.custom = ChatCompletionMessageToolCallChunkCustom(input=event.arguments)
        else:
            call.function = ChatCompletionMessageToolCallChunkFunction(arguments=event.arguments)
        return Delta(tool_calls=[call])

    def _write_choice(
        self,
        index: int,
        delta: Delta,
        logprobs: Sequence[TokenLogprob] = (),
        *,
        finish_reason: Any = None,
    ) -> Chunk:
        written = None
        if self._body.logprobs and logprobs:
            written = CreateChatCompletionStreamResponseChoiceLogprobs(
                content=write_logprobs(logprobs), refusal=None
            )
        choice = CreateChatCompletionStreamResponseChoice(
            index=index, delta=delta, logprobs=written, finish_reason=finish_reason
        )
        chunk = self._create_chunk([choice])
        if self._is_obfuscated:
            chunk.obfuscation = create_padding(
                len(delta.content or ""), self._head.completion_id, self._num_chunks
            )
        return chunk

    def _create_chunk(self, choices: list[CreateChatCompletionStreamResponseChoice]) -> Chunk:
        self._num_chunks += 1
        chunk = Chunk(
            id=self._head.completion_id,
            object="chat.completion.chunk",
            created=self._head.created,
            model=self._head.model,
            service_tier=SERVICE_TIER,
            system_fingerprint=self._fingerprint,
            choices=choices,
        )
        if self._includes_usage:
            chunk.usage = None
        return with_fields(chunk, self._fields)
