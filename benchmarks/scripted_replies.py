"""Scripted replies in a second, beside aimock's on the same replies, and what a scope costs.

Run `python -m benchmarks.scripted_replies [folder]`; in that folder `npm install @copilotkit/aimock` has run.
Each server has a process of its own, and rounds go over both in turn, so that whatever else the machine does
strikes both alike. The clients are threads of this process, which share its interpreter: with 32 of them they
may be what is measured. Beside each rate stands the processor time that the server took for a request; of
many short rounds the best counts for each, as other programs can only take away from it. `bare` is uvicorn
with an application that sends fixed bytes of the same length.
"""

import gc
import http.client
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import uvicorn
from starlette.types import Receive, Scope, Send

from fake_llm_server import FakeLLMServer

TEXT = "It is sunny, and there is no cloud to be seen."
NUM_REQUESTS, NUM_ROUNDS, NUM_SCOPES = 192, 12, 200
CONNECTIONS = (1, 32)
_SPLIT = ("--chunk-size", "4")
"""As many pieces of the text as ours, which are words."""
_AIMOCK = Path("node_modules/@copilotkit/aimock/dist/cli.js")


def write_body(*, is_streamed: bool) -> str:
    """The request that both are asked."""
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Weather?"}], "stream": is_streamed}
    return json.dumps(body)


def find_free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def serve(port: int) -> None:
    """Answer every call with the text, until the process is ended."""
    with FakeLLMServer(load="first_use", any_model=True, port=port) as server:
        server.fake_llm.when().then(TEXT)
        gc.collect()
        gc.freeze()  # as `fake-llm-server serve` does
        threading.Event().wait()


async def answer_bare(_scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with as many bytes as a reply would have, in as many pieces as its stream has events."""
    is_streamed = b'"stream": true' in (await receive())["body"]
    pieces = [b'"choices"' + bytes(291)] * 14 if is_streamed else [b'"choices"' + bytes(611)]
    length = b"%d" % sum(map(len, pieces))
    headers = [(b"content-type", b"application/json"), (b"content-length", length)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for piece in pieces:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def serve_bare(port: int) -> None:
    """Serve the bare application."""
    uvicorn.run(answer_bare, port=port, lifespan="off", access_log=False, log_level="error")


@contextmanager
def open_server(command: Sequence[str], port: int) -> Iterator[psutil.Process]:
    """A server in a process of its own, once it answers."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(300):
                time.sleep(0.1)
                try:
                    ask(http.client.HTTPConnection("127.0.0.1", port), write_body(is_streamed=False))
                    break
                except OSError:
                    continue
            yield psutil.Process(process.pid)
        finally:
            process.terminate()


def ask(connection: http.client.HTTPConnection, body: str) -> None:
    """Ask once, and read the whole answer."""
    headers = {"authorization": "Bearer sk-any", "content-type": "application/json"}
    connection.request("POST", "/v1/chat/completions", body, headers)
    answered = connection.getresponse()
    answer = answered.read()
    if answered.status != http.HTTPStatus.OK or b"choices" not in answer:
        raise RuntimeError(f"{answered.status}: {answer!r}")


def measure_rate(port: int, num_connections: int, body: str) -> float:
    """Requests in a second over this many connections."""

    def run(_: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        for _ in range(NUM_REQUESTS // num_connections):
            ask(connection, body)
        connection.close()

    start = time.perf_counter()
    with ThreadPoolExecutor(num_connections) as clients:
        list(clients.map(run, range(num_connections)))
    return NUM_REQUESTS // num_connections * num_connections / (time.perf_counter() - start)


def measure_scopes() -> float:
    """Milliseconds in which a scope opens and closes; the median."""
    times = []
    with FakeLLMServer(load="first_use") as server:
        for _ in range(NUM_SCOPES):
            start = time.perf_counter()
            server.open_scope().close()
            times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)


def main(folder: Path | None) -> None:
    """Print the table."""
    rates: dict[tuple[str, bool, int], list[tuple[float, float]]] = defaultdict(list)
    with ExitStack() as stack:
        fixtures = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "fixtures.json"
        answer = {"match": {"userMessage": "Weather?"}, "response": {"content": TEXT}}
        fixtures.write_text(json.dumps({"fixtures": [answer]}))
        ports = {name: find_free_port() for name in ("ours", "bare", "aimock")}
        commands = {
            name: [sys.executable, "-m", "benchmarks.scripted_replies", command, str(ports[name])]
            for name, command in (("ours", "serve"), ("bare", "bare"))
        }
        if folder is not None:
            node = ["node", str(folder / _AIMOCK), "-f", str(fixtures), "--log-level", "silent", *_SPLIT]
            commands["aimock"] = [*node, "-p", str(ports["aimock"])]
        servers = {
            name: stack.enter_context(open_server(command, ports[name])) for name, command in commands.items()
        }
        for _ in range(NUM_ROUNDS):
            for is_streamed in (False, True):
                for num in CONNECTIONS:
                    for name, server in servers.items():
                        before = sum(server.cpu_times()[:2])
                        rate = measure_rate(ports[name], num, write_body(is_streamed=is_streamed))
                        taken = sum(server.cpu_times()[:2]) - before
                        rates[name, is_streamed, num].append((rate, 1000 * taken / NUM_REQUESTS))
    print(
        "| server | streamed | connections | replies/s | processor ms per reply |\n|---|---|---:|---:|---:|"
    )
    for (name, is_streamed, num), pairs in sorted(rates.items()):
        rate, taken = max(rate for rate, _ in pairs), min(taken for _, taken in pairs)
        print(f"| {name} | {'yes' if is_streamed else 'no'} | {num} | {rate:.0f} | {taken:.2f} |")
    print(f"\na scope opens and closes in {measure_scopes():.2f} ms")


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(int(sys.argv[2]))
    elif sys.argv[1:2] == ["bare"]:
        serve_bare(int(sys.argv[2]))
    else:
        main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
