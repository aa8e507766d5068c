"""A server doesn't load a model on for nobody."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from held_models import HeldModel, load_threads
from tiny_models import write_tiny_model

from fake_llm_server import EngineSettings, FakeLLMServer
from fake_llm_server._weights import OnDemandModels

PATIENCE_S = 30.0


def wait_until(is_met: Callable[[], object]) -> None:
    """Wait for something that another thread does."""
    deadline = time.monotonic() + PATIENCE_S
    while not is_met():
        assert time.monotonic() < deadline, "it never happened"
        threading.Event().wait(0.01)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[FakeLLMServer]:
    """A server that loads a tiny model at its first use."""
    path = write_tiny_model(tmp_path / "tiny.gguf", "qwen2")
    with FakeLLMServer(path, load="first_use", engine=EngineSettings(num_slots=1, window=256)) as running:
        yield running


@pytest.fixture
def held(server: FakeLLMServer) -> HeldModel:
    """The server's model, which loads when the test says so."""
    models = server.configuration.models
    assert isinstance(models, OnDemandModels)
    held = HeldModel.of(models.downloaded["tiny"])
    models.downloaded["tiny"] = held
    return held


def ask(server: FakeLLMServer) -> socket.socket:
    """Send a request, and return its connection unread."""
    body = {"model": "tiny", "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 1}
    data = json.dumps(body).encode()
    head = "POST /v1/chat/completions HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_S)
    connection.sendall(f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data)
    return connection


def test_the_last_client_that_leaves_ends_the_load(server: FakeLLMServer, held: HeldModel) -> None:
    """The load ends with the only client that waits for it, and begins anew for the next one."""
    with ask(server):
        wait_until(lambda: held.begun)
    wait_until(lambda: held.ends)
    assert "nobody waits for it any more" in held.ends[0]
    held.is_let_through.set()
    with ask(server) as connection:
        assert connection.recv(12) == b"HTTP/1.1 200"
    assert held.ends[1:] == ["loaded"]


def test_closing_ends_the_load(server: FakeLLMServer, held: HeldModel) -> None:
    """A server that closes while its model is loading doesn't wait for it."""
    before = load_threads()
    with ask(server):
        wait_until(lambda: held.begun)
        server.close()
    assert held.ends != ["loaded"]
    wait_until(lambda: held.ends)
    wait_until(lambda: not load_threads() - before)
