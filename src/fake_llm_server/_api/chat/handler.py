"""Answers the operations of chat completions."""

from collections.abc import AsyncGenerator, MutableMapping
from contextlib import aclosing
from functools import partial

from fastapi import Request

from fake_llm_server._api.chat.chunks import ChunkWriter
from fake_llm_server._api.chat.generation_request import find_format_place, read_generation_request
from fake_llm_server._api.chat.reply import CompletionHead, write_completion
from fake_llm_server._api.chat.stored import StoredCompletions
from fake_llm_server._api.chat.tools import find_tool_params
from fake_llm_server._api.shared.call_context import read_context
from fake_llm_server._api.shared.constraint_errors import word_constraint_error
from fake_llm_server._api.shared.field_declarations import load_declarations, refuse_fields
from fake_llm_server._api.shared.left_out import tell_left_out
from fake_llm_server._api.shared.object_ids import ObjectIds
from fake_llm_server._api.shared.served_models import ServedModels
from fake_llm_server._api.shared.server_sent_events import DONE, format_event, stream_response
from fake_llm_server._api.shared.validation_errors import MODEL_MISSING
from fake_llm_server._api.shared.wire_errors import describe_error
from fake_llm_server._contract import Reply, run_aside_if_large
from fake_llm_server._errors import ConstraintError, InvalidRequestError
from fake_llm_server._generated.chat.api import ChatCompletionsApi
from fake_llm_server._generated.chat.wire import (
    ChatCompletionDeleted,
    ChatCompletionList,
    ChatCompletionMessageList,
    CreateChatCompletionRequest,
    CreateChatCompletionResponse,
    GetChatCompletionMessagesQuery,
    ListChatCompletionsQuery,
    UpdateChatCompletionRequest,
)
from fake_llm_server._seam import Answers, Backend, Begun, Call, GenerationEvent
from fake_llm_server._store.protocol import Store

FIELDS = load_declarations("chat")


class ChatCompletionsHandler(ChatCompletionsApi):
    """Answers chat completions with the served models.

    Args:
        models: what is served.
        ids: gives out ids.
        store: where completions are kept if clients ask for that.
    """

    def __init__(self, models: ServedModels, ids: ObjectIds, store: Store) -> None:
        self._models = models
        self._ids = ids
        self._store = store

    async def create_chat_completion(
        self, body: CreateChatCompletionRequest, request: Request
    ) -> Reply[CreateChatCompletionResponse]:
        """Answer a conversation, whole or as a stream."""
        refuse_fields(body, FIELDS["createChatCompletion"])
        if not body.model:
            raise InvalidRequestError(MODEL_MISSING)
        backend = self._models.find(body.model).backend
        context, raw = read_context(request), await request.body()
        asked = await run_aside_if_large(len(raw), partial(read_generation_request, body))
        call = context.create_call(
            "createChatCompletion", body.model, asked, metadata=body.metadata, is_streamed=bool(body.stream)
        )
        head = CompletionHead(
            completion_id=await self._ids.create(context.scope, "chatcmpl-", raw, is_stored=bool(body.store)),
            created=int(context.scope.clock.unix_time()),
            model=body.model,
        )
        events = _generate(backend, call, body, context.reply_headers)
        if body.stream:
            return await stream_response(self._stream(head, body, events, self._find_stored(request)))
        answers = await _gather(events)
        return await _finish(head, body, answers, self._find_stored(request))

    def _find_stored(self, request: Request) -> StoredCompletions:
        """The stored completions that a request may see."""
        return StoredCompletions(self._store, read_context(request).scope.name)

    async def _stream(
        self,
        head: CompletionHead,
        body: CreateChatCompletionRequest,
        events: AsyncGenerator[GenerationEvent, None],
        stored: StoredCompletions,
    ) -> AsyncGenerator[bytes, None]:
        """Write chunks; once the first one is out, an error can only be an event of the stream."""
        writer, answers, has_begun = ChunkWriter(head, body), Answers(), False
        async with aclosing(events):
            try:
                async for event in events:
                    if body.store:
                        answers.add(event)
                    for chunk in writer.write(event):
                        has_begun = True
                        yield format_event(chunk)
                if body.store:
                    await _finish(head, body, answers, stored)
            except Exception as error:
                if not has_begun:
                    raise
                yield format_event(describe_error(error).to_json())
                return
        yield DONE

    async def list_chat_completions(
        self, request: Request, query: ListChatCompletionsQuery
    ) -> Reply[ChatCompletionList]:
        """List stored completions."""
        return await self._find_stored(request).list(query)

    async def get_chat_completion(
        self, completion_id: str, request: Request
    ) -> Reply[CreateChatCompletionResponse]:
        """Return a stored completion."""
        return await self._find_stored(request).get(completion_id)

    async def update_chat_completion(
        self, completion_id: str, body: UpdateChatCompletionRequest, request: Request
    ) -> Reply[CreateChatCompletionResponse]:
        """Replace the metadata of a stored completion."""
        return await self._find_stored(request).update(completion_id, body.metadata)

    async def delete_chat_completion(
        self, completion_id: str, request: Request
    ) -> Reply[ChatCompletionDeleted]:
        """Delete a stored completion."""
        return await self._find_stored(request).delete(completion_id)

    async def get_chat_completion_messages(
        self, completion_id: str, request: Request, query: GetChatCompletionMessagesQuery
    ) -> Reply[ChatCompletionMessageList]:
        """List the messages that a stored completion answered."""
        return await self._find_stored(request).list_messages(completion_id, query)


async def _finish(
    head: CompletionHead, body: CreateChatCompletionRequest, answers: Answers, stored: StoredCompletions
) -> CreateChatCompletionResponse:
    """Write the whole completion, and store it if the client asked for that."""
    completion = write_completion(head, body, answers)
    if body.store:
        await stored.put(body, completion)
    return completion


async def _generate(
    backend: Backend, call: Call, body: CreateChatCompletionRequest, headers: MutableMapping[str, str]
) -> AsyncGenerator[GenerationEvent, None]:
    """The events of an answer; a language that can't be used is a fault of the field that asks for it.

    What was left out of the request goes into `headers`.
    """
    try:
        async with aclosing(backend.generate(call)) as events:
            async for event in events:
                if isinstance(event, Begun):
                    tell_left_out(event, headers)
                yield event
    except ConstraintError as error:
        place = find_format_place(body)
        raise word_constraint_error(error, call.request, find_tool_params(body), place) from error


async def _gather(events: AsyncGenerator[GenerationEvent, None]) -> Answers:
    answers = Answers()
    async with aclosing(events):
        async for event in events:
            answers.add(event)
    return answers
