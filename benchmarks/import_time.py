"""What the generated code costs: importing it, and the first and a later request of each kind.

Run `python benchmarks/import_time.py`. Each number is the least of several fresh processes, as a neighbour
can only add to it. The import is counted without the libraries that it stands on (FastAPI, Pydantic).
"""

import json
import subprocess
import sys

NUM_RUNS = 5
_PROBE = """
import importlib.util, json, sys, time
import fastapi, pydantic, typing_extensions
# The package itself, but without what it imports of the rest.
spec = importlib.util.find_spec("fake_llm_server")
sys.modules["fake_llm_server"] = importlib.util.module_from_spec(spec)
start = time.perf_counter()
import fake_llm_server._generated.chat.api, fake_llm_server._generated.models_api.api
import fake_llm_server._generated.responses.api
times = {"import": time.perf_counter() - start}
from fake_llm_server._contract import parse_json_body
from fake_llm_server._generated.chat.wire import CreateChatCompletionRequest
from fake_llm_server._generated.responses.wire import CreateResponse
bodies = {
    CreateChatCompletionRequest: b'{"model": "m", "messages": [{"role": "user", "content": "hi"}]}',
    CreateResponse: b'{"model": "m", "input": [{"role": "user", "content": "hi"}]}',
}
for model, body in bodies.items():
    for turn in ("first", "second"):
        start = time.perf_counter()
        parse_json_body(model, body)
        times[f"{model.__name__}, {turn}"] = time.perf_counter() - start
print(json.dumps(times))
"""


def measure() -> dict[str, float]:
    """Measure in one fresh process; seconds by what was done."""
    result = subprocess.run([sys.executable, "-c", _PROBE], capture_output=True, text=True, check=True)
    times: dict[str, float] = json.loads(result.stdout)
    return times


def main() -> None:
    """Print the least time of each step, in milliseconds."""
    runs = [measure() for _ in range(NUM_RUNS)]
    for step in runs[0]:
        print(f"{step:40} {min(run[step] for run in runs) * 1000:8.2f} ms")


if __name__ == "__main__":
    main()
