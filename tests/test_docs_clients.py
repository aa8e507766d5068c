"""The page of clients shows what the tests run."""

import itertools
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "clients.md"
CLIENTS = ROOT / "tests" / "clients"

_SNIPPET = re.compile(r"<!-- (\S+): (\w+) -->\n```\w+\n(.*?)```\n", re.DOTALL)
"""A code block after a comment that names its file and function."""


def cut_function(text: str, name: str) -> str:
    """The source of a top-level function, Python or JavaScript: its head, what is indented, and a brace."""
    lines = text.splitlines(keepends=True)
    heads = (f"def {name}(", f"export async function {name}(")
    [start] = [number for number, line in enumerate(lines) if line.startswith(heads)]
    body = list(itertools.takewhile(lambda line: line[0] in " \n", lines[start + 1 :]))
    end = start + 1 + len(body)
    brace = lines[end] if lines[end : end + 1] == ["}\n"] else ""
    return "".join([lines[start], *body]).rstrip() + "\n" + brace


def read_snippets() -> list[tuple[str, str, str]]:
    """File, function and text of each snippet of the page."""
    return _SNIPPET.findall(PAGE.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("file", "name", "shown"), read_snippets())
def test_snippet_is_what_runs(file: str, name: str, shown: str) -> None:
    """A snippet is its function in the tests, to the letter."""
    assert shown.count("\n") >= 3
    assert shown == cut_function((ROOT / file).read_text(encoding="utf-8"), name)


def test_every_client_is_shown() -> None:
    """Each client that is tested has its chat and one more task on the page."""
    files = [*CLIENTS.glob("*.py"), *(CLIENTS / "node").glob("*.mjs")]
    tested = {path.relative_to(ROOT).as_posix() for path in files if path.name != "run.mjs"}
    shown = [file for file, _, _ in read_snippets()]
    assert {file: shown.count(file) for file in tested} == dict.fromkeys(tested, 2)
