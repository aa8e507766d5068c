"""Puts what a benchmark printed into its place in the docs."""

from pathlib import Path

_PAGE = Path(__file__).parent.parent / "docs" / "answers.md"


def replace_table(name: str, table: str) -> None:
    """Replace the table between two marks of docs/answers.md.

    Args:
        name: of the benchmark, which stands in the marks.
        table: in Markdown.

    Raises:
        ValueError: the page lacks a mark.
    """
    begin, end = f"<!-- table of python -m benchmarks.{name} --docs -->", f"<!-- end of {name} -->"
    page = _PAGE.read_text(encoding="utf-8")
    start, stop = page.index(begin) + len(begin), page.index(end)
    _PAGE.write_text(f"{page[:start]}\n{table}\n{page[stop:]}", encoding="utf-8")
