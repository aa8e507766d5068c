"""Frameworks run a tool loop to its end, and get an object of a schema without bounds: without any script.

Each as its README uses it: no limit of tokens, no forced call, no bounds. The first
group runs in `tox -e clients`, the second in `tox -e clients-light`: they exclude each other's versions.
"""

import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from conftest import ALIAS, MODEL

from fake_llm_server import FakeLLMServer

GROUPS = {
    "base": ("instructor_lists", "litellm_loop", "openai_agents_loop", "pydantic_ai_loop"),
    "light": (
        "agent_framework_agent",
        "autogen_agent",
        "haystack_agent",
        "llamaindex_responses",
        "outlines_model",
        "smolagents_agent",
    ),
}
WITHOUT_TOOLS = {"instructor_lists", "outlines_model"}

pytestmark = pytest.mark.clients


@pytest.fixture(
    params=[client for clients in GROUPS.values() for client in clients],
    ids=[f"{group}-{client}" for group, clients in GROUPS.items() for client in clients],
)
def client_module(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> ModuleType:
    """A client's functions; a client that isn't installed fails, as it would go untested otherwise."""
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(Path(__file__).parent / "clients" / "more"))
    return importlib.import_module(request.param)


@pytest.fixture(scope="module")
def server(_checked_servers: None) -> Iterator[FakeLLMServer]:
    """A server that stores responses unless it is told not to, as OpenAI does: some frameworks rely on it."""
    with FakeLLMServer(MODEL, aliases={ALIAS: MODEL}, store_by_default=True) as running:
        yield running


def test_tool_loop_comes_to_its_end(
    server: FakeLLMServer, request_bodies: list[dict[str, Any]], client_module: ModuleType
) -> None:
    """The model asks for the weather, gets it, and answers with text."""
    if client_module.__name__ in WITHOUT_TOOLS:
        pytest.skip("It knows no tools.")
    answer = client_module.call_tool(**server.openai_client_args(), model=ALIAS)
    assert isinstance(answer, str)
    assert answer.strip()
    assert "It is sunny in " in json.dumps(request_bodies[-1])


def test_object_comes_whole(server: FakeLLMServer, client_module: ModuleType) -> None:
    """The answer is an object of the client's class."""
    person = client_module.structure(**server.openai_client_args(), model=ALIAS)
    assert type(person).__name__ == "Person"
    assert person.name
