"""The page about controls: its snippets run."""

import re
from pathlib import Path

from snippets import run_snippets

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "controls.md").read_text(encoding="utf-8")


def test_snippets_run(tmp_path: Path) -> None:
    """The page's files, written as they stand, are a test suite that passes without a warning."""
    ran = run_snippets(PAGE, tmp_path, "-p", "fake_llm_server.pytest_plugin")
    [num_passed] = re.findall(r"(\d+) passed", ran)
    assert int(num_passed) >= len(re.findall(r"^ *def test_", PAGE, re.MULTILINE))


def test_readme_has_the_first_snippet() -> None:
    """The README's example of a script is the one of the page, which runs."""
    [example, *_] = re.findall(r"```python\n.*?```\n", PAGE, re.DOTALL)
    assert example in (ROOT / "README.md").read_text(encoding="utf-8")
