"""The page about control over HTTP and by files: its snippets run."""

import re
from pathlib import Path

from snippets import run_snippets

from fake_llm_server._control_api.documents.scopes import ScriptFile
from fake_llm_server._control_api.files.script_file import read_script_file

PAGE = (Path(__file__).parents[1] / "docs" / "controls-http.md").read_text(encoding="utf-8")


def test_snippets_run(tmp_path: Path) -> None:
    """The page's files, written as they stand, are a test suite that passes without a warning."""
    assert "2 passed" in run_snippets(PAGE, tmp_path, "-p", "fake_llm_server.pytest_plugin")


def test_every_key_of_a_file_is_described() -> None:
    """What a file may have at its top stands on the page."""
    assert all(f"`{key}`" in PAGE for key in ScriptFile.model_fields)


def test_the_file_can_be_read(tmp_path: Path) -> None:
    """The page's script file is one."""
    [text] = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    file = tmp_path / "script.yaml"
    file.write_text(text, encoding="utf-8")
    assert set(read_script_file(file).scopes) == {"sk-retries"}
