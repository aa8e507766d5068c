"""Count how often the tools are called that are due: `python -m benchmarks.tool_choices`.

The decision is taken from the request alone, so nothing is loaded. Of the half `measured` only totals are
shown: whoever looked at its cases would develop on them.
"""

import argparse
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import get_args

from benchmarks.docs_tables import replace_table
from benchmarks.tool_cases import Half, ToolCase, read_cases
from fake_llm_server._text.tool_choice.plan import plan_calls


@dataclass(frozen=True)
class Outcome:
    """A case and the tools that are called, sorted by name, under a tool choice."""

    case: ToolCase
    called: tuple[str, ...]

    @property
    def is_right(self) -> bool:
        """Whether just the tools are called that are due, each as often as is due."""
        return self.called == self.case.expected

    @property
    def has_right_tools(self) -> bool:
        """Whether just the tools are called that are due, however often."""
        return set(self.called) == set(self.case.expected)


def decide(cases: Iterable[ToolCase], tool_choice: str = "auto") -> list[Outcome]:
    """What is called in each case."""
    outcomes = []
    for case in cases:
        wishes = plan_calls(case.read_request(tool_choice=tool_choice))
        outcomes.append(Outcome(case, tuple(sorted(wish.tool.name for wish in wishes))))
    return outcomes


def decide_half(half: Half) -> list[Outcome]:
    """What is called under `auto` in each case of a half."""
    return decide(case for case in read_cases() if case.half == half)


def choose_half(half: Half) -> list[Outcome]:
    """What is called under `required` where several tools are offered and one of them is due."""
    cases = [case for case in read_cases() if case.half == half]
    return decide((case for case in cases if case.expected and len(case.tools) > 1), "required")


def write_tables() -> str:
    """The figures of both halves, and the confusion table of the measured one, as Markdown."""
    lines = ["| half | right under `auto` | right tool among several |", "|---|---:|---:|"]
    for half in get_args(Half):
        decided, chosen = decide_half(half), choose_half(half)
        right, best = [each.is_right for each in decided], [each.has_right_tools for each in chosen]
        lines.append(f"| {half} | {_share(right)} | {_share(best)} |")
    return "\n".join([*lines, "", *_confusion(decide_half("measured"))])


def _share(right: Sequence[bool]) -> str:
    return f"{sum(right)} of {len(right)} ({sum(right) / len(right):.1%})"


def _confusion(outcomes: Sequence[Outcome]) -> list[str]:
    counts = Counter((_due(each), _done(each)) for each in outcomes)
    columns = ("text", "the call due", "another tool", "too few or too many calls")
    lines = [f"| due, in the half `measured` | {' | '.join(columns)} |", f"|---|{'---:|' * len(columns)}"]
    rows = [
        (due, [str(counts[due, done]) for done in columns]) for due in ("text", "a call", "several calls")
    ]
    return [*lines, *(f"| {due} | {' | '.join(row)} |" for due, row in rows)]


def _due(outcome: Outcome) -> str:
    num_calls = len(outcome.case.expected)
    return "several calls" if num_calls > 1 else "a call" if num_calls else "text"


def _done(outcome: Outcome) -> str:
    if not outcome.called:
        return "text"
    if outcome.is_right:
        return "the call due"
    has_due = outcome.case.expected and not set(outcome.called).isdisjoint(outcome.case.expected)
    return "too few or too many calls" if has_due else "another tool"


def main() -> None:
    """Print the figures, and the cases of the half `development` that are decided wrongly."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tool_choices", description=__doc__)
    parser.add_argument("--docs", action="store_true", help="replace the tables in docs/answers.md too")
    arguments = parser.parse_args()
    for outcome in decide_half("development") + choose_half("development"):
        if not outcome.has_right_tools:
            print(f"{outcome.case.name}: {outcome.case.expected} are due, {outcome.called} are called")
    tables = write_tables()
    print(tables)
    if arguments.docs:
        replace_table("tool_choices", tables)


if __name__ == "__main__":
    main()
