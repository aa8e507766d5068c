"""What a test that broke everywhere has found, in words."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from fake_llm_server._controls.break_points import (
    BreakKind,
    BreakPoint,
    choose_evenly,
    describe_point,
    list_break_points,
)
from fake_llm_server._controls.received_request import ReceivedRequest
from fake_llm_server._errors import ConfigurationError, ScriptError

MAX_ROUNDS = 100
"""Places at which a test is broken, unless it says otherwise."""

_MAX_LINES = 20


@dataclass(slots=True)
class BreakPlan:
    """The rounds of one test: the first as it is, and one for each place that was found in that.

    Attributes:
        kinds: how connections break.
        max_rounds: at most so many places are broken.
        points: those that are.
        failures: what each round failed with that the program didn't survive.
    """

    kinds: Sequence[BreakKind] = ("cut",)
    max_rounds: int = MAX_ROUNDS
    points: list[BreakPoint] = field(default_factory=list)
    failures: dict[BreakPoint, str] = field(default_factory=dict)
    _requests: Sequence[ReceivedRequest] = ()
    _num_places: int = 0

    def __post_init__(self) -> None:
        """Refuse what can't be done."""
        if not self.kinds or self.max_rounds < 1:
            raise ConfigurationError(
                "To break everywhere takes at least one kind of break, and at least one round."
            )
        for how in self.kinds:
            BreakPoint(0, 1, how)

    def find_places(self, requests: Sequence[ReceivedRequest]) -> None:
        """Learn from the first round where the others break.

        Raises:
            ScriptError: there is no such place.
        """
        found = list_break_points(requests, self.kinds)
        if not found:
            why = "no reply was streamed" if requests else "the test made no request of this scope"
            raise ScriptError(f"There is nothing to break ({', '.join(self.kinds)}): {why}.")
        self._requests = requests
        self._num_places = len(found)
        self.points = choose_evenly(found, self.max_rounds)

    def report(self) -> str:
        """What came of it, in a line for each failure."""
        total = len(self.points)
        chosen = f" ({total} of {self._num_places} places, chosen evenly)" if total < self._num_places else ""
        if not self.failures:
            return f"The program survived {f'all {total} breaks' if total > 1 else 'the one break'}{chosen}."
        begin = f"The program did not survive {len(self.failures)} of {total} breaks{chosen}:"
        lines = [
            f"- {describe_point(point, self._requests)}: {words}" for point, words in self.failures.items()
        ]
        left = [f"- and {len(lines) - _MAX_LINES} more"] if len(lines) > _MAX_LINES else []
        first = next(iter(self.failures))
        alone = (
            f"For the first of them alone, begin the test with fake_llm.break_request({first.request}, "
            f"after={first.after}, how={first.how!r})."
        )
        return "\n".join([begin, *lines[:_MAX_LINES], *left, alone])
