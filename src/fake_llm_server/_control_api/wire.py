"""What the control API takes and answers, besides the documents of scopes."""

import json
import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from fake_llm_server._control_api.documents.document import Document, refuse, shorten
from fake_llm_server._control_api.documents.replies import write_reply
from fake_llm_server._control_api.documents.rules import write_rule
from fake_llm_server._control_api.documents.scopes import ScopeDocument
from fake_llm_server._control_api.documents.values import write_rules
from fake_llm_server._controls import Controls, Reply, Rule
from fake_llm_server._controls.limits import Limits
from fake_llm_server._errors import ConfigurationError
from fake_llm_server._seam import Clock, Scope

DEFAULT_SCOPE = "default"
"""Names the default scope in a path, where others have their API key."""

_CLOCK_DIGITS = 6
"""Of seconds: a clock adds numbers, and so may be off in the last digits of one that it was set to."""

_KEY = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9_.~-]*")
"""Keys that stand in a path as they are."""


def _check_key(api_key: str) -> str:
    if api_key == DEFAULT_SCOPE or not _KEY.fullmatch(api_key):
        raise refuse(
            f"must be of letters, digits and '-', '_', '.' or '~', and not {DEFAULT_SCOPE!r}; it was "
            f"{shorten(api_key)}"
        )
    return api_key


class NewScope(ScopeDocument):
    """A scope to be opened; without an API key it gets one."""

    api_key: Annotated[str, AfterValidator(_check_key)] | None = None


class Advance(Document):
    """How far the scope's clock moves on."""

    model_config = ConfigDict(defer_build=False)

    seconds: float = Field(ge=0, allow_inf_nan=False)


class Freeze(Document):
    """Whether a date stands with the scope's clock.

    Attributes:
        at: the moment that it stands at, in Unix seconds; null leaves it as it is.
    """

    model_config = ConfigDict(defer_build=False)

    at: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None


class ScopeState(BaseModel):
    """A scope as it is now.

    Attributes:
        api_key: that its requests carry; null is the default scope, which takes all other keys.
        base_url: for OpenAI's clients.
        strict: as it was set.
        allow_unused: as it was set.
        rules: of the model's answers; null takes the server's.
        judge: the kinds of verdicts on the client that `check` tells.
        limits: of its own, by their names; empty if it has none.
        quota: tokens that are left of it; null is any number.
        script: the replies that are left.
        when: its rules, the oldest first. What only Python has, such as a function, is written in Python.
        num_calls: how many calls it has received.
    """

    api_key: str | None
    base_url: str
    strict: bool
    allow_unused: bool
    rules: Any
    judge: list[str]
    limits: dict[str, int]
    quota: int | None
    script: list[Any]
    when: list[Any]
    num_calls: int


class ScopeList(BaseModel):
    """All scopes, the default one first."""

    data: list[ScopeState]


class ScopeWritten(ScopeState):
    """A scope after something was written into it.

    Attributes:
        warnings: what was taken, but can't be meant, such as a rule that can never answer.
    """

    warnings: list[str]


class Faults(BaseModel):
    """What a test must be told: contradictions and unused replies; each is told once."""

    faults: list[str]


class JournalPart(BaseModel):
    """Entries of the journal, or verdicts on it, by the names that their parts have in Python."""

    data: list[dict[str, Any]]


class ClockState(BaseModel):
    """A scope's clock.

    Attributes:
        now: its own seconds.
        unix_time: seconds since 1970, by this clock.
        is_frozen: whether it stands still but for `advance`.
    """

    now: float
    unix_time: float
    is_frozen: bool


class ErrorDetail(BaseModel):
    """What went wrong, as OpenAI's errors say it."""

    message: str
    type: str
    param: str | None
    code: str | None


class ErrorEnvelope(BaseModel):
    """An error."""

    error: ErrorDetail


def describe_clock(clock: Clock) -> ClockState:
    """A clock as it stands now."""
    now, unix_time = (round(seconds, _CLOCK_DIGITS) for seconds in (clock.now(), clock.unix_time()))
    return ClockState(now=now, unix_time=unix_time, is_frozen=clock.is_frozen)


def describe_scope(scope: Scope, api_key: str | None, base_url: str) -> dict[str, Any]:
    """The parts of a `ScopeState`."""
    controls, limits = scope.find(Controls) or Controls(), scope.find(Limits)
    return {
        "api_key": api_key,
        "base_url": base_url,
        "strict": controls.is_strict,
        "allow_unused": controls.may_be_unused,
        "rules": None if scope.rules is None else write_rules(scope.rules),
        "judge": sorted(controls.judged),
        "limits": {} if limits is None else limits.capacities,
        "quota": None if limits is None else limits.quota_left,
        "script": [_write(each) for each in controls.script],
        "when": [_write(each) for each in controls.rules],
        "num_calls": len(controls.journal.calls),
    }


def _write(written: Reply | Rule) -> Any:
    try:
        form = write_reply(written) if isinstance(written, Reply) else write_rule(written)
        json.dumps(form, allow_nan=False, ensure_ascii=False).encode()
    except (ConfigurationError, ValueError, TypeError):
        return {"python": repr(written)}
    return form
