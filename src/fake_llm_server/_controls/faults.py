"""What can go wrong with a reply on purpose: plain descriptions, which `Faulty` has a method for each."""

import math
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, get_args

from fake_llm_server._controls.lies import Lie
from fake_llm_server._errors import ConfigurationError

Ending = Literal["close", "reset", "half_close", "end"]
"""How a reply is cut. `close`: the connection is closed. `reset`: it is reset. `half_close`: our side of it
ends, while the client's stays open. `end`: the reply ends as if it were whole, and the connection lives."""

Place = Literal["character", "escape", "middle", "done"]
"""Where a reply is cut. `character`: inside of one that has several bytes. `escape`: after the backslash of
one in JSON. `middle`: in the middle of an event, or of a body. `done`: before a stream's last event, or
before a body's last byte."""

Corruption = Literal["malformed", "duplicated", "content_type", "html", "empty"]
"""`malformed`: half of an event's data, or of a body, is missing. `duplicated`: an event, or a body, comes
twice. `content_type`: it is `text/html`. `html`: it is, and a proxy's page is the body. `empty`: there is no
event, or no body."""


@dataclass(frozen=True, slots=True)
class Break:
    """How and where a reply breaks off; without a place, before it begins.

    Attributes:
        after: pieces of the answer that come before.
        after_events: events of the stream that come before.
        at: the place.
        how: None is a hang: nothing more comes until the client leaves.
    """

    after: int | None = None
    after_events: int | None = None
    at: Place | None = None
    how: Ending | None = "close"

    def __post_init__(self) -> None:
        """Refuse what can't be done."""
        _check_choice("at", self.at, Place)
        _check_choice("how", self.how, Ending)
        _check_count("after", self.after)
        _check_count("after_events", self.after_events)
        if self.after is not None and self.is_on_wire:
            raise ConfigurationError(
                "`after` counts pieces of the answer, and `after_events` and `at` say where its bytes end: "
                "give one or the other."
            )
        if self.how == "end" and self.is_before_all:
            raise ConfigurationError(
                "A reply that ends before it begins is empty: write corrupt('empty'), or say where it ends."
            )

    @property
    def is_on_wire(self) -> bool:
        """Whether it is a matter of bytes, and not of the answer's pieces."""
        return self.after_events is not None or self.at is not None

    @property
    def is_before_all(self) -> bool:
        """Whether it comes before the reply begins."""
        return self.after is None and not self.is_on_wire


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast an answer comes.

    Attributes:
        first_token_s: before its first piece.
        tokens_per_s: pieces in a second; None is as fast as they can.
        jitter: by which share of itself each wait is longer or shorter, at most; from 0 to 1.
        seed: of the jitter's draws.
    """

    first_token_s: float = 0.0
    tokens_per_s: float | None = None
    jitter: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what can't be done."""
        _check_seconds("first_token_s", self.first_token_s)
        rate = self.tokens_per_s
        if rate is not None and not (math.isfinite(rate) and rate > 0):
            raise ConfigurationError(f"tokens_per_s is above 0; it was {rate}.")
        if not 0 <= self.jitter <= 1:
            raise ConfigurationError(f"jitter is a share, from 0 to 1; it was {self.jitter}.")


@dataclass(frozen=True, slots=True)
class Stall:
    """A pause in an answer, after which it goes on.

    Attributes:
        seconds: how long it is.
        after: pieces of the answer that come before.
    """

    seconds: float
    after: int = 1

    def __post_init__(self) -> None:
        """Refuse what can't be done."""
        _check_seconds("seconds", self.seconds)
        _check_count("after", self.after)


@dataclass(frozen=True, slots=True)
class Garbling:
    """Bytes that aren't those of the reply.

    Attributes:
        what: is wrong with them.
        after_events: events of a stream that come before; None is at the first one that brings a piece.
    """

    what: Corruption
    after_events: int | None = None

    def __post_init__(self) -> None:
        """Refuse what can't be done."""
        _check_choice("what", self.what, Corruption)
        _check_count("after_events", self.after_events)
        if self.after_events is not None and self.is_of_whole:
            raise ConfigurationError(
                f"corrupt({self.what!r}) is for the whole reply: leave after_events out."
            )

    @property
    def is_of_whole(self) -> bool:
        """Whether it is wrong with the whole reply, and not with an event of it."""
        return self.what in ("content_type", "html", "empty")


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong with one reply; None is nothing of that kind.

    Attributes:
        breaks: how it breaks off.
        pace: how slowly it comes.
        stall: a pause in it.
        garbling: what is wrong with its bytes.
        lie: what is wrong in the answer.
    """

    breaks: Break | None = None
    pace: Pace | None = None
    stall: Stall | None = None
    garbling: Garbling | None = None
    lie: Lie | None = None

    @property
    def are_on_wire(self) -> bool:
        """Whether any is a matter of bytes: the reply has to pass through the link that makes them wrong."""
        return (
            self.garbling is not None
            or self.lie == "id"
            or (self.breaks is not None and self.breaks.is_on_wire)
        )

    def under(self, over: "Faults") -> "Faults":
        """These faults with others over them: of each kind, theirs counts if they have one."""
        given = {field.name: getattr(over, field.name) for field in fields(over)}
        return replace(self, **{name: fault for name, fault in given.items() if fault is not None})


NO_FAULTS = Faults()


def _check_choice(name: str, value: Any, choices: Any) -> None:
    known = get_args(choices)
    if value is not None and value not in known:
        raise ConfigurationError(f"{name} is one of {', '.join(known)}; it was {value!r}.")


def _check_count(name: str, value: int | None) -> None:
    if value is not None and value < 0:
        raise ConfigurationError(f"{name} is a number of pieces or events, from 0 on; it was {value}.")


def _check_seconds(name: str, value: float) -> None:
    if not (math.isfinite(value) and value >= 0):
        raise ConfigurationError(f"{name} is in seconds, from 0 on; it was {value}.")
