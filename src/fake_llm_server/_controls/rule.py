"""Rules: replies for every call that meets some conditions."""

import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from fake_llm_server._controls.conditions import Condition, write_words
from fake_llm_server._controls.python_form import write_members
from fake_llm_server._controls.received_call import ReceivedCall
from fake_llm_server._controls.reply import Reply, Scriptable
from fake_llm_server._controls.writing import as_reply
from fake_llm_server._errors import ConfigurationError, ScriptWarning


@dataclass(eq=False, slots=True, repr=False)
class Rule:
    """Answers the calls that meet all conditions; made by `FakeLLM.when`.

    Its replies are given in turn, and the last one from then on.

    Attributes:
        conditions: the more, the more specific is the rule.
        times: how many calls it answers; None is any number.
        num_answered: how many it has answered.
        find_shadowed: words for each rule that can't answer beside it; asked when it has got its replies.
    """

    conditions: tuple[Condition, ...]
    times: int | None = None
    num_answered: int = 0
    find_shadowed: Callable[["Rule"], Iterable[str]] = lambda _rule: ()
    _replies: tuple[Reply, ...] = field(default=())

    def __post_init__(self) -> None:
        """Refuse a rule that could never answer."""
        if self.times is not None and self.times < 1:
            raise ConfigurationError(f"A rule answers at least once; times was {self.times}.")

    def then(self, *replies: Scriptable) -> "Rule":
        """Say what it answers: one reply for each call, and the last one from then on.

        Raises:
            ConfigurationError: there is no reply, or one that contradicts itself.
        """
        if not replies:
            raise ConfigurationError(
                "A rule needs something to answer: then('…'), or then(...) for the model."
            )
        self._replies = tuple(as_reply(each) for each in replies)
        for shadowed in self.find_shadowed(self):
            warnings.warn(shadowed, ScriptWarning, stacklevel=2)
        return self

    def hides(self, other: "Rule") -> bool:
        """Whether every call that the other one matches is answered by this one, which goes before it."""
        return (
            self is not other
            and self.times is None
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
    def has_replies(self) -> bool:
        """Whether it was said what it answers."""
        return bool(self._replies)

    @property
    def is_ready(self) -> bool:
        """Whether it has replies, and may still answer."""
        return bool(self._replies) and (self.times is None or self.num_answered < self.times)

    def take(self) -> Reply:
        """The reply to the next call."""
        taken = self._replies[min(self.num_answered, len(self._replies) - 1)]
        self.num_answered += 1
        return taken

    def matches(self, call: ReceivedCall) -> bool:
        """Whether it answers a call, if none goes before it."""
        return self.is_ready and all(condition.holds(call) for condition in self.conditions)

    def list_unmet(self, call: ReceivedCall) -> list[str]:
        """What keeps it from answering a call; nothing if it matches."""
        if not self.is_ready:
            words = "it has answered as often as it may" if self._replies else "it has no then(…)"
            return [words]
        return [condition.describe_miss(call) for condition in self.conditions if not condition.holds(call)]

    def __str__(self) -> str:
        return f"when({', '.join(write_words(self.conditions))})"

    def __repr__(self) -> str:
        """How a test would write it; functions by their name."""
        words = write_words(self.conditions)
        words += [] if self.times is None else [f"times={self.times}"]
        return f"when({', '.join(words)}).then({write_members(self._replies)})"
