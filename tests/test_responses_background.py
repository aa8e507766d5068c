"""Background responses: polled, followed and cancelled."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import openai
import pytest

from fake_llm_server import FakeLLMServer

MODEL = "gpt-4o-mini"
DEADLINE_S = 60


def create(client: openai.OpenAI, **fields: Any) -> Any:
    """A small background response."""
    given = {"model": MODEL, "input": "Say hi.", "max_output_tokens": 16, "background": True}
    return client.responses.create(**{**given, **fields})


def wait(client: openai.OpenAI, response: Any) -> Any:
    """Poll until a response has ended."""
    deadline = time.monotonic() + DEADLINE_S
    while response.status in ("queued", "in_progress"):
        assert time.monotonic() < deadline
        time.sleep(0.02)
        response = client.responses.retrieve(response.id)
    return response


def test_it_is_polled(client: openai.OpenAI) -> None:
    """It is queued, runs, and ends with what a foreground response says."""
    queued = create(client)
    assert (queued.status, queued.output, queued.store, queued.background) == ("queued", [], True, True)
    ended = wait(client, queued)
    plain = client.responses.create(model=MODEL, input="Say hi.", max_output_tokens=16)
    assert (ended.status, ended.output_text) == (plain.status, plain.output_text)


def test_it_is_followed(client: openai.OpenAI) -> None:
    """Its stream can be left and taken up again, while it runs and afterwards."""
    events = create(client, stream=True)
    first = [next(events) for _ in range(4)]
    assert [event.type for event in first[:3]] == [
        "response.created",
        "response.queued",
        "response.in_progress",
    ]
    events.close()
    response_id = first[0].response.id
    rest = list(client.responses.retrieve(response_id, stream=True, starting_after=3))
    assert [event.sequence_number for event in rest] == list(range(4, 4 + len(rest)))
    assert rest[-1].type in ("response.completed", "response.incomplete")
    assert list(client.responses.retrieve(response_id, stream=True, starting_after=3)) == rest


def test_it_is_cancelled(client: openai.OpenAI) -> None:
    """A cancelled response stays as it is, and its stream ends; cancelling again changes nothing."""
    running = create(client, input="Tell a long story.", max_output_tokens=2000)
    cancelled = client.responses.cancel(running.id)
    assert cancelled.status == "cancelled"
    assert client.responses.retrieve(running.id) == cancelled
    assert client.responses.cancel(running.id) == cancelled
    types = [event.type for event in client.responses.retrieve(running.id, stream=True)]
    assert types[0] == "response.created"
    assert "response.completed" not in types


def test_a_finished_one_cannot_be_cancelled(client: openai.OpenAI) -> None:
    """Cancelling what has ended returns it; what never was in the background is refused."""
    ended = wait(client, create(client))
    assert client.responses.cancel(ended.id) == ended
    plain = client.responses.create(model=MODEL, input="a", max_output_tokens=16, store=True)
    with pytest.raises(openai.BadRequestError, match="Cannot cancel a synchronous response"):
        client.responses.cancel(plain.id)


def test_a_running_one_is_deleted(client: openai.OpenAI) -> None:
    """Deleting ends it."""
    running = create(client, input="Tell a long story.", max_output_tokens=2000)
    client.responses.delete(running.id)
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(running.id)


def test_what_its_prompt_lacks_is_told_by_polling(client: openai.OpenAI) -> None:
    """A prompt that the model can't take fails the response, not the request."""
    failed = wait(client, create(client, input="a " * 9000))
    assert failed.status == "failed"
    assert failed.error.code == "context_length_exceeded"
    events = list(client.responses.retrieve(failed.id, stream=True))
    assert events[-1].type == "response.failed"


def test_closing_the_server_ends_it(tmp_path: Path) -> None:
    """A server closes at once with a response under way, which its store has as cancelled."""
    options: dict[str, Any] = {"aliases": {MODEL: "smollm2-135m"}, "store_path": tmp_path / "objects.sqlite"}
    with (
        FakeLLMServer("smollm2-135m", **options) as server,
        openai.OpenAI(**server.openai_client_args()) as client,
    ):
        running = create(client, input="Tell a long story.", max_output_tokens=2000)
    with (
        FakeLLMServer("smollm2-135m", **options) as server,
        openai.OpenAI(**server.openai_client_args()) as client,
    ):
        assert client.responses.retrieve(running.id).status == "cancelled"


def test_one_whose_server_died_has_failed(tmp_path: Path) -> None:
    """A response that its server never finished is told as failed, not polled for ever."""
    path = tmp_path / "objects.sqlite"
    options: dict[str, Any] = {"aliases": {MODEL: "smollm2-135m"}, "store_path": path}
    with (
        FakeLLMServer("smollm2-135m", **options) as server,
        openai.OpenAI(**server.openai_client_args()) as client,
    ):
        ended = wait(client, create(client))
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            "UPDATE objects SET reply = json_set(reply, '$.status', 'in_progress') WHERE id = ?", (ended.id,)
        )
    with (
        FakeLLMServer("smollm2-135m", **options) as server,
        openai.OpenAI(**server.openai_client_args()) as client,
    ):
        failed = client.responses.retrieve(ended.id)
        assert failed.status == "failed"
        assert failed.error is not None
        assert "stopped" in failed.error.message
