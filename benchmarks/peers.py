"""Peers in processes of their own: workers that measure themselves, and servers that clients measure."""

import contextlib
import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec

from benchmarks.worker import NUM_CLIENTS, NUM_TOKENS, model_path

START_TIMEOUT_S = 60.0
NUM_THREADS = 2


class Worker:
    """A peer that runs `benchmarks.worker`."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def measure(self, name: str) -> float:
        """One number."""
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("The worker has no pipes.")
        self._process.stdin.write(name + "\n")
        self._process.stdin.flush()
        return float(json.loads(self._process.stdout.readline()))


@contextlib.contextmanager
def open_worker(kind: str) -> Iterator[Worker]:
    """Start a worker and end it."""
    command = [sys.executable, "-m", "benchmarks.worker", kind]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        yield Worker(process)
        process.kill()


@contextlib.contextmanager
def open_neighbour() -> Iterator[None]:
    """A process that keeps one core busy."""
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        yield
        process.kill()


def server_commands() -> dict[str, list[str]]:
    """How each server is started, but for its port; a server that isn't there has no command."""
    path = str(model_path())
    threads = str(NUM_THREADS)
    commands = {"fake-llm-server": [sys.executable, "-m", "benchmarks.our_server"]}
    if all(find_spec(name) for name in ("starlette_context", "sse_starlette", "pydantic_settings")):
        commands["llama_cpp.server"] = [
            *(sys.executable, "-m", "llama_cpp.server", "--model", path, "--n_ctx", "2048"),
            *("--n_threads", threads, "--n_threads_batch", threads, "--verbose", "false", "--port"),
        ]
    if shutil.which("llama-server"):
        commands["llama-server"] = [
            *("llama-server", "-m", path, "-c", str(2048 * NUM_CLIENTS), "-np", str(NUM_CLIENTS)),
            *("-t", threads, "-tb", threads, "--port"),
        ]
    return commands


class Server:
    """A server that answers OpenAI's chat completions on a local port."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}/v1"

    def wait(self) -> None:
        """Return when it answers."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                self.ask("x", max_tokens=1)
            except (OSError, urllib.error.URLError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
            else:
                return

    def ask(self, question: str, max_tokens: int = NUM_TOKENS) -> int:
        """Ask, and return how many tokens were answered."""
        body = {
            "model": "smollm2-135m",
            "messages": [{"role": "user", "content": question}],
            "max_tokens": max_tokens,
            "temperature": 0,
        }
        request = urllib.request.Request(  # noqa: S310 - a local address
            f"{self._url}/chat/completions",
            json.dumps(body).encode(),
            {"Content-Type": "application/json", "Authorization": "Bearer none"},
        )
        with urllib.request.urlopen(request, timeout=300) as reply:  # noqa: S310 - a local address
            return int(json.load(reply)["usage"]["completion_tokens"])

    def rate(self, num_clients: int) -> float:
        """Tokens per second that so many clients get together, each with a question of its own."""
        questions = [f"Tell a very long story about river number {number}." for number in range(num_clients)]
        start = time.perf_counter()
        with ThreadPoolExecutor(num_clients) as clients:
            num_tokens = sum(clients.map(self.ask, questions))
        return num_tokens / (time.perf_counter() - start)


@contextlib.contextmanager
def open_server(command: list[str]) -> Iterator[Server]:
    """Start a server on a free port, and end it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with subprocess.Popen(
        [*command, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            server = Server(port)
            server.wait()
            yield server
        finally:
            process.kill()
