"""Runs a test that is marked `break_everywhere`: once as it is, then for each place where a request breaks.

Each round is the whole test, from the setup of its fixtures to their end. One report tells of all.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from _pytest.runner import call_and_report  # as plugins use it that run tests again

from fake_llm_server._controls import BreakPlan, BreakPoint
from fake_llm_server._errors import ConfigurationError, ScriptError
from fake_llm_server._serving import FakeLLM
from fake_llm_server._serving.break_rounds import begin_round, list_missed

MARKER = "break_everywhere"


@dataclass(eq=False, slots=True)
class _Round:
    """What the fixture and the runner of a round tell each other.

    Attributes:
        point: where it breaks; None in the first round.
        fault: what is wrong with the marker.
        opened: the test's scope; None if it has opened none.
    """

    point: BreakPoint | None = None
    fault: str | None = None
    opened: FakeLLM | None = None


_ROUND: pytest.StashKey[_Round] = pytest.StashKey()


def enter_round(item: pytest.Item, opened: FakeLLM) -> None:
    """Prepare the scope that a marked test has opened."""
    current = item.stash[_ROUND]
    if current.fault is not None:
        pytest.fail(current.fault, pytrace=False)
    current.opened = opened
    begin_round(opened, current.point)


def run_rounds(item: pytest.Item, marker: pytest.Mark, nextitem: pytest.Item | None) -> None:
    """Run a test in rounds, and report it as one."""
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for report in _Rounds(item, nextitem).run(marker):
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)


class _Rounds:
    def __init__(self, item: pytest.Item, nextitem: pytest.Item | None) -> None:
        self._item = item
        self._nextitem = nextitem
        self._num_sections = 0
        self._first_failed: list[pytest.TestReport] = []
        self._duration = 0.0

    def run(self, marker: pytest.Mark) -> list[pytest.TestReport]:
        """The reports of the whole, as those of one test."""
        first = _Round()
        plan = BreakPlan()
        try:
            plan = BreakPlan(marker.args or ("cut",), **marker.kwargs)
        except (ConfigurationError, TypeError) as error:
            first.fault = f"@pytest.mark.{MARKER}: {error}"
        reports = self._run_round(first, plan)
        if not plan.points:
            return reports
        for point in plan.points:
            self._run_round(_Round(point), plan)
        return self._join(reports, plan)

    def _run_round(self, current: _Round, plan: BreakPlan) -> list[pytest.TestReport]:
        """Set up, call and tear down; what is shared with further rounds stays."""
        item = self._item
        item.stash[_ROUND] = current
        _renew(item)
        reports = [call_and_report(item, "setup", log=False)]
        if reports[0].passed:
            reports.append(call_and_report(item, "call", log=False))
        if current.point is None and all(report.passed for report in reports):
            _find_places(current, plan, reports[-1])
        is_last = current.point == (plan.points[-1] if plan.points else None)
        following = self._nextitem if is_last or item.session.shouldstop else item.parent
        reports.append(call_and_report(item, "teardown", log=False, nextitem=following))
        self._drop_old_sections(reports)
        self._duration += sum(report.duration for report in reports)
        if current.point is not None:
            self._keep_failures(current, plan, reports)
        return reports

    def _drop_old_sections(self, reports: Sequence[pytest.TestReport]) -> None:
        """An item gathers what its rounds have printed; each report is to have its own."""
        num_sections = len(reports[-1].sections)
        for report in reports:
            report.sections = report.sections[self._num_sections :]
        self._num_sections = num_sections

    def _keep_failures(self, current: _Round, plan: BreakPlan, reports: Sequence[pytest.TestReport]) -> None:
        failed = [report for report in reports if report.failed]
        words = [_describe(report) for report in failed]
        words += [] if current.opened is None else list_missed(current.opened)
        if words and current.point is not None:
            plan.failures[current.point] = " ".join(words)
            self._first_failed = self._first_failed or failed

    def _join(self, reports: list[pytest.TestReport], plan: BreakPlan) -> list[pytest.TestReport]:
        setup, call, teardown = reports
        call = copy.copy(call)
        call.duration = self._duration
        if plan.failures:
            call.outcome = "failed"
            traces = [f"The first of them:\n{report.longreprtext}" for report in self._first_failed[:1]]
            call.longrepr = "\n\n".join([plan.report(), *traces])
            call.sections = [section for report in self._first_failed[:1] for section in report.sections]
        else:
            call.sections = [*call.sections, (MARKER, plan.report())]
        return [setup, call, teardown]


def _renew(item: pytest.Item) -> None:
    """Forget what an earlier round has left in the item: its fixtures and the instance of its class."""
    if isinstance(item, pytest.Function):
        if isinstance(item.parent, pytest.Class):
            for name in ("_instance", "_obj"):
                vars(item).pop(name, None)
        item._initrequest()  # noqa: SLF001 - as pytest does itself for an item that is run again


def _find_places(current: _Round, plan: BreakPlan, report: pytest.TestReport) -> None:
    try:
        if current.opened is None:
            raise ScriptError(f"@pytest.mark.{MARKER} is for tests that use the fixture fake_llm.")  # noqa: TRY301 - told as those below
        plan.find_places(current.opened.requests)
    except ScriptError as error:
        report.outcome, report.longrepr = "failed", str(error)


def _describe(report: pytest.TestReport) -> str:
    """A failure in one line."""
    crash = getattr(report.longrepr, "reprcrash", None)
    words = str(crash.message) if crash is not None else report.longreprtext
    return words.strip().partition("\n")[0]
