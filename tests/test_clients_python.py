"""Python clients are at home: each chats, streams, calls a tool and gets an object, as its README does it."""

import importlib
from pathlib import Path
from types import ModuleType

import pytest
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


@pytest.mark.parametrize("task", ["chat", "stream", "call_tool", "structure"])
def test_client_is_at_home(server: FakeLLMServer, client_module: ModuleType, task: str) -> None:
    """The client gets what it asked for: text, or one of the two cities that the schema allows."""
    answer = getattr(client_module, task)(**server.openai_client_args(), model=MODEL)
    if task == "structure":
        assert answer in {"Paris", "Rome"}
    else:
        assert isinstance(answer, str)
        assert answer.strip()
