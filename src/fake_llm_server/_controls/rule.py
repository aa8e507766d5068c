"""Rules: replies for every call that meets some conditions."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from fake_llm_server._controls.python_form import write_members, write_pattern
from fake_llm_server._controls.received_call import ReceivedCall
from fake_llm_server._controls.reply import Reply, Scriptable
from fake_llm_server._controls.writing import as_reply
from fake_llm_server._errors import ConfigurationError

Pattern = str | re.Pattern[str]
"""Text that must be contained; `*` in it stands for any text, and then it must be the whole. Or a regex that
must be found."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that a call must be like.

    Attributes:
        words: what it asks for, for messages.
        holds: whether a call meets it.
    """

    words: str
    holds: Callable[[ReceivedCall], bool]


@dataclass(eq=False, slots=True, repr=False)
class Rule:
    """Answers the calls that meet all conditions; made by `FakeLLM.when`.

    Its replies are given in turn, and the last one from then on.

    Attributes:
        conditions: the more, the more specific is the rule.
        times: how many calls it answers; None is any number.
        num_answered: how many it has answered.
    """

    conditions: tuple[Condition, ...]
    times: int | None = None
    num_answered: int = 0
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
        return self

    @property
    def names_operation(self) -> bool:
        """Whether it says itself which operations it is for."""
        return any(condition.words.startswith("operation=") for condition in self.conditions)

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

    def list_unmet(self, call: ReceivedCall) -> list[str]:
        """What keeps it from answering a call; nothing if it matches."""
        if not self.is_ready:
            words = "it has answered as often as it may" if self._replies else "it has no then(…)"
            return [words]
        return [condition.words for condition in self.conditions if not condition.holds(call)]

    def __str__(self) -> str:
        return f"when({', '.join(condition.words for condition in self.conditions)})"

    def __repr__(self) -> str:
        """How a test would write it; functions by their name."""
        words = [condition.words for condition in self.conditions]
        words += [] if self.times is None else [f"times={self.times}"]
        return f"when({', '.join(words)}).then({write_members(self._replies)})"


def write_conditions(
    user: Pattern | None = None,
    *,
    system: Pattern | None = None,
    text: Pattern | None = None,
    model: Pattern | None = None,
    operation: Pattern | None = None,
    tool: Pattern | None = None,
    tool_result: Pattern | None = None,
    turn: int | None = None,
    where: Callable[[ReceivedCall], bool] | None = None,
) -> tuple[Condition, ...]:
    """The conditions that `FakeLLM.when` was given."""
    patterns: list[tuple[str, Pattern | None, Callable[[ReceivedCall], Iterable[str]]]] = [
        ("user", user, lambda call: (call.user_text,)),
        ("system", system, lambda call: (call.system_text,)),
        ("text", text, lambda call: (message.text for message in call.messages)),
        ("model", model, lambda call: (call.model,)),
        ("operation", operation, lambda call: (call.operation,)),
        ("tool", tool, lambda call: (offered.name for offered in call.tools)),
        ("tool_result", tool_result, lambda call: (result.text for result in call.tool_results)),
    ]
    conditions = [_match_any(name, pattern, read) for name, pattern, read in patterns if pattern is not None]
    if turn is not None:
        conditions.append(Condition(f"turn={turn}", lambda call: call.turn == turn))
    if where is not None:
        conditions.append(Condition(f"where={getattr(where, '__name__', where)}", where))
    return tuple(conditions)


def _match_any(name: str, pattern: Pattern, read: Callable[[ReceivedCall], Iterable[str]]) -> Condition:
    matches = compile_pattern(pattern)
    return Condition(
        f"{name}={write_pattern(pattern)}", lambda call: any(matches(text) for text in read(call))
    )


def compile_pattern(pattern: object) -> Callable[[str], bool]:
    """What tells whether a text matches.

    Raises:
        ConfigurationError: the pattern is neither text nor a compiled regular expression.
    """
    if isinstance(pattern, re.Pattern):
        return lambda text: pattern.search(text) is not None
    if not isinstance(pattern, str):
        raise ConfigurationError(f"A condition is a text or re.compile(…); it was {pattern!r}.")
    if "*" not in pattern:
        return lambda text: pattern in text
    whole = re.compile(".*".join(re.escape(part) for part in pattern.split("*")), re.DOTALL)
    return lambda text: whole.fullmatch(text) is not None
