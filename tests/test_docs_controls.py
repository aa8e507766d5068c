"""The page about controls: its snippets run."""

from pathlib import Path

from snippets import run_snippets

PAGE = (Path(__file__).parents[1] / "docs" / "controls.md").read_text(encoding="utf-8")


def test_snippets_run(tmp_path: Path) -> None:
    """The page's files, written as they stand, are a test suite that passes without a warning."""
    assert "3 passed" in run_snippets(PAGE, tmp_path)
