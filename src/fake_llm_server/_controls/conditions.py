"""What a rule may ask of a call: the conditions of `FakeLLM.when`, and which of them follow from others."""

import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from fake_llm_server._controls.python_form import write_pattern
from fake_llm_server._controls.received_call import ReceivedCall
from fake_llm_server._controls.schemas import read_schema
from fake_llm_server._errors import ConfigurationError
from fake_llm_server._seam import JsonSchemaFormat

Pattern = str | re.Pattern[str]
"""Text that must be contained; `*` in it stands for any text, and then it must be the whole. Or a regex that
must be found."""

Read = Callable[[ReceivedCall], Iterable[str]]
"""The texts of a call, one of which must match."""

_MAX_SHOWN = 60


class Conditions(TypedDict, total=False):
    """What a rule may ask of a call; docs/controls.md says what each means."""

    system: Pattern
    text: Pattern
    model: Pattern
    operation: Pattern
    tool: Pattern | Sequence[Pattern]
    tool_result: Pattern
    tool_result_name: Pattern
    tool_result_id: Pattern
    schema: Pattern | Mapping[str, Any] | type
    headers: Mapping[str, Pattern]
    metadata: Mapping[str, Pattern]
    turn: int
    stream: bool
    where: Callable[[ReceivedCall], bool]


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that a call must be like.

    Attributes:
        name: the keyword of `when`, such as `user`.
        wanted: what the call is compared with.
        holds: whether a call meets it.
        find: what a call has in its place, for messages; None where that says nothing.
        key: which header or entry of the metadata it is about.
    """

    name: str
    wanted: Any
    holds: Callable[[ReceivedCall], bool]
    find: Callable[[ReceivedCall], Any] | None = None
    key: str | None = None

    @property
    def words(self) -> str:
        """How a test writes it."""
        return write_words([self])[0]

    def describe_miss(self, call: ReceivedCall) -> str:
        """What a call had instead of what is wanted."""
        if self.find is None:
            return f"{self.words} doesn't hold"
        found = self.find(call)
        return f"{self.words}, but it was {_shorten(found)}" if found else f"{self.words}, but there is none"

    def follows_from(self, other: "Condition") -> bool:
        """Whether it holds for every call for which the other one does; if that isn't known, it doesn't."""
        if (self.name, self.key) != (other.name, other.key):
            return False
        if isinstance(self.wanted, str) and isinstance(other.wanted, str):
            is_text = "*" not in self.wanted and "*" not in other.wanted
            return self.wanted == other.wanted or (is_text and self.wanted in other.wanted)
        return self.wanted is other.wanted or (
            type(self.wanted) is type(other.wanted) and self.wanted == other.wanted
        )


def write_words(conditions: Iterable[Condition]) -> list[str]:
    """Conditions as a test writes them, each keyword once, with all that belongs to it."""
    by_name: dict[str, list[Condition]] = {}
    for condition in conditions:
        by_name.setdefault(condition.name, []).append(condition)
    return [f"{name}={_write_same(members)}" for name, members in by_name.items()]


def _write_same(conditions: Sequence[Condition]) -> str:
    """What a keyword is given: an entry for each key, a list of several, or the one value."""
    values = [_write(condition.wanted) for condition in conditions]
    if conditions[0].key is not None:
        entries = [f"{each.key!r}: {value}" for each, value in zip(conditions, values, strict=True)]
        return f"{{{', '.join(entries)}}}"
    return values[0] if len(values) == 1 else f"[{', '.join(values)}]"


def write_conditions(
    user: Pattern | None = None,
    *,
    system: Pattern | None = None,
    text: Pattern | None = None,
    model: Pattern | None = None,
    operation: Pattern | None = None,
    tool: Pattern | Sequence[Pattern] | None = None,
    tool_result: Pattern | None = None,
    tool_result_name: Pattern | None = None,
    tool_result_id: Pattern | None = None,
    schema: Any = None,
    headers: Mapping[str, Pattern] | None = None,
    metadata: Mapping[str, Pattern] | None = None,
    turn: int | None = None,
    stream: bool | None = None,
    where: Callable[[ReceivedCall], bool] | None = None,
) -> tuple[Condition, ...]:
    """The conditions that `FakeLLM.when` was given.

    Raises:
        ConfigurationError: one of them is none.
    """
    texts: list[tuple[str, Pattern | None, Read]] = [
        ("user", user, lambda call: (call.user_text,)),
        ("system", system, lambda call: (call.system_text,)),
        ("text", text, lambda call: (message.text for message in call.messages)),
        ("model", model, lambda call: (call.model,)),
        ("operation", operation, lambda call: (call.operation,)),
        *(("tool", name, _read_tools) for name in _list_patterns(tool)),
        ("tool_result", tool_result, lambda call: (result.text for result in call.tool_results)),
        ("tool_result_name", tool_result_name, lambda call: call.tool_result_names),
        (
            "tool_result_id",
            tool_result_id,
            lambda call: (result.call_id or "" for result in call.tool_results),
        ),
    ]
    conditions = [_match_any(name, pattern, read) for name, pattern, read in texts if pattern is not None]
    conditions += _match_named("headers", headers, lambda call: call.headers)
    conditions += _match_named("metadata", metadata, lambda call: call.metadata)
    if schema is not None:
        conditions.append(_match_schema(schema))
    if turn is not None:
        conditions.append(Condition("turn", turn, lambda call: call.turn == turn, lambda call: call.turn))
    if stream is not None:
        conditions.append(Condition("stream", stream, lambda call: call.is_streamed is stream))
    if where is not None:
        conditions.append(_match_function(where))
    return tuple(conditions)


def _read_tools(call: ReceivedCall) -> Iterable[str]:
    return (offered.name for offered in call.tools)


def _list_patterns(given: Any) -> Sequence[Pattern]:
    if given is None:
        return ()
    return (given,) if isinstance(given, str | re.Pattern) else tuple(given)


def _match_any(name: str, pattern: Pattern, read: Read) -> Condition:
    matches = compile_pattern(pattern)

    def find(call: ReceivedCall) -> str:
        return ", ".join(text for text in read(call) if text)

    return Condition(name, pattern, lambda call: any(matches(text) for text in read(call)), find)


def _match_named(
    kind: str, given: Mapping[str, Pattern] | None, read: Callable[[ReceivedCall], Mapping[str, str]]
) -> list[Condition]:
    """A condition for each entry of `headers` or `metadata`."""
    if given is not None and not isinstance(given, Mapping):
        raise ConfigurationError(f"{kind} are names with a text or re.compile(…) each; they were {given!r}.")

    def match(name: str, pattern: Pattern) -> Condition:
        matches = compile_pattern(pattern)
        key = name.lower() if kind == "headers" else name

        def holds(call: ReceivedCall) -> bool:
            found = read(call).get(key)
            return found is not None and matches(found)

        return Condition(kind, pattern, holds, lambda call: read(call).get(key), key)

    return [match(name, pattern) for name, pattern in (given or {}).items()]


def _match_schema(wanted: Any) -> Condition:
    """A schema by a pattern of its name, or by itself; a class by the name that OpenAI's client gives it."""
    if isinstance(wanted, str | re.Pattern):
        return _match_any("schema", wanted, _read_schema_name)
    schema = read_schema(wanted)
    name = getattr(wanted, "__name__", None)

    def holds(call: ReceivedCall) -> bool:
        asked = call.request.answer_format
        return isinstance(asked, JsonSchemaFormat) and (asked.schema == schema or asked.name == name)

    return Condition("schema", wanted, holds, lambda call: ", ".join(_read_schema_name(call)))


def _read_schema_name(call: ReceivedCall) -> Iterable[str]:
    asked = call.request.answer_format
    return (asked.name,) if isinstance(asked, JsonSchemaFormat) else ()


def _match_function(where: Any) -> Condition:
    if not callable(where) or inspect.iscoroutinefunction(where):
        raise ConfigurationError(
            "`where` is a function of the call that returns whether the rule answers it; it can't be "
            f"asynchronous, as a reply's function may be. It was {where!r}."
        )
    return Condition("where", where, lambda call: bool(where(call)))


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


def _write(value: Any) -> str:
    if isinstance(value, re.Pattern):
        return write_pattern(value)
    return getattr(value, "__name__", repr(value))


def _shorten(value: Any) -> str:
    is_long = isinstance(value, str) and len(value) > _MAX_SHOWN
    return repr(f"{value[:_MAX_SHOWN]}…" if is_long else value)
