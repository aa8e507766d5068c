"""The handle by which a test controls what a server answers to it."""

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self, TypedDict, Unpack

from fake_llm_server._controls import (
    BreakKind,
    BreakPoint,
    Calls,
    ConnectionBreaks,
    Controls,
    Pattern,
    ReceivedRequest,
    Rule,
    Scriptable,
    Verdict,
    describe_journal,
)
from fake_llm_server._controls.asked import CallFilters, list_filters, word_miss
from fake_llm_server._controls.conditions import Conditions, write_conditions
from fake_llm_server._controls.exports import export
from fake_llm_server._controls.limits import Limits
from fake_llm_server._controls.program_time import skip_sleeps
from fake_llm_server._controls.python_form import write_script
from fake_llm_server._controls.sleep_order import SleepOrder
from fake_llm_server._controls.verdicts import judge, read_kinds
from fake_llm_server._controls.writing import as_reply
from fake_llm_server._errors import ConfigurationError, ScriptError
from fake_llm_server._seam import Clock, Scope
from fake_llm_server._settings import AnswerRules


class ClientArguments(TypedDict):
    """What a client of OpenAI's needs to reach a server."""

    base_url: str
    api_key: str


class FakeLLM:
    """What a server answers to one API key, and what it was asked: a test's own fake.

    Made by `FakeLLMServer.open_scope`; `FakeLLMServer.fake_llm` is the one for all keys without a scope. Any
    number of them share a server without seeing each other.

        with server.open_scope() as fake_llm:
            fake_llm.script(reply(tool="search"), "It is sunny.")
            ...  # the program under test, with fake_llm.openai_client_args()
            assert fake_llm.calls[1].messages[-1].role == "tool"

    Leaving the block raises what `check` raises.

    Args:
        scope: whose calls it controls.
        base_url: of the server.
        api_key: what requests carry to be this scope's.
        close: gives the key back.

    Attributes:
        base_url: as given.
        api_key: as given.
    """

    def __init__(self, scope: Scope, *, base_url: str, api_key: str, close: Callable[[], None]) -> None:
        self._scope = scope
        self._controls = scope.own(Controls)
        self._sleep_order = SleepOrder(scope.clock)
        self._close = close
        self.base_url = base_url
        self.api_key = api_key

    def script(self, *replies: Scriptable) -> None:
        """Answer the next calls with these replies, one after the other, and then those that come after.

        Args:
            *replies: what `reply` makes; a text; the status of an error; a function of the call that returns
                one of these; or `...`, which leaves the call to the model. A `...` at the end leaves all
                later calls to it.

        Raises:
            ConfigurationError: a reply contradicts itself; none is taken.
        """
        self._controls.add_replies([as_reply(each) for each in replies])

    def when(
        self,
        user: Pattern | None = None,
        *,
        times: int | None = None,
        share: float | None = None,
        seed: int = 0,
        **conditions: Unpack[Conditions],
    ) -> Rule:
        """A rule for all calls that are like this; `then` says what it answers.

        In the place of `then`, the faults of a reply (`cut`, `slow`, …) and `fail` lie over whatever answers,
        the script among that.

        A text must be contained in what it is compared with; with `*` in it, which stands for any text, it
        must be the whole. `re.compile(…)` must be found. Among the rules that match, the one with most
        conditions answers, and of equals the newest. The script goes before all rules.

        Args:
            user: the text of the user's last message.
            times: how many calls the rule answers; None is any number.
            share: about how many of the calls that are like this it answers, from 0 to 1; None is all.
            seed: which ones of them: the same in every run, by the number of the call in its scope.
            **conditions: further ones, all of which must hold: `system`, `text` (of any message), `model`,
                `operation`, `tool` (the name of one that is offered, or several), `tool_result` (the text of
                one at the end; `tool_result_name` and `tool_result_id` are its tool and its call),
                `schema` (the name of the answer's, or the schema, or a Pydantic model's class), `headers`
                and `metadata` (names, each with a text), `turn` (which answer of its conversation it is,
                from 1), `stream` (whether one is asked for), `where` (a function of the call).

        Raises:
            ConfigurationError: a condition is none.
        """
        known = Conditions.__annotations__
        for name in conditions.keys() - known.keys():
            raise ConfigurationError(f"A rule has no condition {name!r}; there are user, {', '.join(known)}.")
        rule = Rule(write_conditions(user, **conditions), times, share, seed)
        self._controls.add_rule(rule)
        return rule

    def break_request(self, request: int, after: int | None = None, how: BreakKind = "cut") -> None:
        """Have one request's connection break, whatever answers it; one only, the last that is given.

        A request that is asked again as it was gets the reply that the broken one would have had. Replies may
        be left at the end from then on.

        Args:
            request: which one of this scope's HTTP requests, from 0, in the order in which they come.
            after: events of its stream that come before; None breaks it before the reply begins.
            how: `cut` closes the connection, `reset` resets it, `half_close` closes our side of it, `end`
                ends the stream as if it were whole, `hang` has nothing more come until the client leaves;
                `malformed` sends only half of the next event, `duplicated` the last one twice.

        Raises:
            ConfigurationError: there is no such break.
        """
        self._scope.own(ConnectionBreaks).point = BreakPoint(request, after, how)
        self.allow_unused = True

    @property
    def break_point(self) -> BreakPoint | None:
        """Where a connection of this scope breaks (see `break_request`), or None if none does."""
        breaks = self._scope.find(ConnectionBreaks)
        return None if breaks is None else breaks.point

    @property
    def calls(self) -> Calls:
        """The calls that the model, the script and the rules answered so far, in the order they came."""
        return self._controls.journal.calls

    @property
    def requests(self) -> Sequence[ReceivedRequest]:
        """All HTTP requests so far, those that the server refused by itself among them; each has `calls`."""
        return self._controls.journal.requests

    def export(self, path: str | os.PathLike[str]) -> None:
        """Write all requests with their replies into a file; keys are masked.

        Args:
            path: `.jsonl` gets a line of JSON for each request, `.har` an HTTP archive. A file that is there
                is replaced.

        Raises:
            ConfigurationError: the suffix is another one.
            OSError: the file can't be written.
        """
        export(Path(path), self.requests, self.base_url)

    def wait_until_quiet(self) -> None:
        """Wait until no HTTP request is under way, as when a client has just left; at most half a second."""
        self._controls.journal.wait_until_quiet()

    def assert_called(
        self, user: Pattern | None = None, *, times: int | None = None, **conditions: Unpack[CallFilters]
    ) -> Calls:
        """Fail unless there was such a call.

        Args:
            user: the text of the user's last message.
            times: how many there must have been; None is any number but 0.
            **conditions: further ones, as `Calls.where` takes them.

        Returns:
            The calls that are like this.

        Raises:
            AssertionError: it shows the calls that came nearest.
            ConfigurationError: a condition is none.
        """
        calls = self.calls
        found = calls.where(user, **conditions)
        if not found if times is None else len(found) != times:
            filters = list_filters(user, **conditions)
            raise AssertionError(word_miss(calls, filters, num_found=len(found), times=times))
        return found

    @property
    def rules(self) -> AnswerRules | None:
        """What is done to the model's answers in this scope; None is what the server's settings say."""
        return self._scope.rules

    @rules.setter
    def rules(self, rules: AnswerRules | None) -> None:
        self._scope.rules = rules

    @property
    def clock(self) -> Clock:
        """The scope's own clock, by which its replies are paced."""
        return self._scope.clock

    def advance(self, seconds: float) -> None:
        """Move the scope's clock forward, so that what waits by it goes on.

        Raises:
            ConfigurationError: the seconds are negative or not finite.
        """
        self.clock.advance(seconds)

    def limit(
        self,
        *,
        requests_per_minute: int | None = None,
        tokens_per_minute: int | None = None,
        requests_per_day: int | None = None,
    ) -> None:
        """Limit what the scope may ask, from now on and in the place of all earlier limits, as OpenAI does.

        Requests beyond it are refused with 429, and are let in again as time passes by the scope's clock.
        Each limit is None for none.

        Args:
            requests_per_minute: requests for an answer.
            tokens_per_minute: of prompts and answers: estimated before an answer and counted after it.
            requests_per_day: requests for an answer.

        Raises:
            ConfigurationError: a limit isn't a whole number above 0.
        """
        limits = {
            "requests_per_minute": requests_per_minute,
            "tokens_per_minute": tokens_per_minute,
            "requests_per_day": requests_per_day,
        }
        self._scope.own(Limits).set(limits, self.clock.now())

    def quota(self, tokens: int | None) -> None:
        """Let the scope use so many tokens from now on; then its requests are refused for want of money.

        Args:
            tokens: of prompts and answers; 0 refuses the next request, None is any number.

        Raises:
            ConfigurationError: it isn't a whole number from 0 on.
        """
        self._scope.own(Limits).set_quota(tokens)

    @contextmanager
    def virtual_sleep(self) -> Iterator[None]:
        """Have the program's sleeps move the scope's clock on instead of waiting, while the block lasts.

        These are `time.sleep`, `asyncio.sleep` and `anyio.sleep`, on all threads but the server's; the
        program's `time.time`, `time.monotonic` and `time.perf_counter` move on with them, and so do the time
        limits of its event loops. Sleeps side by side take as long as the longest.
        """
        with skip_sleeps(self._sleep_order):
            yield

    @property
    def slept(self) -> list[float]:
        """The seconds of each sleep in `virtual_sleep` so far, in the order in which they began."""
        return list(self._sleep_order.slept)

    @property
    def strict(self) -> bool:
        """Whether a call that nothing was written for fails, instead of being the model's to answer."""
        return self._controls.is_strict

    @strict.setter
    def strict(self, value: bool) -> None:
        self._controls.is_strict = value

    @property
    def allow_unused(self) -> bool:
        """Whether replies of the script may be left at the end."""
        return self._controls.may_be_unused

    @allow_unused.setter
    def allow_unused(self, value: bool) -> None:
        self._controls.may_be_unused = value

    @property
    def judge(self) -> bool | Collection[str]:
        """The kinds of verdicts on the client that `check` fails for; True is all of them, False none."""
        return self._controls.judged

    @judge.setter
    def judge(self, kinds: bool | str | Collection[str]) -> None:
        self._controls.judged = read_kinds(kinds)

    def verdicts(self) -> Sequence[Verdict]:
        """What the client has done wrong so far, with what shows it; each prints as a line.

        It waits for requests that are under way, for half a second at most; in asynchronous code it doesn't
        wait, so call it there by `asyncio.to_thread`.
        """
        return judge(self._controls.journal)

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which OpenAI's clients find the server and this scope."""
        return {"OPENAI_BASE_URL": self.base_url, "OPENAI_API_KEY": self.api_key}

    def openai_client_args(self) -> ClientArguments:
        """Arguments for `openai.OpenAI` and `openai.AsyncOpenAI`."""
        return {"base_url": self.base_url, "api_key": self.api_key}

    def describe(self) -> str:
        """The last calls and what they were answered with, a few short lines for each."""
        described = describe_journal(self.calls, self.requests)
        return f"{described}\n{self._describe_made()}" if self._has_made_replies else described

    def show_script(self) -> str:
        """What was answered so far, by functions and strategies as well, as Python that scripts the same."""
        return write_script(call.written for call in self.calls if call.written is not None)

    def _describe_made(self) -> str:
        return f"Its replies were made by functions. This answers the same:\n{self.show_script()}"

    @property
    def _has_made_replies(self) -> bool:
        return any(call.is_made for call in self.calls)

    def take_faults(self) -> Sequence[str]:
        """What `check` would raise, as lines to read; each is told once, by either."""
        return self._controls.take_faults()

    def check(self) -> None:
        """Fail if a reply contradicted the request that it answered, or replies were left. Each once.

        Raises:
            ScriptError: it says what, where, and what to do.
        """
        faults = self.take_faults()
        if faults:
            raise ScriptError("\n".join(faults))

    def close(self) -> None:
        """Give the key back to the default scope, and forget what was stored with it. Twice is once."""
        self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
        if exc_type is None:
            self.check()
        elif exc_value is not None and self._has_made_replies:
            exc_value.add_note(self._describe_made())

    def __repr__(self) -> str:
        return f"<FakeLLM {self.api_key} at {self.base_url}, {len(self.calls)} calls>"
