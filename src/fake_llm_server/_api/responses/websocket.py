"""The WebSocket form of `POST /responses`: requests and events as messages of one connection.

A client sends `response.create` with the fields of the HTTP request, and gets the events of its stream. A
request may name a lane, `stream_id`: those of one lane are answered in turn, lanes beside each other. A
connection remembers the last response of each lane, so that `previous_response_id` finds it without `store`.

Source: the contract upstream (`ResponsesClientEvent`, `ResponsesServerEvent`), and
https://platform.openai.com/docs/guides/websocket-mode
"""

import asyncio
import json
from collections.abc import Collection, Mapping, Sequence
from contextlib import aclosing, suppress
from typing import Any

from fastapi import APIRouter
from starlette.websockets import WebSocket, WebSocketDisconnect

from fake_llm_server._api.responses.answering import event_data, run_in_stream
from fake_llm_server._api.responses.event_sequencer import EventSequencer
from fake_llm_server._api.responses.input_items import Item, output_as_input
from fake_llm_server._api.responses.output_items import Event
from fake_llm_server._api.responses.preparation import PreparedResponse, ResponsePreparer
from fake_llm_server._api.responses.stored import StoredResponses, write_conversation
from fake_llm_server._api.responses.websocket_messages import (
    ClientRequest,
    Lane,
    parse_message,
    read_lane,
    read_request,
    refuse_steering,
    write_error,
    write_message,
)
from fake_llm_server._api.shared.call_context import read_context
from fake_llm_server._controls import renew_wire
from fake_llm_server._errors import InvalidRequestError, QueueFullError, RequestTooLargeError
from fake_llm_server._store.protocol import Store

MAX_LANES = 64
"""Lanes that one connection may have."""

MAX_WAITING = 16
"""Requests that may wait in a lane behind the one that is answered."""


def create_websocket_router(preparer: ResponsePreparer, store: Store) -> APIRouter:
    """Create the route of the WebSocket form.

    Args:
        preparer: reads requests.
        store: where responses are kept.
    """
    router = APIRouter()

    @router.websocket("/responses")
    async def connect(websocket: WebSocket) -> None:
        await websocket.accept()
        # A server that closes cancels this; uvicorn would log that as a failure of the application.
        with suppress(asyncio.CancelledError):
            await _Connection(websocket, preparer, store).serve()

    return router


class ConnectionHistory:
    """What a connection remembers, and behind it what is stored; see `History`."""

    def __init__(self, stored: StoredResponses) -> None:
        self._stored = stored
        self._latest: dict[Lane, tuple[str, Sequence[Item]]] = {}

    def remember(self, lane: Lane, response_id: str, conversation: Sequence[Item]) -> None:
        """Keep a lane's last response, in the place of the one before."""
        self._latest[lane] = (response_id, conversation)

    def forget(self, response_id: str | None) -> None:
        """Drop a response that a failed request went on from, as OpenAI does."""
        self._latest = {lane: known for lane, known in self._latest.items() if known[0] != response_id}

    async def find_conversation(self, response_id: str) -> Sequence[Item] | None:
        """See `History`."""
        for known_id, conversation in self._latest.values():
            if known_id == response_id:
                return conversation
        return await self._stored.find_conversation(response_id)

    async def find_items(self, item_ids: Collection[str]) -> Mapping[str, Item]:
        """See `History`."""
        found: dict[str, Item] = {}
        for _, conversation in self._latest.values():
            found.update((item.id, item) for item in conversation if item.id in item_ids)
        others = [item_id for item_id in item_ids if item_id not in found]
        return {**await self._stored.find_items(others), **found}


class _Connection:
    """One client's connection."""

    def __init__(self, websocket: WebSocket, preparer: ResponsePreparer, store: Store) -> None:
        self._websocket = websocket
        self._preparer = preparer
        self._context = read_context(websocket)
        self._stored = stored = StoredResponses(store, self._context.scope.name)
        self._history = ConnectionHistory(stored)
        self._waiting: dict[Lane, asyncio.Queue[ClientRequest]] = {}
        self._workers: list[asyncio.Task[None]] = []
        self._sending = asyncio.Lock()

    async def serve(self) -> None:
        """Answer requests until the client leaves; then end what is under way."""
        try:
            while True:
                try:
                    raw = await self._receive()
                except RequestTooLargeError as error:
                    await self._send(write_error(error))
                else:
                    await self._take(raw)
        except WebSocketDisconnect:
            pass
        finally:
            for worker in self._workers:
                worker.cancel()
            await asyncio.gather(*self._workers, return_exceptions=True)

    async def _receive(self) -> bytes:
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1005))
        text = message.get("text")
        return text.encode() if text is not None else bytes(message["bytes"])

    async def _take(self, raw: bytes) -> None:
        """Put a request into its lane; answer a message that is none with its error."""
        lane: Lane = None
        try:
            data = parse_message(raw)
            lane = read_lane(data)
            if data.get("type") == "response.steer":
                await self._send(refuse_steering(data))
                return
            request = read_request(data, lane, raw)
            _put(request, self._find_queue(lane))
        except Exception as error:  # noqa: BLE001 - whatever it is, the client is told, and the connection lives on
            await self._send(write_error(error), lane)

    def _find_queue(self, lane: Lane) -> asyncio.Queue[ClientRequest]:
        queue = self._waiting.get(lane)
        if queue is None:
            if len(self._waiting) >= MAX_LANES:
                raise InvalidRequestError(
                    f"This WebSocket connection has reached its stream limit of {MAX_LANES}.",
                    param="stream_id",
                    code="websocket_stream_limit_reached",
                )
            queue = self._waiting[lane] = asyncio.Queue(MAX_WAITING)
            self._workers.append(asyncio.create_task(self._work(queue)))
        return queue

    async def _work(self, queue: asyncio.Queue[ClientRequest]) -> None:
        """Answer the requests of one lane, in turn."""
        with suppress(WebSocketDisconnect):
            while True:
                await self._answer(await queue.get())

    async def _answer(self, request: ClientRequest) -> None:
        renew_wire()
        try:
            prepared = await self._preparer.prepare(
                request.body,
                request.raw,
                self._history,
                self._context,
                is_generated=request.is_generated,
            )
            await self._stream(prepared, request)
        except WebSocketDisconnect:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the client is told, and the connection lives on
            self._history.forget(request.body.previous_response_id)
            await self._send(write_error(error), request.lane)

    async def _stream(self, prepared: PreparedResponse, request: ClientRequest) -> None:
        sequencer = EventSequencer(prepared.head, prepared.options, now=prepared.now)
        options = request.body.stream_options
        is_obfuscated = bool(options and options.include_obfuscation)
        sent: list[Event] = []
        async with aclosing(run_in_stream(prepared, sequencer)) as events:
            async for event in events:
                sent.append(event)
                if sequencer.response.status != "in_progress":
                    await self._settle(prepared, sequencer, sent, request)
                data = json.loads(event_data(event, is_obfuscated=is_obfuscated))
                await self._send(write_message(data), request.lane)

    async def _settle(
        self,
        prepared: PreparedResponse,
        sequencer: EventSequencer,
        sent: list[Event],
        request: ClientRequest,
    ) -> None:
        """Remember a response that has ended, before its last event is out."""
        response = sequencer.response
        if prepared.head.store:
            await self._stored.put(await write_conversation(prepared.items), response, sent)
        if response.status == "failed":
            self._history.forget(request.body.previous_response_id)
        else:
            conversation = [*prepared.items, *output_as_input(response.output)]
            self._history.remember(request.lane, response.id, conversation)

    async def _send(self, message: dict[str, Any], lane: Lane = None) -> None:
        if lane is not None:
            message = {**message, "stream_id": lane}
        async with self._sending:
            try:
                await self._websocket.send_text(json.dumps(message, ensure_ascii=False))
            except RuntimeError as error:  # Starlette's word for a connection that is closed
                raise WebSocketDisconnect from error
        await asyncio.sleep(0)  # the loop learns of a lost connection only when it turns


def _put(request: ClientRequest, queue: asyncio.Queue[ClientRequest]) -> None:
    try:
        queue.put_nowait(request)
    except asyncio.QueueFull as error:
        raise QueueFullError(
            f"{MAX_WAITING} requests of this stream wait already. Wait for their answers, or use another "
            "'stream_id'."
        ) from error
