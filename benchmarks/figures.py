"""A measured figure, its aim, and the table of all."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """Repeated measurements of one thing.

    Attributes:
        name: what was measured, and whose.
        unit: of the values.
        values: one for each round.
        aim: the least (or, with `is_most`, the greatest) median that is aimed for, or None.
        note: what a reader must know to judge it, or why there are no values.
    """

    name: str
    unit: str
    values: tuple[float, ...]
    aim: float | None = None
    is_most: bool = False
    note: str = ""

    @property
    def median(self) -> float:
        """Of the values."""
        return statistics.median(self.values)

    @property
    def is_reached(self) -> bool:
        """Whether the median is within the aim."""
        if self.aim is None:
            return True
        return self.median <= self.aim if self.is_most else self.median >= self.aim


def ratio(name: str, ours: Figure, theirs: Figure, aim: float | None, *, is_most: bool = False) -> Figure:
    """Round by round, how many times `theirs` is `ours`."""
    pairs = zip(ours.values, theirs.values, strict=True)
    return Figure(name, "times", tuple(mine / yours for mine, yours in pairs), aim, is_most)


def write_table(figures: Sequence[Figure]) -> str:
    """A Markdown table: median, spread and aim of each figure."""
    lines = ["| figure | median | spread | aim |", "|---|---:|---:|---:|"]
    for figure in figures:
        if not figure.values:
            lines.append(f"| {figure.name} | - | {figure.note} | |")
            continue
        spread = f"{figure.values and min(figure.values):.3g} to {max(figure.values):.3g}"
        lines.append(f"| {figure.name} | {figure.median:.3g} {figure.unit} | {spread} | {_aim(figure)} |")
    return "\n".join(lines)


def _aim(figure: Figure) -> str:
    if figure.aim is None:
        return ""
    verdict = "reached" if figure.is_reached else "**missed**"
    return f"{'at most' if figure.is_most else 'at least'} {figure.aim:g}: {verdict}"
