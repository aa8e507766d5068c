"""The page about pytest and unittest: its snippets run."""

from pathlib import Path

from snippets import run_snippets

PAGE = (Path(__file__).parents[1] / "docs" / "controls-pytest.md").read_text(encoding="utf-8")


def test_snippets_run(tmp_path: Path) -> None:
    """The page's files, written as they stand, are a test suite that passes without a warning."""
    assert "5 passed" in run_snippets(PAGE, tmp_path, "-p", "fake_llm_server.pytest_plugin")
