"""JavaScript clients are at home: each chats, streams, calls a tool and gets an object, as in its README."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import MODEL

from fake_llm_server import FakeLLMServer

NODE = Path(__file__).parent / "clients" / "node"
pytestmark = pytest.mark.clients


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    """Install what package.json pins, once."""
    npm = shutil.which("npm")
    assert npm is not None, "These tests need Node.js and npm."
    if not (NODE / "node_modules").exists():
        subprocess.run([npm, "install", "--no-audit", "--no-fund"], cwd=NODE, check=True, timeout=600)


@pytest.mark.parametrize("task", ["chat", "stream", "call_tool", "structure"])
@pytest.mark.parametrize("client", ["openai_node", "ai_sdk"])
def test_client_is_at_home(server: FakeLLMServer, client: str, task: str) -> None:
    """The client gets what it asked for: text, or one of the two cities that the schema allows."""
    arguments = server.openai_client_args()
    done = subprocess.run(
        ["node", "run.mjs", client, task, arguments["base_url"], arguments["api_key"], MODEL],  # noqa: S607 - any Node.js
        cwd=NODE,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    if task == "structure":
        assert answer in {"Paris", "Rome"}
    else:
        assert isinstance(answer, str)
        assert answer.strip()
