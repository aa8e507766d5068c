"""The page for those who write tests: its snippets run, and its file of settings is one."""

import re
from pathlib import Path

from snippets import run_snippets

from fake_llm_server._settings import DECLARED, list_settings
from fake_llm_server._settings.sources import read_settings

PAGE = (Path(__file__).parents[1] / "docs" / "testing.md").read_text(encoding="utf-8")


def test_snippets_run(tmp_path: Path) -> None:
    """The page's files, written as they stand, are a test suite that passes without a warning."""
    printed = run_snippets(PAGE, tmp_path)
    assert re.search(r"^9 passed", printed, re.MULTILINE), printed


def test_file_of_settings_is_one(tmp_path: Path) -> None:
    """The page's example of a TOML file can be read as it stands."""
    [text] = re.findall(r"```toml\n(.*?)```\n", PAGE, re.DOTALL)
    file = tmp_path / "settings.toml"
    file.write_text(text, encoding="utf-8")
    settings = read_settings(list_settings(*DECLARED), flags={}, environment={}, file=file)
    assert settings["aliases"] == {"gpt-4o-mini": "smollm2-135m"}
    assert settings["window"] == 512
