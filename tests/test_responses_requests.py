"""Whatever the contract allows in a request is answered or refused; nothing breaks."""

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from typing import Any

from contract_checks import compile_schema
from contract_values import valid_values
from example_factor import EXAMPLE_FACTOR
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codegen import repository
from codegen.contract import parse_contract
from fake_llm_server._api.responses.answering import run_in_stream
from fake_llm_server._api.responses.event_sequencer import EventSequencer
from fake_llm_server._api.responses.preparation import ResponsePreparer
from fake_llm_server._api.responses.stored import StoredResponses, write_conversation
from fake_llm_server._api.shared.call_context import CallContext
from fake_llm_server._api.shared.object_ids import ObjectIds
from fake_llm_server._api.shared.served_models import ServedModel, ServedModels
from fake_llm_server._contract import dump_json
from fake_llm_server._errors import FakeLLMServerError
from fake_llm_server._generated.responses.wire import CreateResponse, ListInputItemsQuery, Response
from fake_llm_server._seam import (
    BackendDescription,
    BackendHealth,
    Begun,
    Call,
    Finished,
    GenerationEvent,
    Scope,
    TextDelta,
    TextToken,
    Usage,
)
from fake_llm_server._store.memory import MemoryStore

CONTRACT = parse_contract(repository.CONTRACT.read_text(encoding="utf-8"))
REFUSED = ("prompt", "conversation", "moderation", "stream_options", "previous_response_id")
"""Fields that end a request early; left out of most."""

KINDS = (
    "EasyInputMessage",
    "OutputMessageParam",
    "FunctionToolCall",
    "FunctionCallOutputItemParam",
    "CustomToolCall",
    "CustomToolCallOutput",
    "ReasoningItemParam",
    "CompactionSummaryItemParam",
    "AdditionalToolsItemParam",
    "ItemReferenceParam",
)


class Parrot:
    """A backend that says back what it was told last."""

    async def describe(self) -> BackendDescription:
        """A thousand characters are its window."""
        return BackendDescription("parrot", window=1000)

    async def generate(self, call: Call) -> AsyncGenerator[GenerationEvent, None]:
        """Yield a short answer."""
        request = call.request
        yield Begun("parrot")
        yield TextDelta(0, request.turns[-1].text if request.turns else "?")
        yield Finished(0, "stop")
        yield Usage(prompt_tokens=1, completion_tokens=1)

    async def count_prompt_tokens(self, call: Call) -> int:
        """Count characters."""
        return sum(len(turn.text) for turn in call.request.turns)

    async def split_tokens(self, text: str) -> Sequence[TextToken]:
        """One of all."""
        return [(0, text.encode())]

    async def health(self) -> BackendHealth:
        """It needs nothing."""
        return BackendHealth(is_alive=True, is_loaded=True)

    async def aclose(self) -> None:
        """It holds nothing."""


@st.composite
def bodies(draw: st.DrawFn) -> dict[str, Any]:
    """Requests as the contract allows them, most of them with items that a conversation here can have."""
    body: dict[str, Any] = draw(valid_values(CONTRACT, "CreateResponse"))
    body["model"] = "m"
    for name in REFUSED:
        if draw(st.integers(0, 9)):
            body.pop(name, None)
    if draw(st.integers(0, 9)):
        kinds = draw(st.lists(st.sampled_from(KINDS), max_size=4))
        body["input"] = [draw(valid_values(CONTRACT, kind)) for kind in kinds]
    if draw(st.booleans()):
        body["tools"] = [
            draw(valid_values(CONTRACT, draw(st.sampled_from(["FunctionTool", "CustomToolParam"]))))
        ]
        body.pop("tool_choice", None)
    return body


async def answer(body: dict[str, Any]) -> tuple[list[Any], Response, StoredResponses]:
    """All events for a request, and the store with its response."""
    store = MemoryStore()
    stored = StoredResponses(store, "")
    models = ServedModels({"m": ServedModel("m", 1, "me", Parrot())})
    parsed = CreateResponse.model_validate(body)
    raw, context = json.dumps(body).encode(), CallContext(Scope(), "req_1")
    prepared = await ResponsePreparer(models, ObjectIds(store)).prepare(parsed, raw, stored, context)
    sequencer = EventSequencer(prepared.head, prepared.options, now=prepared.now)
    events = [event async for event in run_in_stream(prepared, sequencer)]
    await stored.put(await write_conversation(prepared.items), sequencer.response, events)
    return events, sequencer.response, stored


@settings(
    max_examples=80 * EXAMPLE_FACTOR,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(body=bodies())
def test_any_request_is_answered_or_refused(body: dict[str, Any]) -> None:
    """A request of the contract's gets events and lists that keep the contract, or an error that we raise."""
    try:
        events, response, stored = asyncio.run(answer(body))
    except FakeLLMServerError:
        return
    for event in events:
        document = json.loads(dump_json(event))
        faults = [
            fault.message
            for fault in compile_schema("/components/schemas/ResponseStreamEvent").iter_errors(document)
        ]
        assert not faults, (document, faults)
    asyncio.run(check_stored(events, response, stored))


async def check_stored(events: list[Any], response: Response, stored: StoredResponses) -> None:
    """Hold what is stored of a response to the contract, and to what it was."""
    page = await stored.list_input_items(response.id, ListInputItemsQuery(limit=100))
    listed = json.loads(dump_json(page))
    faults = [
        fault.message for fault in compile_schema("/components/schemas/ResponseItemList").iter_errors(listed)
    ]
    assert not faults, (listed, faults)
    assert await stored.find_conversation(response.id)
    assert await stored.get(response.id) == response
    assert await stored.get_events(response.id, 0) == events
