"""What the pytest plugin costs: installed and not used, and in a run of tests whose replies are all scripted.

Run `python -m benchmarks.plugin_costs` where the package is installed. Runs are made in turn, so that
whatever else the machine does strikes all alike; compare the least time of each, as a neighbour can only
add to it. Python's bytecode is kept between runs, as it is for installed packages; no other plugin is loaded.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

NUM_ROUNDS, NUM_TESTS = 5, 200
_PLUGIN = "fake_llm_server.pytest_plugin"
_EMPTY = "def test_nothing():\n    pass\n"
_SCRIPTED = f"""
import pytest

@pytest.mark.parametrize("number", range({NUM_TESTS}))
def test_scripted(fake_llm, openai_client, number):
    fake_llm.script("It is sunny.")
    answer = openai_client.responses.create(model="gpt-4o", input="Weather?")
    assert answer.output_text == "It is sunny."
"""
_OWN_CLIENTS = f"""
import openai, pytest

@pytest.mark.parametrize("number", range({NUM_TESTS}))
def test_scripted(fake_llm, number):
    fake_llm.script("It is sunny.")
    with openai.OpenAI() as client:
        answer = client.responses.create(model="gpt-4o", input="Weather?")
    assert answer.output_text == "It is sunny."
"""
_RUNS = {
    "pytest with one empty test": (_EMPTY, ["-p", f"no:{_PLUGIN}"]),
    "the same, the plugin installed": (_EMPTY, ["-p", _PLUGIN]),
    f"{NUM_TESTS} scripted tests with `openai_client`": (_SCRIPTED, ["-p", _PLUGIN]),
    f"{NUM_TESTS} scripted tests that make a client each": (_OWN_CLIENTS, ["-p", _PLUGIN]),
}
"""What is run: a test file, and arguments of pytest."""


def run_pytest(folder: Path, source: str, arguments: list[str]) -> tuple[float, float]:
    """Seconds from the process's start to its end, and those of a processor that it took."""
    file = folder / "test_it.py"
    file.write_text(source)
    own = {"PYTHONPYCACHEPREFIX": str(folder / "bytecode"), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    environment = {**os.environ, **own}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments, str(file)]
    start, used = time.perf_counter(), _read_processor_s()
    ran = subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True, text=True)
    if ran.returncode:
        raise RuntimeError(ran.stdout + ran.stderr)
    return time.perf_counter() - start, _read_processor_s() - used


def _read_processor_s() -> float:
    """Of all processes that were started here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Print the table."""
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in _RUNS}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(NUM_ROUNDS + 1):
            for name, (source, arguments) in _RUNS.items():
                taken = run_pytest(Path(folder), source, arguments)
                if number:  # the first writes the bytecode
                    times[name].append(taken)
    print("| run | least, s | median, s | processor, least, s |\n|---|---:|---:|---:|")
    for name, pairs in times.items():
        taken_s, used_s = zip(*pairs, strict=True)
        print(f"| {name} | {min(taken_s):.3f} | {statistics.median(taken_s):.3f} | {min(used_s):.3f} |")


if __name__ == "__main__":
    main()
