"""Schemathesis finds nothing: every reply conforms, what breaks the contract is refused, and no 5xx.

Schemathesis runs as a user runs it, in a process of its own, against a server in this one. The short run is
part of every test run; `tox -e contract` makes the long one, with every phase and many more examples.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import MODEL
from contract_checks import load_contract

from fake_llm_server import FakeLLMServer

ROOT = Path(__file__).parents[1]
CHECKS = "all"
TIMEOUT_S = 3600


def fuzz(server: FakeLLMServer, report: Path, *options: str) -> dict[str, Any]:
    """Run Schemathesis against a server; return its report, and fail with its output if it found anything."""
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", f"http://127.0.0.1:{server.port}/openapi.json"),
        *("--checks", CHECKS, "--mode", "all", "--seed", "20", "--continue-on-failure"),
        *("--generation-database", ":memory:", "--request-timeout", "60", "--warnings", "off"),
        *("--suppress-health-check", "all", "--report", "json", "--report-json-path", str(report)),
    ]
    hooks = {"SCHEMATHESIS_HOOKS": "tests.schemathesis_hooks", "FAKE_LLM_SERVER_FUZZED_MODEL": MODEL}
    done = subprocess.run(
        [*command, *options],
        cwd=ROOT,
        env={**os.environ, **hooks},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2000:]
    found: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return found


def test_short_fuzzing_finds_nothing(server: FakeLLMServer, tmp_path: Path) -> None:
    """Our own examples, and a few made-up requests for each operation, alone and in sequences."""
    fuzz(server, tmp_path / "report.json", "--phases", "examples,fuzzing,stateful", "--max-examples", "4")


def test_short_coverage_finds_nothing(server: FakeLLMServer, tmp_path: Path) -> None:
    """Each bound of each parameter of the operations that generate nothing."""
    paths = ["/models", "/models/{model}", "/chat/completions/{completion_id}/messages"]
    chosen = [option for path in paths for option in ("--include-path", path)]
    fuzz(server, tmp_path / "report.json", "--phases", "examples,coverage", *chosen)


@pytest.mark.contract
@pytest.mark.parametrize("path", load_contract()["paths"])
def test_long_fuzzing_finds_nothing(server: FakeLLMServer, tmp_path: Path, path: str) -> None:
    """Every bound of every field of a path's operations, and a hundred made-up requests for each."""
    phases = ("--phases", "examples,coverage,fuzzing", "--max-examples", "100")
    found = fuzz(server, tmp_path / "report.json", *phases, "--include-path", path)
    print(path, json.dumps(found["test_cases"]))  # noqa: T201 - the figures of docs/fidelity.md


@pytest.mark.contract
def test_long_sequences_find_nothing(server: FakeLLMServer, tmp_path: Path) -> None:
    """Objects are created, read, changed and deleted in sequences that nobody thought of."""
    found = fuzz(server, tmp_path / "report.json", "--phases", "stateful", "--max-examples", "60")
    print("sequences", json.dumps(found["test_cases"]))  # noqa: T201 - as above
