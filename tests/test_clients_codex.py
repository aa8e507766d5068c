"""Codex CLI as it is shipped works: it runs a command and applies a patch that the server's answer asks for.

Its prompts are longer than the window of the embedded model. So the answers are chosen: tested is what Codex
sends, and that it understands what it gets. Only where prompts are fitted does the model answer by itself.
"""

import json
import os
import shutil
import subprocess
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

import pytest
from chosen_answers import ChosenAnswers

from fake_llm_server import AnswerRules, EngineSettings, FakeLLMServer
from fake_llm_server._backends.layers import LAYERS
from fake_llm_server._seam import (
    Backend,
    Begun,
    Call,
    CallDelta,
    CallEnded,
    CallStarted,
    Finished,
    GenerationEvent,
    TextDelta,
    Usage,
)

CODEX = Path(__file__).parent / "clients" / "codex"
MODEL = "smollm2-135m"
KNOWN = "gpt-5.5"
"""A model that Codex knows, and offers other tools to than to one that it doesn't."""

CALLS = {
    "exec_command": ("function", json.dumps({"cmd": "echo hello > made.txt"})),
    "apply_patch": ("custom", "*** Begin Patch\n*** Add File: made.txt\n+hello\n*** End Patch\n"),
}
"""What the answers call: each makes one file."""

pytestmark = pytest.mark.clients
_layers: list[ChosenAnswers] = []


def _add_layer(below: Backend) -> ChosenAnswers:
    _layers.append(ChosenAnswers(below))
    return _layers[-1]


@pytest.fixture(scope="module")
def server(_checked_servers: None) -> Iterator[FakeLLMServer]:
    """A server whose answers are chosen."""
    LAYERS.append(_add_layer)
    try:
        with FakeLLMServer(MODEL, aliases={KNOWN: MODEL}) as running:
            yield running
    finally:
        LAYERS.remove(_add_layer)


@pytest.fixture(scope="module")
def codex() -> str:
    """The program, as package-lock.json pins it."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("Node.js and npm aren't installed: Codex CLI goes untested.")
    program = CODEX / "node_modules" / ".bin" / "codex"
    if not program.exists():
        subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=CODEX, check=True, timeout=600)
    return str(program)


def call_once(name: str) -> list[Call]:
    """Have the tool called, and once its output is there, say so."""
    kind, arguments = CALLS[name]
    layer = _layers[-1]
    layer.calls = []

    async def write(call: Call) -> AsyncGenerator[GenerationEvent, None]:
        yield Begun("fp_chosen")
        if call.request.turns[-1].role == "tool":
            yield TextDelta(0, "The file is there.")
            yield Finished(0, "stop")
        else:
            yield CallStarted(0, 0, kind, name)  # type: ignore[arg-type] # one of both, by the table
            yield CallDelta(0, 0, kind, arguments)  # type: ignore[arg-type] # the kind is one of two words
            yield CallEnded(0, 0)
            yield Finished(0, "tool_calls")
        yield Usage(prompt_tokens=5, completion_tokens=7)

    layer.write = write
    return layer.calls


def run_codex(
    server: FakeLLMServer, codex: str, folder: Path, model: str, prompt: str
) -> subprocess.CompletedProcess[str]:
    """Run Codex on one prompt, in `work` below the folder."""
    home, work = folder / "home", folder / "work"
    home.mkdir()
    work.mkdir()
    served = server.openai_client_args()
    provider = f'{{name="fake",base_url="{served["base_url"]}",env_key="FAKE_KEY",wire_api="responses"}}'
    settings = ["model_provider=fake", f"model_providers.fake={provider}", "analytics.enabled=false"]
    command = [codex, "exec", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox"]
    command += [part for setting in settings for part in ("-c", setting)]
    return subprocess.run(
        [*command, "-m", model, prompt],
        cwd=work,
        env={**os.environ, "CODEX_HOME": str(home), "FAKE_KEY": served["api_key"]},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(
    ("model", "tool"), [(MODEL, "exec_command"), (KNOWN, "exec_command"), (KNOWN, "apply_patch")]
)
def test_codex_carries_out_a_call(
    server: FakeLLMServer, codex: str, tmp_path: Path, model: str, tool: str
) -> None:
    """It sends its tools, runs what is called, sends the output back, and prints the answer."""
    calls = call_once(tool)
    done = run_codex(server, codex, tmp_path, model, "Make the file made.txt.")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "work" / "made.txt").read_text() == "hello\n", done.stderr
    assert "The file is there." in done.stdout
    first, second = calls
    assert tool in {offered.name for offered in first.request.tools}
    assert second.request.turns[-1].role == "tool"


@pytest.mark.usefixtures("_checked_servers")
def test_the_model_answers_codex_where_prompts_are_fitted(codex: str, tmp_path: Path) -> None:
    """A greeting comes back with text of the embedded model and without an error."""
    rules = AnswerRules(long_prompts="fit", max_answer_tokens=64)
    with FakeLLMServer(MODEL, engine=EngineSettings(window=2048), answers=rules) as fitting:
        done = run_codex(fitting, codex, tmp_path, MODEL, "Hello! Who are you?")
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip()
        assert "ERROR" not in done.stderr  # so it tells of calls that it can't carry out
