"""The page about the journal: its snippets run, and it has every kind of verdict."""

from pathlib import Path
from typing import get_args

from snippets import run_snippets

from fake_llm_server._controls import VerdictKind

PAGE = (Path(__file__).parents[1] / "docs" / "controls-journal.md").read_text(encoding="utf-8")


def test_snippets_run(tmp_path: Path) -> None:
    """The page's files, written as they stand, are a test suite that passes without a warning."""
    assert "3 passed" in run_snippets(PAGE, tmp_path, "-p", "fake_llm_server.pytest_plugin")


def test_every_verdict_is_described() -> None:
    """Each kind of verdict stands in the table."""
    assert all(f"| `{kind}` |" in PAGE for kind in get_args(VerdictKind))
