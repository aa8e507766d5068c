"""The page about control over HTTP and by files: its snippets run."""

from pathlib import Path

from snippets import run_snippets

from fake_llm_server._control_api.documents.scopes import ScriptFile

PAGE = (Path(__file__).parents[1] / "docs" / "controls-http.md").read_text(encoding="utf-8")


def test_snippets_run(tmp_path: Path) -> None:
    """The page's files, written as they stand, are a test suite that passes without a warning."""
    assert "2 passed" in run_snippets(PAGE, tmp_path, "-p", "fake_llm_server.pytest_plugin")


def test_every_key_of_a_file_is_described() -> None:
    """What a file may have at its top stands on the page."""
    assert all(f"`{key}`" in PAGE for key in ScriptFile.model_fields.keys() - {"scopes"})
