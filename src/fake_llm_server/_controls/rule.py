"""Rules: replies, or faults of whatever answers, for every call that meets some conditions."""

import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from fake_llm_server._controls.chance import draw
from fake_llm_server._controls.conditions import Condition, write_words
from fake_llm_server._controls.faults import NO_FAULTS, Faults
from fake_llm_server._controls.faulty import Faulty
from fake_llm_server._controls.python_form import write_faults, write_members
from fake_llm_server._controls.received_call import ReceivedCall
from fake_llm_server._controls.reply import Reply, Scriptable
from fake_llm_server._controls.writing import as_reply
from fake_llm_server._errors import ConfigurationError, ScriptWarning


@dataclass(eq=False, slots=True, repr=False)
class Rule(Faulty):
    """Answers the calls that meet all conditions; made by `FakeLLM.when`.

    Its replies (`then`) are given in turn, and the last one from then on. With faults in their place (`cut`,
    `slow` and the others of a reply), or with `fail`, it lies over whatever answers, the script among that.

    Attributes:
        conditions: the more, the more specific is the rule.
        times: how many calls it answers; None is any number.
        share: of the calls that meet the conditions, it answers about so many, from 0 to 1; None is all.
        seed: which ones those are: the same in every run, by the ordinals of the scope's calls.
        num_answered: how many it has answered.
        faults: of whatever answers.
        error: that calls are answered with, whatever else would.
        find_shadowed: words for each rule that can't answer beside it; asked when it has got its replies.
    """

    conditions: tuple[Condition, ...]
    times: int | None = None
    share: float | None = None
    seed: int = 0
    num_answered: int = 0
    find_shadowed: Callable[["Rule"], Iterable[str]] = lambda _rule: ()
    faults: Faults = NO_FAULTS
    error: Reply | None = None
    _replies: tuple[Reply, ...] = field(default=())

    def __post_init__(self) -> None:
        """Refuse a rule that could never answer."""
        if self.times is not None and self.times < 1:
            raise ConfigurationError(f"A rule answers at least once; times was {self.times}.")
        if self.share is not None and not 0 < self.share <= 1:
            raise ConfigurationError(f"share is above 0, and at most 1; it was {self.share}.")

    def then(self, *replies: Scriptable) -> "Rule":
        """Say what it answers: one reply for each call, and the last one from then on.

        Raises:
            ConfigurationError: there is no reply, or one that contradicts itself.
        """
        if not replies:
            raise ConfigurationError(
                "A rule needs something to answer: then('…'), or then(...) for the model."
            )
        self._check_unsaid()
        self._replies = tuple(as_reply(each) for each in replies)
        for shadowed in self.find_shadowed(self):
            warnings.warn(shadowed, ScriptWarning, stacklevel=2)
        return self

    def fail(self, error: int | Reply = 500) -> "Rule":
        """Have calls be answered with an error, whatever else would answer them: that isn't used up.

        Args:
            error: its status, or `reply(429, retry_after=1)` for one with more to it.

        Raises:
            ConfigurationError: it is no error.
        """
        failing = as_reply(error)
        if failing.error is None:
            raise ConfigurationError(f"fail() takes the status of an error, or an error; it was {failing!r}.")
        self._check_unsaid()
        self.error = failing
        return self

    def _with(self, faults: Faults) -> "Rule":
        if self._replies or self.error is not None:
            raise ConfigurationError(
                f"{self!r} answers by itself: write its faults into that, such as "
                "then(reply('…').cut()). A rule of faults lies over what others answer."
            )
        self.faults = faults
        return self

    def _check_unsaid(self) -> None:
        if self.is_over:
            raise ConfigurationError(
                f"{self!r} lies over what others answer, so it can't answer as well: write another rule."
            )

    @property
    def is_over(self) -> bool:
        """Whether it lies over whatever answers, instead of answering itself."""
        return self.faults != NO_FAULTS or self.error is not None

    @property
    def specificity(self) -> int:
        """The rule with most of it goes before others: its conditions, and a share as one more."""
        return len(self.conditions) + (self.share is not None)

    def hides(self, other: "Rule") -> bool:
        """Whether every call that the other one matches is answered by this one, which goes before it."""
        return (
            self is not other
            and self.times is None
            and self.share is None
            and self.is_over == other.is_over
            and (self.names_operation or not other.names_operation)
            and all(any(mine.follows_from(theirs) for theirs in other.conditions) for mine in self.conditions)
        )

    @property
    def names_operation(self) -> bool:
        """Whether it says itself which operations it is for."""
        return any(condition.name == "operation" for condition in self.conditions)

    @property
    def replies(self) -> tuple[Reply, ...]:
        """What it answers, in turn; nothing as long as that wasn't said."""
        return self._replies

    @property
    def is_complete(self) -> bool:
        """Whether it was said what it does."""
        return bool(self._replies) or self.is_over

    @property
    def is_ready(self) -> bool:
        """Whether it was said what it does, and it may still do it."""
        return self.is_complete and (self.times is None or self.num_answered < self.times)

    def take(self) -> Reply:
        """The reply to the next call."""
        taken = self._replies[min(self.num_answered, len(self._replies) - 1)]
        self.num_answered += 1
        return taken

    def matches(self, call: ReceivedCall) -> bool:
        """Whether it answers a call, if none goes before it."""
        is_met = self.is_ready and all(condition.holds(call) for condition in self.conditions)
        return is_met and self._is_drawn(call)

    def _is_drawn(self, call: ReceivedCall) -> bool:
        return self.share is None or draw(self.seed, call.call.ordinal) < self.share

    def list_unmet(self, call: ReceivedCall) -> list[str]:
        """What keeps it from answering a call; nothing if it matches."""
        if not self.is_ready:
            words = "it has answered as often as it may" if self.is_complete else "it has no then(…)"
            return [words]
        unmet = [condition.describe_miss(call) for condition in self.conditions if not condition.holds(call)]
        return unmet if self._is_drawn(call) else [*unmet, f"share={self.share}, and it wasn't drawn"]

    def __str__(self) -> str:
        return f"when({', '.join(write_words(self.conditions))})"

    def __repr__(self) -> str:
        """How a test would write it; functions by their name."""
        words = write_words(self.conditions)
        words += [] if self.times is None else [f"times={self.times}"]
        words += [] if self.share is None else [f"share={self.share}"]
        words += [f"seed={self.seed}"] if self.seed else []
        return f"when({', '.join(words)}){self._write_end()}"

    def _write_end(self) -> str:
        if self.error is not None:
            return f".fail({write_members([self.error])})"
        return write_faults(self.faults) if self.is_over else f".then({write_members(self._replies)})"
