"""Answers the operations of the Responses API."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from fastapi import Request
from pydantic import BaseModel

from fake_llm_server._api.responses.answering import (
    plan_call,
    replace_last,
    run_in_foreground,
    run_in_stream,
    write_event,
)
from fake_llm_server._api.responses.background import BackgroundRuns, follow_stored
from fake_llm_server._api.responses.compacted_window import compact_conversation
from fake_llm_server._api.responses.event_sequencer import EventSequencer
from fake_llm_server._api.responses.output_items import Event
from fake_llm_server._api.responses.preparation import PreparedResponse, ResponsePreparer
from fake_llm_server._api.responses.stored import StoredResponses, write_conversation
from fake_llm_server._api.responses.unfinished import UNFINISHED
from fake_llm_server._api.shared.call_context import read_context
from fake_llm_server._api.shared.object_ids import ObjectIds
from fake_llm_server._api.shared.served_models import ServedModels
from fake_llm_server._api.shared.server_sent_events import stream_response
from fake_llm_server._contract import Reply
from fake_llm_server._errors import InvalidRequestError, StoreError
from fake_llm_server._generated.responses.api import ResponsesApi
from fake_llm_server._generated.responses.wire import (
    CompactResource,
    CompactResponseMethodPublicBody,
    CreateResponse,
    DeleteResponseResult,
    GetResponseQuery,
    ListInputItemsQuery,
    Response,
    ResponseItemList,
    TokenCountsBody,
    TokenCountsResource,
)
from fake_llm_server._store import Store


class ResponsesHandler(ResponsesApi):
    """Answers responses with the served models.

    Args:
        models: what is served.
        ids: gives out ids.
        store: where responses are kept.

    Attributes:
        preparer: reads requests; the WebSocket's too.
    """

    def __init__(self, models: ServedModels, ids: ObjectIds, store: Store) -> None:
        self.preparer = ResponsePreparer(models, ids)
        self._store = store
        self._background = BackgroundRuns()

    async def close(self) -> None:
        """End what runs in the background."""
        await self._background.close()

    async def create_response(self, body: CreateResponse, request: Request) -> Reply[Response]:
        """Answer a conversation: whole, as a stream, or in the background."""
        stored = self._find_stored(request)
        prepared = await self.preparer.prepare(body, await request.body(), stored, read_context(request))
        is_obfuscated = bool(body.stream_options and body.stream_options.include_obfuscation)
        if body.background:
            run = await self._background.start(prepared, stored)
            if not body.stream:
                return run.response
            return await stream_response(_write_events(run.follow(-1), is_obfuscated=is_obfuscated))
        if body.stream:
            events = _stream(prepared, stored)
            return await stream_response(_write_events(events, is_obfuscated=is_obfuscated))
        return await _complete(prepared, stored)

    def _find_stored(self, request: Request) -> StoredResponses:
        """The stored responses that a request may see."""
        return StoredResponses(self._store, read_context(request).scope.name)

    async def get_response(
        self, response_id: str, request: Request, query: GetResponseQuery
    ) -> Reply[Response]:
        """Return a stored response, or its stream from any event on."""
        if query.starting_after is not None and not query.stream:
            message = "The 'starting_after' parameter is only allowed when 'stream' is enabled."
            raise InvalidRequestError(message, param="starting_after", code="invalid_parameter_combination")
        stored = self._find_stored(request)
        run = self._background.get(stored.scope, response_id)
        if not query.stream:
            return run.response if run else await stored.get(response_id)
        after = -1 if query.starting_after is None else query.starting_after
        events = run.follow(after) if run else follow_stored(stored, response_id, after)
        return await stream_response(_write_events(events, is_obfuscated=bool(query.include_obfuscation)))

    async def delete_response(self, response_id: str, request: Request) -> Reply[DeleteResponseResult]:
        """Delete a stored response, and end it if it is under way."""
        stored = self._find_stored(request)
        run = self._background.get(stored.scope, response_id)
        if run is not None:
            await run.cancel()
        await stored.delete(response_id)
        return DeleteResponseResult(id=response_id, object="response", deleted=True)

    async def cancel_response(self, response_id: str, request: Request) -> Reply[Response]:
        """End a background response; one that has ended stays as it is."""
        stored = self._find_stored(request)
        run = self._background.get(stored.scope, response_id)
        if run is not None:
            await run.cancel()
            return run.response
        if not (await stored.get(response_id)).background:
            raise InvalidRequestError("Cannot cancel a synchronous response.")
        return await stored.cancel(response_id)

    async def list_input_items(
        self, response_id: str, request: Request, query: ListInputItemsQuery
    ) -> Reply[ResponseItemList]:
        """List what a stored response answered."""
        return await self._find_stored(request).list_input_items(response_id, query)

    async def get_input_token_counts(
        self, body: TokenCountsBody, request: Request
    ) -> Reply[TokenCountsResource]:
        """Count the tokens that `create_response` would report for the same request."""
        given = _given_fields(body, exclude={"personality"})
        raw = b"input_tokens\0" + await request.body()  # counting must not change the ids of responses
        prepared = await self.preparer.prepare(
            _as_creation(given),
            raw,
            self._find_stored(request),
            read_context(request),
            operation="getInputTokenCounts",
        )
        planned = await plan_call(prepared)
        num_tokens = await prepared.backend.count_prompt_tokens(planned)
        return TokenCountsResource(object="response.input_tokens", input_tokens=num_tokens)

    async def compact_conversation(
        self, body: CompactResponseMethodPublicBody, request: Request
    ) -> Reply[CompactResource]:
        """Condense a conversation."""
        given = _given_fields(body)
        raw = b"compact\0" + await request.body()
        prepared = await self.preparer.prepare(
            _as_creation(given),
            raw,
            self._find_stored(request),
            read_context(request),
            operation="compactConversation",
        )
        return await compact_conversation(prepared, created_at=prepared.now())


def _given_fields(body: BaseModel, *, exclude: set[str] | None = None) -> dict[str, Any]:
    """The fields of a body that say something; a null inside of one may be required there, and stays."""
    given = body.model_dump(by_alias=True, exclude_unset=True, exclude=exclude)
    return {name: value for name, value in given.items() if value is not None}


def _as_creation(given: dict[str, Any]) -> CreateResponse:
    """The fields of another operation as a request for a response, where only an input must be given."""
    return CreateResponse.model_validate({"input": [], **given})


async def _complete(prepared: PreparedResponse, stored: StoredResponses) -> Response:
    sequencer = EventSequencer(prepared.head, prepared.options, now=prepared.now)
    async with aclosing(run_in_foreground(prepared, sequencer)) as events:
        sent = [event async for event in events]
    if prepared.head.store:
        await stored.put(await write_conversation(prepared.items), sequencer.response, sent)
    return sequencer.response


async def _stream(prepared: PreparedResponse, stored: StoredResponses) -> AsyncGenerator[Event, None]:
    """The events; what is to be stored is stored before the last one is out, or that one is an error."""
    sequencer = EventSequencer(prepared.head, prepared.options, now=prepared.now)
    sent: list[Event] = []
    async with aclosing(run_in_stream(prepared, sequencer, begins_overflow=True)) as events:
        async for event in events:
            sent.append(event)
            if prepared.head.store and sequencer.response.status not in UNFINISHED:
                try:
                    await stored.put(await write_conversation(prepared.items), sequencer.response, sent)
                except StoreError as error:
                    for failure in replace_last(sequencer, [event], error):
                        yield failure
                    return
            yield event


async def _write_events(
    events: AsyncGenerator[Event, None], *, is_obfuscated: bool
) -> AsyncGenerator[bytes, None]:
    async with aclosing(events):
        async for event in events:
            yield write_event(event, is_obfuscated=is_obfuscated)
