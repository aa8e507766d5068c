"""Servers that share one file: no id comes twice, no response of another is taken for dead, failures show."""

import json
import resource
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import openai
import pytest

from fake_llm_server import FakeLLMServer

MODEL = "smollm2-135m"
DEADLINE_S = 60
LONG: dict[str, Any] = {"input": "Tell a long story.", "max_output_tokens": 2000, "background": True}

Clients = tuple[openai.OpenAI, openai.OpenAI]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The file that the servers share."""
    return tmp_path / "store.sqlite"


@pytest.fixture
def clients(path: Path) -> Iterator[Clients]:
    """Clients of two servers on one file; they don't try again."""
    with ExitStack() as stack:

        def open_client() -> openai.OpenAI:
            server = stack.enter_context(FakeLLMServer(MODEL, store_path=path))
            arguments = server.openai_client_args()
            return stack.enter_context(openai.OpenAI(**arguments, max_retries=0, timeout=DEADLINE_S))

        yield open_client(), open_client()


def complete(client: openai.OpenAI, **fields: Any) -> Any:
    """A small stored completion."""
    messages: Any = [{"role": "user", "content": "Say hi."}]
    return client.chat.completions.create(model=MODEL, messages=messages, max_tokens=2, store=True, **fields)


def respond(client: openai.OpenAI, **fields: Any) -> Any:
    """A small stored response."""
    given = {"model": MODEL, "input": "Say hi.", "max_output_tokens": 16, "store": True}
    return client.responses.create(**{**given, **fields})


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for something that must happen."""
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_same_request_at_once(clients: Clients) -> None:
    """Two servers that answer one request at once give two ids, and each stored object is there for both."""
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda number: complete(clients[number % 2]), range(8)))
        responses = list(pool.map(lambda number: respond(clients[number % 2]), range(8)))
    assert len({completion.id for completion in made}) == 8
    assert len({response.id for response in responses}) == 8
    for client in clients:
        assert {found.id for found in client.chat.completions.list()} == {each.id for each in made}
        assert [client.responses.retrieve(each.id) for each in responses] == responses


def test_processes_that_answer_the_same(path: Path) -> None:
    """Servers in different processes give different ids for the same requests."""
    script = (
        "import sys, openai; from fake_llm_server import FakeLLMServer\n"
        "with FakeLLMServer('smollm2-135m', store_path=sys.argv[1]) as server:\n"
        "    client = openai.OpenAI(**server.openai_client_args())\n"
        "    for _ in range(3):\n"
        "        messages = [{'role': 'user', 'content': 'Hi.'}]\n"
        "        options = dict(model='smollm2-135m', messages=messages, max_tokens=1, store=True)\n"
        "        print(client.chat.completions.create(**options).id)\n"
    )
    command = [sys.executable, "-c", script, str(path)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    ids = [line for process in running for line in process.communicate()[0].split()]
    assert len(ids) == len(set(ids)) == 6
    with closing(sqlite3.connect(path)) as database:
        assert {row[0] for row in database.execute("SELECT id FROM objects")} == set(ids)


def test_a_running_response_is_seen_by_the_other_server(clients: Clients) -> None:
    """The other server reports it as it was stored last, and streams its events as they come."""
    running = respond(clients[0], background=True, max_output_tokens=48)
    assert clients[1].responses.retrieve(running.id).status in ("queued", "in_progress", "incomplete")
    followed = list(clients[1].responses.retrieve(running.id, stream=True))
    assert [event.sequence_number for event in followed] == list(range(len(followed)))
    assert followed[-1].type in ("response.completed", "response.incomplete")
    ended = clients[0].responses.retrieve(running.id)
    assert followed[-1].response == ended == clients[1].responses.retrieve(running.id)
    assert list(clients[0].responses.retrieve(running.id, stream=True)) == followed


def test_a_running_response_is_cancelled_through_the_other_server(clients: Clients) -> None:
    """The server that runs it notices, and both report it as cancelled."""
    running = respond(clients[0], **LONG)
    assert clients[1].responses.cancel(running.id).status == "cancelled"
    wait_until(lambda: clients[0].responses.retrieve(running.id).status == "cancelled")
    assert clients[1].responses.retrieve(running.id).status == "cancelled"


def test_a_running_response_is_deleted_through_the_other_server(clients: Clients) -> None:
    """The server that runs it doesn't bring it back."""
    running = respond(clients[0], **LONG)
    clients[1].responses.delete(running.id)

    def is_gone() -> bool:
        try:
            clients[0].responses.retrieve(running.id)
        except openai.NotFoundError:
            return True
        return False

    wait_until(is_gone)
    with pytest.raises(openai.NotFoundError):
        clients[1].responses.retrieve(running.id)


def test_a_response_whose_lease_has_expired_has_failed(clients: Clients, path: Path) -> None:
    """A response of a server that gave no sign of life for too long has failed, for good."""
    ended = respond(clients[0])
    change = (
        "UPDATE objects SET reply = json_set(reply, '$.status', 'in_progress'), "
        "lease_owner = 'gone', lease_expires_at = ? WHERE id = ?"
    )
    for expires_at, status in ((time.time() + 3600, "in_progress"), (time.time() - 1, "failed")):
        with closing(sqlite3.connect(path)) as database, database:
            database.execute(change, (expires_at, ended.id))
        for client in clients:
            assert client.responses.retrieve(ended.id).status == status


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep others from writing."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("BEGIN EXCLUSIVE")
        yield


@contextmanager
def full(path: Path) -> Iterator[None]:
    """Leave no file any room beyond what the store's have."""
    size = max(each.stat().st_size for each in path.parent.iterdir())
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("create", [complete, respond])
@pytest.mark.parametrize(("breaking", "status"), [(locked, 503), (full, 500)])
def test_what_cannot_be_stored_is_an_error(
    clients: Clients, path: Path, create: Callable[..., Any], breaking: Any, status: int
) -> None:
    """The client is told, and when to try again if that helps; what isn't stored is answered as always."""
    kept = create(clients[0])
    with breaking(path):
        with pytest.raises(openai.InternalServerError, match=r"store\.sqlite") as caught:
            create(clients[0], metadata={"a": "b" * 500})
        assert caught.value.status_code == status
        assert ("retry-after" in caught.value.response.headers) == (status == 503)
        assert create(clients[0], extra_body={"store": False}).id
    assert create(clients[0]).id != kept.id
    assert len(list(clients[1].chat.completions.list())) == (2 if create is complete else 0)


@pytest.mark.parametrize("api", ["chat", "responses", "background"])
def test_a_stream_that_cannot_be_stored_ends_with_an_error(clients: Clients, path: Path, api: str) -> None:
    """A file that fills up under a stream makes its last event an error, not a success; nothing is kept."""
    messages: Any = [{"role": "user", "content": "Count."}]
    http = clients[0]._client
    body: dict[str, Any] = {"model": MODEL, "stream": True, "store": True}
    if api == "chat":
        body |= {"messages": messages, "max_tokens": 24}
    else:
        body |= {"input": "Count.", "max_output_tokens": 24, "background": api == "background"}
    url = "/chat/completions" if api == "chat" else "/responses"
    with ExitStack() as stack:
        reply = stack.enter_context(
            http.stream(
                "POST", f"{clients[0].base_url}".rstrip("/") + url, json=body, headers=clients[0].auth_headers
            )
        )
        lines = (line.removeprefix("data: ") for line in reply.iter_lines() if line.startswith("data: "))
        events = [json.loads(next(lines))]
        with full(path):
            events += [json.loads(line) for line in lines if line != "[DONE]"]
    if api == "chat":
        assert events[-1]["error"]["code"] == "store_failed"
        assert not list(clients[1].chat.completions.list())
        return
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    assert events[-1]["type"] == ("error" if api == "responses" else "response.failed")
    with closing(sqlite3.connect(path)) as database:
        statuses = {row[0] for row in database.execute("SELECT json_extract(reply, '$.status') FROM objects")}
    assert statuses <= {"queued", "in_progress"}


def test_a_locked_file_leaves_other_requests_alone(clients: Clients, path: Path) -> None:
    """While a request waits for a locked file, others are answered."""
    complete(clients[0])
    with ThreadPoolExecutor(1) as pool, locked(path):
        storing = pool.submit(complete, clients[0])
        time.sleep(0.1)
        for _ in range(5):
            assert clients[0].models.list().data
        assert not storing.done()
        with pytest.raises(openai.InternalServerError, match="locked"):
            storing.result()


def test_a_websocket_tells_what_cannot_be_stored(clients: Clients, path: Path) -> None:
    """The connection gets an error in the place of the last event, and lives on."""
    with clients[0].responses.connect() as connection:
        request: dict[str, Any] = {"model": MODEL, "input": "Hi.", "max_output_tokens": 24, "store": True}
        connection.response.create(**request)
        types = [connection.recv().type]
        with full(path):
            while types[-1] not in ("error", "response.completed", "response.incomplete"):
                types.append(connection.recv().type)
        assert types[-1] == "error"
        connection.response.create(**{**request, "store": False})
        while types[-1] not in ("response.completed", "response.incomplete"):
            types.append(connection.recv().type)
