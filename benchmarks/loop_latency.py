"""How long one large request holds up the others: `GET /v1/models` while it is served.

Run `python benchmarks/loop_latency.py`. For each request it prints the median, the 99th percentile and the
worst answer to `GET /v1/models`, in milliseconds, from its first byte until it is answered or refused. The
client is a process of its own, so that it doesn't share the server's interpreter.
"""

import json
import multiprocessing
import statistics
import threading
import time
from typing import Any

import httpx2

from fake_llm_server import FakeLLMServer

MODEL = "smollm2-135m"
NUM_IDLE = 200
_CHAT, _RESPONSES = "/chat/completions", "/responses"


def ask(text: str, **fields: Any) -> dict[str, Any]:
    """A chat request for one token."""
    return {"model": MODEL, "max_tokens": 1, "messages": [{"role": "user", "content": text}], **fields}


def create_requests() -> dict[str, tuple[str, dict[str, Any]]]:
    """What to send: name to path and body."""
    properties = {f"property_{number}": {"type": "string"} for number in range(6000)}
    schema = {"type": "object", "properties": properties}
    messages = [{"role": "user", "content": f"Message {number}."} for number in range(20_000)]
    return {
        "a prompt of 1,000,000 characters": (_CHAT, ask("word " * 200_000)),
        "20,000 messages": (_CHAT, {"model": MODEL, "max_tokens": 1, "messages": messages}),
        "20,000 input items": (_RESPONSES, {"model": MODEL, "input": messages}),
        "a schema of 6,000 properties": (
            _CHAT,
            ask(
                "JSON",
                response_format={"type": "json_schema", "json_schema": {"name": "x", "schema": schema}},
            ),
        ),
        "a prediction of 800,000 characters": (
            _CHAT,
            ask("Hi", prediction={"type": "content", "content": "word " * 160_000}),
        ),
        "a body of 20 MiB, of small objects": (
            _CHAT,
            {"model": MODEL, "messages": [{"role": "user", "content": "x"}] * 550_000},
        ),
    }


def send(base_url: str, path: str, body: bytes, sent: Any) -> None:
    """Send one request, and say when it is answered; runs in a process of its own."""
    with httpx2.Client(base_url=base_url, timeout=300) as client:
        status = client.post(path, content=body, headers={"content-type": "application/json"}).status_code
        sent.put(status)


def time_others(base_url: str, is_over: threading.Event | None) -> list[float]:
    """Milliseconds of each `GET /v1/models`, one after the other, until the large request is over."""
    times: list[float] = []
    with httpx2.Client(base_url=base_url, timeout=300) as client:
        while len(times) < NUM_IDLE if is_over is None else not is_over.is_set():
            began = time.perf_counter()
            client.get("/models")
            times.append((time.perf_counter() - began) * 1000)
            time.sleep(0.002)
    return times


def measure(base_url: str, path: str, body: dict[str, Any]) -> tuple[int, list[float]]:
    """The status of a large request, and what others waited meanwhile."""
    spawn = multiprocessing.get_context("spawn")
    sent = spawn.SimpleQueue()
    process = spawn.Process(target=send, args=(base_url, path, json.dumps(body).encode(), sent))
    process.start()
    is_over = threading.Event()

    def wait() -> None:
        process.join()
        is_over.set()

    waiting = threading.Thread(target=wait)
    waiting.start()
    times = time_others(base_url, is_over)
    waiting.join()
    return sent.get(), times


def describe(name: str, status: object, times: list[float]) -> str:
    """A row of the table."""
    ordered = sorted(times)
    high = ordered[int(len(ordered) * 0.99)] if ordered else 0.0
    return f"| {name} | {status} | {statistics.median(ordered):.1f} | {high:.1f} | {ordered[-1]:.1f} |"


def main() -> None:
    """Print the table."""
    print("| request | status | median | 99 % | worst |\n| --- | --- | --- | --- | --- |")
    with FakeLLMServer(MODEL) as server:
        server_url = server.base_url
        time_others(server_url, None)
        print(describe("none", "", time_others(server_url, None)))
        for name, (path, body) in create_requests().items():
            print(describe(name, *measure(server_url, path, body)), flush=True)


if __name__ == "__main__":
    main()
