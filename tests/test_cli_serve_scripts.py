"""A script file: given to a server by any of its sources, and read again when it changes."""

import logging
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import openai
import pytest

from fake_llm_server import ConfigurationError, FakeLLMServer
from fake_llm_server._control_api.files.watching import POLL_S
from fake_llm_server._controls.limits import Limits

MODEL = "gpt-4o-mini"
FIRST = """
when:
  - then: the first version
quota: 1000
strict: true
rules: none
scopes:
  sk-a:
    script: [of a scope, of a scope, of a scope]
  sk-b:
    when: [{then: of another}]
"""
SECOND = """
when:
  - then: the second version
scopes:
  sk-b:
    when: [{then: of another again}]
"""


def ask(server: FakeLLMServer, api_key: str = "any") -> str:
    """What a client with a key gets."""
    with openai.OpenAI(base_url=server.base_url, api_key=api_key, max_retries=0) as client:
        return client.responses.create(model=MODEL, input="Hi").output_text


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds, with patience for a busy machine."""
    ends = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.05)


def test_a_file_is_read_again_when_it_changes(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Scopes begin anew with its new version; one that can't be read is told, and changes nothing."""
    caplog.set_level(logging.INFO, "fake_llm_server")
    file = tmp_path / "script.yaml"
    file.write_text(FIRST, encoding="utf-8")
    with FakeLLMServer(load="first_use", any_model=True, script=file) as server:
        assert (ask(server), ask(server, "sk-a"), ask(server, "sk-b")) == (
            *("the first version", "of a scope", "of another"),
        )
        file.write_text("when:\n  - thn: a\n", encoding="utf-8")
        wait_for(lambda: "stays as it was" in caplog.text)
        assert f"{file}:2: when[0].thn: there is no such key; did you mean then?" in caplog.text
        assert (ask(server), ask(server, "sk-a")) == ("the first version", "of a scope")
        file.write_text(SECOND, encoding="utf-8")
        wait_for(lambda: "was read again" in caplog.text)
        assert (ask(server), ask(server, "sk-b")) == ("the second version", "of another again")
        assert ask(server, "sk-a") == "the second version"  # nobody's scope any more
        assert (server.fake_llm.strict, server.fake_llm.rules) == (False, None)
        assert server.fake_llm.calls[-1].call.scope.find(Limits) is None
        file.unlink()
        wait_for(lambda: "it can't be read" in caplog.text)
        assert ask(server) == "the second version"


def test_what_python_opened_stays_its_own(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A file takes no scope from a test, and none of its own is opened by one."""
    file = tmp_path / "script.json"
    file.write_text('{"scopes": {"sk-file": {"script": ["of the file"]}}}', encoding="utf-8")
    with FakeLLMServer(load="first_use", any_model=True, script=str(file)) as server:
        with pytest.raises(ConfigurationError, match="is open for this API key"):
            server.open_scope("sk-file")
        with server.open_scope("sk-test") as fake_llm:
            fake_llm.script("of the test")
            file.write_text('{"scopes": {"sk-test": {"script": ["of the file"]}}}', encoding="utf-8")
            wait_for(lambda: "sk-test is open already, and not by this file" in caplog.text)
            assert ask(server, "sk-test") == "of the test"
        assert ask(server, "sk-file") == "of the file"


def test_a_file_at_rest_is_left_alone(tmp_path: Path) -> None:
    """A script goes on where it was: it isn't read again as long as the file stays as it is."""
    file = tmp_path / "script.toml"
    file.write_text('script = ["a", "b"]\nallow_unused = true\n', encoding="utf-8")
    with FakeLLMServer(load="first_use", any_model=True, script=file) as server:
        assert ask(server) == "a"
        time.sleep(4 * POLL_S)
        assert ask(server) == "b"


def test_a_bad_file_stops_the_start(tmp_path: Path) -> None:
    """Neither Python nor the command line starts a server on it; the latter exits with 1 and says where."""
    file = tmp_path / "script.yaml"
    file.write_text("script:\n  - tol: search\n", encoding="utf-8")
    words = f"{file}:2: script[0].tol: there is no such key; did you mean tool?"
    with pytest.raises(ConfigurationError) as caught:
        FakeLLMServer(load="first_use", script=file)
    assert str(caught.value) == words
    served = subprocess.run(
        [sys.executable, "-m", "fake_llm_server", "serve", "--port", "0", "--script", str(file)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert served.returncode == 1
    assert served.stderr == f"fake-llm-server: {words}\n"
