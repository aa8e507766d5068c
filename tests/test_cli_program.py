"""The program itself: its version, and an end without a traceback where nobody reads what it prints."""

import subprocess
import sys

import pytest

from fake_llm_server import __version__
from fake_llm_server._cli import main


def test_version_is_the_package_s(capsys: pytest.CaptureFixture[str]) -> None:
    """`--version` names the version that is installed."""
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"fake-llm-server {__version__}\n"


def test_closed_pipe_ends_the_program() -> None:
    """A program whose output is no longer read, as by `| head -1`, ends with 141 and says nothing of it."""
    command = [sys.executable, "-m", "fake_llm_server", "models"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(timeout=60) == 141
