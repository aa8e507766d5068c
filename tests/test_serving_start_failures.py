"""A server that doesn't come up says why, with every version of uvicorn that the package allows.

FAKE_LLM_SERVER_UVICORNS names folders with a version each, separated as in PATH, to be tried beside the one
that is installed: `pip install --no-deps --target FOLDER uvicorn==0.53`. Empty tries no others.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import MODEL
from starlette.types import ASGIApp, Receive, Scope, Send

from fake_llm_server import FakeLLMServer, StartError
from fake_llm_server._serving.wrapping import APP_WRAPPERS

FOLDERS = [folder for folder in os.environ.get("FAKE_LLM_SERVER_UVICORNS", "").split(os.pathsep) if folder]


class FailingStart:
    """Wraps an application so that its start fails after its first step, as a store or an engine may."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Fail in place of the lifespan."""
        if scope["type"] == "lifespan":
            await receive()
            raise OSError("no room for the engine")
        await self.app(scope, receive, send)


def test_a_failed_start_raises_its_cause(server: FakeLLMServer) -> None:
    """The error names what went wrong and has it as its cause."""
    del server  # it keeps the model loaded
    APP_WRAPPERS.append(FailingStart)
    try:
        with pytest.raises(StartError, match="OSError: no room for the engine") as raised:
            FakeLLMServer(MODEL)
    finally:
        APP_WRAPPERS.remove(FailingStart)
    assert isinstance(raised.value.__cause__, OSError)


def test_a_store_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    """A failure of the application's own parts reaches the caller, too."""
    folder = tmp_path / "store.sqlite"
    folder.mkdir()
    with pytest.raises(StartError) as raised:
        FakeLLMServer(MODEL, store_path=folder)
    assert raised.value.__cause__ is not None


@pytest.mark.parametrize("folder", FOLDERS)
def test_other_versions_of_uvicorn(folder: str) -> None:
    """The tests of this file, of the lifecycle, unread replies and WebSockets pass with another uvicorn."""
    environment = {key: value for key, value in os.environ.items() if key != "FAKE_LLM_SERVER_UVICORNS"}
    environment["PYTHONPATH"] = os.pathsep.join([folder, environment.get("PYTHONPATH", "")])
    names = [
        "test_serving_start_failures.py",
        "test_serving_lifecycle.py",
        "test_serving_unread_replies.py",
        "test_responses_websocket.py",
    ]
    tests = [str(Path(__file__).with_name(name)) for name in names]
    ended = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            *tests,
        ],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout
