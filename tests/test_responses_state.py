"""Stored responses: kept, continued, listed, replayed and deleted."""

from collections.abc import Callable
from typing import Any

import openai
import pytest

from fake_llm_server import FakeLLMServer

MODEL = "gpt-4o-mini"


def create(client: openai.OpenAI, **fields: Any) -> Any:
    """A small stored response."""
    given = {"model": MODEL, "input": "Say hi.", "max_output_tokens": 16, "store": True}
    return client.responses.create(**{**given, **fields})


def replay(client: openai.OpenAI, response_id: str, **query: Any) -> list[Any]:
    """The events of a stored response's stream."""
    stream: Any = client.responses.retrieve(response_id, stream=True, **query)
    return list(stream)


def test_only_store_stores(client: openai.OpenAI) -> None:
    """A response is kept if, and only if, its request says `store`."""
    kept, lost = create(client), create(client, store=None)
    assert client.responses.retrieve(kept.id) == kept
    with pytest.raises(openai.NotFoundError, match=f"Response with id '{lost.id}' not found."):
        client.responses.retrieve(lost.id)


def test_a_conversation_goes_on(client: openai.OpenAI) -> None:
    """A continued response sees what was said before, without the old instructions."""
    first = create(client, instructions="Answer in French, whatever you are asked about, and be polite.")
    second = create(client, input="Again.", previous_response_id=first.id)
    assert second.previous_response_id == first.id
    spelled_out = [
        {"role": "user", "content": "Say hi."},
        *first.output,
        {"role": "user", "content": "Again."},
    ]
    stateless = create(client, input=spelled_out, store=False)
    assert second.usage.input_tokens == stateless.usage.input_tokens
    assert second.output_text == stateless.output_text


def test_a_tool_call_is_answered_by_its_id(client: openai.OpenAI) -> None:
    """A call of a stored response is answered with its output alone."""
    tool = {"type": "function", "name": "now", "parameters": {"type": "object", "properties": {}}}
    first = create(
        client, tools=[tool], tool_choice="required", parallel_tool_calls=False, max_output_tokens=48
    )
    answer = {"type": "function_call_output", "call_id": first.output[0].call_id, "output": "noon"}
    second = create(client, input=[answer], previous_response_id=first.id)
    assert second.output_text
    with pytest.raises(openai.BadRequestError, match="No tool output found for function call"):
        create(client, input="And now?", previous_response_id=first.id)


def test_input_items_are_listed(client: openai.OpenAI) -> None:
    """The items of the whole conversation are listed, in pages and both orders, each with an id."""
    first = create(client)
    items = [{"role": "developer", "content": "Be kind."}, {"role": "user", "content": "Again."}]
    second = create(client, input=items, previous_response_id=first.id)
    pages: Any = client.responses.input_items
    listed = list(pages.list(second.id, order="asc", limit=1))
    assert [item.role for item in listed] == ["user", "assistant", "developer", "user"]
    assert listed[1].id == first.output[0].id
    assert len({item.id for item in listed}) == 4
    page = pages.list(second.id, limit=2)
    assert [item.id for item in page.data] == [item.id for item in listed[:1:-1]]
    after = pages.list(second.id, after=listed[2].id)
    assert [item.id for item in after.data] == [listed[1].id, listed[0].id]


def test_all_kinds_of_items_are_listed(client: openai.OpenAI) -> None:
    """Calls, outputs, thoughts and custom calls are listed in the contract's form."""
    items: list[dict[str, Any]] = [
        {"role": "user", "content": [{"type": "input_text", "text": "a"}]},
        {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "b"}]},
        {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"},
        {"type": "custom_tool_call", "call_id": "c2", "name": "g", "input": "x"},
        {"type": "function_call_output", "call_id": "c1", "output": "y"},
        {
            "type": "custom_tool_call_output",
            "call_id": "c2",
            "output": [{"type": "input_text", "text": "z"}],
        },
        {"role": "assistant", "content": "d"},
    ]
    response = create(client, input=items)
    listed = client.responses.input_items.list(response.id, order="asc").data
    assert [item.type for item in listed] == [item.get("type", "message") for item in items]


def test_an_item_is_referred_to(client: openai.OpenAI) -> None:
    """A reference stands for the item that was stored."""
    first = create(client)
    reference = {"type": "item_reference", "id": first.output[0].id}
    question = {"role": "user", "content": "Say hi."}
    by_reference = create(client, input=[question, reference, question])
    by_value = create(client, input=[question, *first.output, question])
    assert by_reference.usage.input_tokens == by_value.usage.input_tokens


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_a_stream_is_resumed(client: openai.OpenAI, stream: bool) -> None:
    """The events of a stored response can be had again, from any number on."""
    made = create(client, stream=stream)
    events = list(made) if stream else replay(client, made.id)
    response_id = events[0].response.id
    for starting_after in (0, 5, len(events) - 2, len(events) - 1, len(events) + 7):
        rest = replay(client, response_id, starting_after=starting_after)
        assert rest == events[starting_after + 1 :]
    assert client.responses.retrieve(response_id) == events[-1].response
    padded = replay(client, response_id, include_obfuscation=True)
    deltas = [event for event in padded if event.type == "response.output_text.delta"]
    assert all(event.obfuscation for event in deltas)


def test_starting_after_needs_a_stream(client: openai.OpenAI) -> None:
    """A position in a stream without a stream is refused."""
    response = create(client)
    with pytest.raises(openai.BadRequestError) as caught:
        client.responses.retrieve(response.id, extra_query={"starting_after": 3})
    assert caught.value.param == "starting_after"


def test_delete(client: openai.OpenAI) -> None:
    """A deleted response is gone, with its events; deleting it again is an error."""
    response = create(client)
    client.responses.delete(response.id)
    attempts: list[Callable[[], object]] = [
        lambda: client.responses.retrieve(response.id),
        lambda: client.responses.retrieve(response.id, stream=True),
        lambda: client.responses.delete(response.id),
        lambda: client.responses.cancel(response.id),
        lambda: client.responses.input_items.list(response.id),
    ]
    for attempt in attempts:
        with pytest.raises(openai.NotFoundError, match="not found"):
            attempt()


def test_completions_are_foreign(client: openai.OpenAI) -> None:
    """A stored completion is no response, though both lie in one store."""
    completion = client.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": "a"}], max_tokens=2, store=True
    )
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(completion.id)
    with pytest.raises(openai.BadRequestError):
        create(client, previous_response_id=completion.id)


def test_a_file_outlives_its_server(tmp_path: Any) -> None:
    """A conversation goes on in another server on the same file."""
    path = tmp_path / "objects.sqlite"
    options: dict[str, Any] = {"aliases": {MODEL: "smollm2-135m"}, "store_path": path}
    with (
        FakeLLMServer("smollm2-135m", **options) as server,
        openai.OpenAI(**server.openai_client_args()) as client,
    ):
        first = create(client)
    with (
        FakeLLMServer("smollm2-135m", **options) as server,
        openai.OpenAI(**server.openai_client_args()) as client,
    ):
        assert client.responses.retrieve(first.id) == first
        assert create(client, previous_response_id=first.id).output_text
