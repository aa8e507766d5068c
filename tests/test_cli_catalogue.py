"""The commands that look after models: `models`, `pull` and `doctor`."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from conftest import MODEL
from local_hub import LocalHub, Repository
from tiny_models import write_tiny_model

from fake_llm_server import FakeLLMServer
from fake_llm_server._cli import main
from fake_llm_server._weights import SUPPORTED_MODEL_ALIASES

NAME = "maker/tiny-GGUF"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LocalHub]:
    """A hub with a tiny model."""
    with LocalHub().run() as hub:
        content = write_tiny_model(tmp_path / "tiny.gguf", "qwen2").read_bytes()
        hub.repositories[NAME] = Repository({"tiny-Q4_0.gguf": content})
        yield hub


def run_pull(server: LocalHub, home: Path, *names: str) -> subprocess.CompletedProcess[str]:
    """Run `fake-llm-server pull` with a hub and a cache of the test's own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    return subprocess.run(
        [sys.executable, "-m", "fake_llm_server", "pull", *names],
        env={**environment, "HF_ENDPOINT": server.url, "HF_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_models_lists_the_catalogue(capsys: pytest.CaptureFixture[str]) -> None:
    """Every alias has a line with its size, whether it is here, its memory and its fit."""
    assert main(["models"]) == 0
    lines = capsys.readouterr().out.splitlines()
    for alias in SUPPORTED_MODEL_ALIASES:
        (line,) = [line for line in lines if line.startswith(f"{alias} ")]
        assert re.search(r" \d[\d.]* [MG]B +(yes|no) +\d[\d.]* [MG]B .*(fits|needs)", line), line
    assert any(re.match(r"smollm2-135m +98 MB +yes", line) for line in lines)


def test_pull_downloads_and_says_where(server: LocalHub, tmp_path: Path) -> None:
    """A pulled model lies at the printed path, and pulling it again transfers nothing."""
    for _ in range(2):
        done = run_pull(server, tmp_path / "home", NAME)
        assert done.returncode == 0, done.stderr
        path = Path(done.stdout.splitlines()[-1].strip())
        assert path.read_bytes() == server.repositories[NAME].files["tiny-Q4_0.gguf"]
        assert "qwen2, size and hash checked" in done.stdout
    assert server.count_transfers() == 1


def test_pull_goes_on_after_a_failure(server: LocalHub, tmp_path: Path) -> None:
    """A model that can't be had is told on stderr; the others come, and the status is 1."""
    server.repositories["maker/text-GGUF"] = Repository({"text-Q4_0.gguf": b"no model at all"})
    done = run_pull(server, tmp_path / "home", "maker/missing", "maker/text-GGUF", NAME)
    assert done.returncode == 1
    assert "There is no repository" in done.stderr
    assert "text-Q4_0.gguf is not a GGUF file" in done.stderr
    assert "qwen2, size and hash checked" in done.stdout


def test_doctor_reports(capsys: pytest.CaptureFixture[str]) -> None:
    """The report has the machine, every model's fit, a server's fingerprint and the self-check's verdict."""
    body = {"model": MODEL, "max_tokens": 1, "messages": [{"role": "user", "content": "Hi"}]}
    with FakeLLMServer(MODEL) as running:
        answer = httpx2.post(f"{running.base_url}/chat/completions", json=body, timeout=60).json()
    fingerprint = answer["system_fingerprint"]
    assert main(["doctor"]) == 0
    report = capsys.readouterr().out
    for part in ("cores", "memory", "GPU", "llama-cpp-python", *SUPPORTED_MODEL_ALIASES):
        assert part in report
    assert re.search(rf"fingerprint +{fingerprint} ", report)
    assert "alone, in company and repeated: the same" in report


def test_doctor_says_why_a_model_cannot_run(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A model that can't be loaded is the report's last line, with status 1."""
    path = tmp_path / "broken.gguf"
    path.write_bytes(b"GGUF")
    assert main(["doctor", str(path)]) == 1
    assert "can't run: broken.gguf is truncated" in capsys.readouterr().out


def test_the_docs_have_the_figures_of_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    """The memory that `models` prints for each alias is what docs/models.md has as its estimate."""
    assert main(["models"]) == 0
    lines = capsys.readouterr().out.splitlines()
    place = slice(lines[0].index("MEMORY"), lines[0].index("CONTEXT"))
    printed = {line.split()[0]: line[place].strip() for line in lines[1 : len(SUPPORTED_MODEL_ALIASES) + 1]}
    page = (Path(__file__).parents[1] / "docs" / "models.md").read_text(encoding="utf-8")
    for alias, memory in printed.items():
        rows = [line for line in page.splitlines() if line.startswith(f"| `{alias}`")]
        assert any(f"{memory} *estimated*" in row for row in rows), alias
