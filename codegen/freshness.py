"""Whether what lies in the repository is what the pipeline would write there, and writing it."""

import difflib
from collections.abc import Mapping
from pathlib import Path

from codegen.errors import StaleError

_MAX_DIFF_LINES = 40


def check_file(path: Path, expected: str, *, remake: str) -> None:
    """Compare a file with the text it should have.

    Raises:
        StaleError: it is missing or differs; with the first lines of the difference.
    """
    found = path.read_text(encoding="utf-8") if path.exists() else ""
    if found != expected:
        raise StaleError(f"{_short_diff(found, expected, path.name)}\n{path.name} is stale. Run `{remake}`.")


def check_tree(directory: Path, expected: Mapping[str, str], *, remake: str) -> None:
    """Compare the Python files of a directory with the ones it should have, by relative path.

    Raises:
        StaleError: a file is missing, differs or is not expected.
    """
    if surplus := sorted(_files_of(directory) - set(expected)):
        raise StaleError(
            f"{directory.name} has files that aren't generated: {', '.join(surplus)}. Run `{remake}`."
        )
    for name, text in expected.items():
        check_file(directory / name, text, remake=remake)


def write_tree(directory: Path, files: Mapping[str, str]) -> None:
    """Write the files, and remove every other Python file of the directory."""
    for name in _files_of(directory) - set(files):
        (directory / name).unlink()
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _files_of(directory: Path) -> set[str]:
    return {path.relative_to(directory).as_posix() for path in directory.rglob("*.py")}


def _short_diff(found: str, expected: str, name: str) -> str:
    lines = list(
        difflib.unified_diff(
            found.splitlines(), expected.splitlines(), f"{name} as it is", f"{name} as made", lineterm="", n=1
        )
    )
    rest = len(lines) - _MAX_DIFF_LINES
    return "\n".join(lines[:_MAX_DIFF_LINES]) + (f"\n… and {rest} more lines" if rest > 0 else "")
