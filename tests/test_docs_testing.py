"""The page for those who write tests: its snippets run, and its file of settings is one."""

import re
import subprocess
import sys
from pathlib import Path

from fake_llm_server._settings import DECLARED, list_settings
from fake_llm_server._settings.sources import read_settings

PAGE = (Path(__file__).parents[1] / "docs" / "testing.md").read_text(encoding="utf-8")

_SNIPPET = re.compile(r"<!-- (\S+) -->\n```python\n(.*?)```\n", re.DOTALL)


def test_snippets_run(tmp_path: Path) -> None:
    """The page's files, written as they stand, are a test suite that passes without a warning."""
    snippets = _SNIPPET.findall(PAGE)
    assert len(snippets) == PAGE.count("```python")
    for name, text in snippets:
        (tmp_path / name).write_text(text, encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout
    assert re.search(r"^9 passed", ran.stdout, re.MULTILINE), ran.stdout


def test_file_of_settings_is_one(tmp_path: Path) -> None:
    """The page's example of a TOML file can be read as it stands."""
    [text] = re.findall(r"```toml\n(.*?)```\n", PAGE, re.DOTALL)
    file = tmp_path / "settings.toml"
    file.write_text(text, encoding="utf-8")
    settings = read_settings(list_settings(*DECLARED), flags={}, environment={}, file=file)
    assert settings["aliases"] == {"gpt-4o-mini": "smollm2-135m"}
    assert settings["window"] == 512
