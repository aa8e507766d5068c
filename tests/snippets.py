"""Runs the snippets of a page of the docs as the test suite that they are."""

import re
import subprocess
import sys
from pathlib import Path

_SNIPPET = re.compile(r"<!-- (\S+\.py) -->\n```python\n(.*?)```\n", re.DOTALL)


def run_snippets(page: str, folder: Path, *arguments: str) -> str:
    """Write a page's files into a folder and test them; every snippet in Python must be a file.

    Returns:
        What pytest prints; it has passed without a warning.
    """
    snippets = _SNIPPET.findall(page)
    assert len(snippets) == page.count("```python")
    for name, text in snippets:
        (folder / name).write_text(text, encoding="utf-8")
    command = [sys.executable, "-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    ran = subprocess.run(
        [*command, *arguments, str(folder)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout
