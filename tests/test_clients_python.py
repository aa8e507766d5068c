"""Python clients are at home: each chats, streams, calls a tool and gets an object, as its README does it."""

import importlib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from client_tasks import TASKS, check_task
from conftest import MODEL

from fake_llm_server import FakeLLMServer

CLIENTS = (
    "openai_python",
    "langchain_chat",
    "openai_agents",
    "pydantic_ai_agent",
    "instructor_client",
    "litellm_completion",
    "llm_model",
)

pytestmark = pytest.mark.clients


@pytest.fixture(params=CLIENTS)
def client_module(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> ModuleType:
    """A client's functions; a client that isn't installed fails, as it would go untested otherwise."""
    monkeypatch.setenv("LLM_USER_PATH", str(tmp_path))
    monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    monkeypatch.syspath_prepend(str(Path(__file__).parent / "clients"))
    return importlib.import_module(request.param)


@pytest.mark.parametrize("task", TASKS)
def test_client_is_at_home(
    server: FakeLLMServer, request_bodies: list[dict[str, Any]], client_module: ModuleType, task: str
) -> None:
    """The client sends what the task takes, and gets what it asked for."""
    answer = getattr(client_module, task)(**server.openai_client_args(), model=MODEL)
    check_task(task, answer, request_bodies, may_skip_tool=client_module.__name__ == "llm_model")
