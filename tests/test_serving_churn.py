"""Servers that open and close at once, under clients that are cut off, leave nothing behind."""

import gc
import http.client
import json
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
from conftest import MODEL

from fake_llm_server import FakeLLMServer

NUM_THREADS = 3
NUM_ROUNDS = 2
BODY = {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 500, "stream": True}


def visit_and_leave(port: int) -> None:
    """Begin a stream and cut it off."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", "/v1/chat/completions", json.dumps(BODY), {"Content-Type": "application/json"})
    connection.getresponse().read(1)
    connection.close()


def open_and_close(_number: int) -> None:
    """Run servers one after the other, each closed while a request is under way or has just been cut off."""
    for number in range(NUM_ROUNDS):
        with FakeLLMServer(MODEL) as server:
            visit_and_leave(server.port)
            if number % 2:
                visit_and_leave(server.port)


def count_left() -> tuple[int, int]:
    """Threads of servers, and file descriptors."""
    gc.collect()
    names = [thread.name for thread in threading.enumerate()]
    return names.count("fake-llm-server"), psutil.Process().num_fds()


def test_churn_leaves_nothing(server: FakeLLMServer, caplog: pytest.LogCaptureFixture) -> None:
    """Servers at once, each cutting off or cut off by its clients, leave no thread, descriptor or warning."""
    visit_and_leave(server.port)  # it keeps the model loaded, and its connection is made
    before = count_left()
    with caplog.at_level(logging.WARNING), ThreadPoolExecutor(NUM_THREADS) as opening:
        list(opening.map(open_and_close, range(NUM_THREADS)))
    deadline = time.monotonic() + 10
    while count_left() != before and time.monotonic() < deadline:
        time.sleep(0.1)  # the shared server may still be letting go of its client
    num_threads, num_descriptors = count_left()
    assert num_threads == before[0]
    assert num_descriptors <= before[1]
    assert [record.getMessage() for record in caplog.records] == []


def test_a_client_that_does_not_read_holds_up_no_end(server: FakeLLMServer) -> None:
    """A server that closes does not wait for a client that reads nothing."""
    del server  # it keeps the model loaded
    with FakeLLMServer(MODEL) as second:
        connection = http.client.HTTPConnection("127.0.0.1", second.port, timeout=60)
        body = json.dumps({**BODY, "max_tokens": 3000, "n": 2})
        connection.request("POST", "/v1/chat/completions", body, {"Content-Type": "application/json"})
        time.sleep(0.5)
        before = time.monotonic()
        second.close()
        assert time.monotonic() - before < 8
    connection.close()
