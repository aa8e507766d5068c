"""The pages about controls: their snippets run."""

import re
from pathlib import Path

import pytest
from snippets import run_snippets

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "controls.md"
PAGES = [PAGE, *sorted((ROOT / "docs" / "controls").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_snippets_run(page: Path, tmp_path: Path) -> None:
    """A page's files, written as they stand, are a test suite that passes without a warning."""
    text = page.read_text(encoding="utf-8")
    ran = run_snippets(text, tmp_path, "-p", "fake_llm_server.pytest_plugin")
    passed = re.search(r"^(\d+) passed in ", ran, re.MULTILINE)
    assert passed, ran
    assert int(passed[1]) >= text.count("```python")


def test_readme_has_the_first_snippet() -> None:
    """The README's example of a script is the one of the page, which runs."""
    [example, *_] = re.findall(r"```python\n.*?```\n", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert example in (ROOT / "README.md").read_text(encoding="utf-8")
