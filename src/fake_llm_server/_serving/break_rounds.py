"""Runs the body of a loop as it is, and again for each place at which its requests can break."""

import sys
from collections.abc import Callable, Iterator
from types import TracebackType

from fake_llm_server._controls import BreakPlan, BreakPoint
from fake_llm_server._errors import ScriptError
from fake_llm_server._serving.fake_llm import FakeLLM


class BreakRound:
    """One round of `FakeLLMServer.break_everywhere`; entering it opens a scope of its own.

    What fails in a round that breaks is kept for the report. Only the first round, in which nothing breaks,
    fails as usual.

    Args:
        open_scope: opens the round's scope.
        plan: of all rounds.
        point: where this one breaks; None for the first.

    Attributes:
        point: as given.
        has_run: whether it was entered and left.
        failure: what it failed with, if it breaks.
    """

    def __init__(self, open_scope: Callable[[], FakeLLM], plan: BreakPlan, point: BreakPoint | None) -> None:
        self._open_scope = open_scope
        self._plan = plan
        self.point = point
        self.has_run = False
        self.failure: BaseException | None = None

    def __enter__(self) -> FakeLLM:
        self._opened = self._open_scope()
        begin_round(self._opened, self.point)
        return self._opened

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        self._opened.close()
        self.has_run = True
        if self.point is None:
            if exc_value is None:
                self._opened.check()
                self._plan.find_places(self._opened.requests)
            return False
        if exc_value is not None and not _is_failure(exc_value):
            return False
        words = [*self._opened.take_faults(), *list_missed(self._opened)]
        if exc_value is not None:
            words.insert(0, describe_failure(exc_value))
        if words:
            self.failure = exc_value
            self._plan.failures[self.point] = " ".join(words)
        return True


def run_break_rounds(open_scope: Callable[[], FakeLLM], plan: BreakPlan) -> Iterator[BreakRound]:
    """The rounds of a plan, one after the other.

    Raises:
        AssertionError: the program didn't survive a round; it is raised after the last one.
    """
    first = BreakRound(open_scope, plan, None)
    yield first
    _check_run(first)
    cause: BaseException | None = None
    for point in plan.points:
        each = BreakRound(open_scope, plan, point)
        yield each
        _check_run(each)
        cause = cause or each.failure
    if plan.failures:
        raise AssertionError(plan.report()) from cause


def begin_round(opened: FakeLLM, point: BreakPoint | None) -> None:
    """Prepare the scope of a round."""
    if point is not None:
        opened.break_request(point.request, point.after, point.how)


def list_missed(opened: FakeLLM) -> list[str]:
    """Words for a round in which the request that was to break never came."""
    point = opened.break_point
    if point is None or point.request < len(opened.requests):
        return []
    return ["The request didn't come: this round asked other than the first."]


def describe_failure(error: BaseException) -> str:
    """An error in one line."""
    words = str(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {words}" if words else type(error).__name__


def _is_failure(error: BaseException) -> bool:
    """Whether a test fails by it; pytest's own failures are no `Exception`."""
    outcomes = sys.modules.get("_pytest.outcomes")
    return isinstance(error, Exception) or (outcomes is not None and isinstance(error, outcomes.Failed))


def _check_run(each: BreakRound) -> None:
    if not each.has_run:
        raise ScriptError(
            "Each round is entered: for each in server.break_everywhere(): with each as fake_llm: …"
        )
