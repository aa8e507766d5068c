"""What a second server on a loaded model costs: `python -m benchmarks.second_server` prints it as JSON."""

import json
import time

import psutil

from fake_llm_server import FakeLLMServer

_NUM_TURNS = 10
_MEBIBYTE = 1024 * 1024


def main() -> None:
    """Open and close further servers beside one that is open."""
    process = psutil.Process()
    with FakeLLMServer():
        with FakeLLMServer():
            pass
        times = []
        for _ in range(_NUM_TURNS):
            start = time.perf_counter()
            with FakeLLMServer():
                pass
            times.append(1000 * (time.perf_counter() - start))
        before = process.memory_info().rss
        servers = [FakeLLMServer() for _ in range(_NUM_TURNS)]
        grown = (process.memory_info().rss - before) / _MEBIBYTE / _NUM_TURNS
        for server in servers:
            server.close()
    print(json.dumps({"open_and_close_ms": times, "more_mib": grown}))


if __name__ == "__main__":
    main()
