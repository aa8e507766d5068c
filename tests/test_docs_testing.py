"""The page for those who write tests: its snippets run, its tables name every setting."""

import dataclasses
import inspect
import re
import subprocess
import sys
from pathlib import Path

from fake_llm_server import EngineSettings, parse_server_args

PAGE = (Path(__file__).parents[1] / "docs" / "testing.md").read_text(encoding="utf-8")

_SNIPPET = re.compile(r"<!-- (\S+) -->\n```python\n(.*?)```\n", re.DOTALL)
_ROW = re.compile(r"^\| `(\w+)` \| `(.*?)` \|", re.MULTILINE)


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
    assert re.search(r"^6 passed", ran.stdout, re.MULTILINE), ran.stdout


def test_tables_name_every_setting() -> None:
    """Each argument and each setting of an engine has its row, in order, with its default."""
    arguments = inspect.signature(parse_server_args).parameters.values()
    settings = dataclasses.fields(EngineSettings)
    expected = [(each.name, repr(each.default)) for each in arguments]
    expected += [(each.name, repr(each.default)) for each in settings]
    assert _ROW.findall(PAGE) == expected
