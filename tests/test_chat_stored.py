"""Stored completions: kept only when asked for, listed in pages, changed, deleted."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import openai
import pytest
from conftest import ALIAS, MODEL

from fake_llm_server import FakeLLMServer

QUESTION: list[Any] = [
    {"role": "system", "content": "You are terse."},
    {"role": "user", "content": [{"type": "text", "text": "Hi"}]},
]


@pytest.fixture
def fresh(server: FakeLLMServer) -> Iterator[openai.OpenAI]:
    """A client of a server that has stored nothing yet."""
    del server  # it keeps the model loaded
    with FakeLLMServer(MODEL, aliases={ALIAS: MODEL}) as opened:
        yield openai.OpenAI(**opened.openai_client_args(), max_retries=0)


def store(client: openai.OpenAI, number: int = 0, model: str = MODEL, **options: Any) -> Any:
    """Create a stored completion with a number in its metadata."""
    return client.chat.completions.create(
        model=model, messages=QUESTION, max_tokens=1, store=True, metadata={"number": str(number)}, **options
    )


def test_only_what_is_to_be_stored_is(fresh: openai.OpenAI) -> None:
    """Without `store`, or with false, nothing is kept."""
    plain = fresh.chat.completions.create(model=MODEL, messages=QUESTION, max_tokens=1)
    fresh.chat.completions.create(model=MODEL, messages=QUESTION, max_tokens=1, store=False)
    assert list(fresh.chat.completions.list()) == []
    with pytest.raises(openai.NotFoundError):
        fresh.chat.completions.retrieve(plain.id)


def test_stored_completion_comes_back_whole(fresh: openai.OpenAI) -> None:
    """Retrieving gives what creating gave, a streamed one too."""
    stored = store(fresh, 1)
    assert fresh.chat.completions.retrieve(stored.id) == stored
    chunks = list(store(fresh, 2, stream=True))
    streamed = fresh.chat.completions.retrieve(chunks[0].id)
    assert streamed.choices[0].message.content == stored.choices[0].message.content
    assert streamed.metadata == {"number": "2"}


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_lists_come_in_pages(fresh: openai.OpenAI, order: Any) -> None:
    """Pages follow each other in either order, and every completion is on one of them."""
    ids = [store(fresh, number).id for number in range(5)]
    page = fresh.chat.completions.list(limit=2, order=order)
    assert len(page.data) == 2
    assert page.has_more
    expected = ids if order == "asc" else ids[::-1]
    assert [completion.id for completion in page] == expected
    last = fresh.chat.completions.list(after=expected[3], order=order)
    assert [completion.id for completion in last.data] == expected[4:]
    assert not last.has_more


def test_lists_are_filtered(fresh: openai.OpenAI) -> None:
    """By model and by metadata, alone and together."""
    by_name = {name: store(fresh, number, model=name).id for number, name in enumerate([MODEL, ALIAS])}
    assert [c.id for c in fresh.chat.completions.list(model=ALIAS)] == [by_name[ALIAS]]
    assert [c.id for c in fresh.chat.completions.list(metadata={"number": "0"})] == [by_name[MODEL]]
    assert list(fresh.chat.completions.list(model=ALIAS, metadata={"number": "0"})) == []


def test_metadata_is_replaced(fresh: openai.OpenAI) -> None:
    """An update replaces all pairs, and lists find the new ones."""
    stored = store(fresh)
    updated = fresh.chat.completions.update(stored.id, metadata={"topic": "x"})
    assert updated.metadata == {"topic": "x"}
    assert updated.choices == stored.choices
    assert fresh.chat.completions.retrieve(stored.id).metadata == {"topic": "x"}
    assert [c.id for c in fresh.chat.completions.list(metadata={"topic": "x"})] == [stored.id]


def test_deleted_is_gone(fresh: openai.OpenAI) -> None:
    """A deleted completion isn't found any more, nor deleted twice."""
    stored = store(fresh)
    assert fresh.chat.completions.delete(stored.id).deleted
    for find in (
        fresh.chat.completions.retrieve,
        fresh.chat.completions.delete,
        lambda completion_id: fresh.chat.completions.update(completion_id, metadata={}),
        fresh.chat.completions.messages.list,
    ):
        with pytest.raises(openai.NotFoundError, match=stored.id):
            find(stored.id)


def test_messages_are_those_of_the_request(fresh: openai.OpenAI) -> None:
    """The messages of the request are listed in their order and roles, in pages."""
    stored = store(fresh)
    messages = list(fresh.chat.completions.messages.list(stored.id, limit=1))
    assert [message.id for message in messages] == [f"{stored.id}-0", f"{stored.id}-1"]
    assert [message.content for message in messages] == ["You are terse.", None]
    assert messages[1].content_parts is not None
    assert messages[1].content_parts[0].text == "Hi"  # type: ignore[union-attr]  # a text part
    backwards = fresh.chat.completions.messages.list(stored.id, order="desc").data
    assert [message.id for message in backwards] == [f"{stored.id}-1", f"{stored.id}-0"]
    with pytest.raises(openai.NotFoundError):
        fresh.chat.completions.messages.list(stored.id, after="none")


def test_concurrent_stores_lose_nothing(fresh: openai.OpenAI) -> None:
    """Completions that are stored at once are all there, each with an id of its own."""
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda number: store(fresh, number % 2).id, range(16)))
    assert len(set(ids)) == 16
    assert {completion.id for completion in fresh.chat.completions.list(limit=100)} == set(ids)


@pytest.mark.parametrize(("name", "value"), [("limit", 0), ("limit", 101), ("order", "up"), ("limit", "x")])
def test_bad_queries_are_refused(fresh: openai.OpenAI, name: str, value: Any) -> None:
    """A query out of range names its parameter."""
    with pytest.raises(openai.BadRequestError) as caught:
        fresh.chat.completions.list(**{name: value})
    assert caught.value.param == name
