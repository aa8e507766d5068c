"""JavaScript clients are at home: each chats, streams, calls a tool and gets an object, as in its README."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from client_tasks import TASKS, check_task
from conftest import MODEL

from fake_llm_server import FakeLLMServer

NODE = Path(__file__).parent / "clients" / "node"
pytestmark = pytest.mark.clients


@pytest.fixture(scope="module")
def node() -> str:
    """Node.js, with the clients that package-lock.json pins."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("Node.js and npm aren't installed: the JavaScript clients go untested.")
    if not (NODE / "node_modules").exists():
        subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=NODE, check=True, timeout=600)
    return node


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("client", ["openai_node", "ai_sdk", "openai_agents"])
def test_client_is_at_home(
    server: FakeLLMServer, request_bodies: list[dict[str, Any]], node: str, client: str, task: str
) -> None:
    """The client sends what the task takes, and gets what it asked for."""
    served = server.openai_client_args()
    done = subprocess.run(
        [node, "run.mjs", client, task, served["base_url"], served["api_key"], MODEL],
        cwd=NODE,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    check_task(task, json.loads(done.stdout), request_bodies)
