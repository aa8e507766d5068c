"""JavaScript clients are at home: each chats, streams, calls a tool and gets an object, as in its README.

Vercel's AI SDK also runs its agent to the end, as the Python frameworks of `test_clients_more.py` do.
"""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from client_tasks import TASKS, TOOL_RESULT, check_task
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


def run_task(server: FakeLLMServer, node: str, client: str, task: str) -> Any:
    """What the client's function returned."""
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
    return json.loads(done.stdout)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("client", ["openai_node", "ai_sdk", "openai_agents"])
def test_client_is_at_home(
    server: FakeLLMServer, request_bodies: list[dict[str, Any]], node: str, client: str, task: str
) -> None:
    """The client sends what the task takes, and gets what it asked for."""
    check_task(task, run_task(server, node, client, task), request_bodies)


def test_tool_loop_comes_to_its_end(
    server: FakeLLMServer, request_bodies: list[dict[str, Any]], node: str
) -> None:
    """Without a forced call or a limit, the model asks for the weather, gets it, and answers with text."""
    assert run_task(server, node, "more/ai_sdk_loop", "call_tool").strip()
    assert all(body.get("tool_choice", "auto") == "auto" for body in request_bodies)
    assert TOOL_RESULT in json.dumps(request_bodies[-1])


def test_object_comes_whole(server: FakeLLMServer, node: str) -> None:
    """The answer to a schema without bounds is an object of it: the SDK refuses what isn't."""
    person = run_task(server, node, "more/ai_sdk_loop", "structure")
    assert sorted(person) == ["age", "name"]
    assert person["name"]
