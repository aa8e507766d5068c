"""How to test a program that isn't written in Python: `retries.test.mjs` controls the server over HTTP."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from fake_llm_server import FakeLLMServer

NODE = shutil.which("node")
KEY = "secret"


@pytest.mark.skipif(NODE is None, reason="Node.js isn't installed")
def test_javascript() -> None:
    """The tests in JavaScript pass, each in a scope of its own."""
    assert NODE is not None
    with FakeLLMServer(load="first_use", any_model=True, control_key=KEY) as server:
        ran = subprocess.run(
            [NODE, "--test", str(Path(__file__).with_name("retries.test.mjs"))],
            env={**os.environ, "FAKE_LLM_CONTROL": server.control_url, "FAKE_LLM_CONTROL_KEY": KEY},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "pass 2" in ran.stdout
