"""The package's own docstring, which is the first thing that `help(fake_llm_server)` shows."""

import inspect
import subprocess
import sys
import textwrap

import fake_llm_server


def test_example_runs() -> None:
    """The example of the package's docstring is a program: it runs as it stands, without a warning."""
    _, example = inspect.getdoc(fake_llm_server).split("Example:\n")  # type: ignore[union-attr] # it has one
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(example)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "smollm2-135m\n", "")
