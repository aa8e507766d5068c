"""What is drawn of an adversarial reply: plain data, before the request is known."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal, get_args

from fake_llm_server._controls.adversarial.decide import decide
from fake_llm_server._seam import FinishReason

if TYPE_CHECKING:
    from fake_llm_server._controls.received_call import ReceivedCall
    from fake_llm_server._controls.reply import Reply

Kind = Literal["text", "call", "refusal", "cut_off", "error"]
"""A text, or JSON where that is asked for; calls of tools; a refusal; an answer that was cut off by `length`
or `content_filter`; an error."""

KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True, repr=False)
class Move:
    """What was drawn for one call.

    Attributes:
        kind: of the reply, if the request can have that.
        text: of the answer; for JSON and arguments `picks` decide.
        pieces: lengths of the text's first chunks, in characters; none leaves it to the words.
        picks: numbers by which values, tools and forms are chosen (see `Picks`).
        reasoning: what the answer thinks before.
        finish_reason: of an answer that is cut off.
        status: of an error.
        fault: a fault method and its arguments; None for none.
    """

    kind: Kind = "text"
    text: str = "Yes."
    pieces: tuple[int, ...] = ()
    picks: tuple[int, ...] = ()
    reasoning: str | None = None
    finish_reason: FinishReason = "length"
    status: int = 500
    fault: tuple[str, Mapping[str, Any]] | None = None

    def __repr__(self) -> str:
        values = {field.name: (getattr(self, field.name), field.default) for field in fields(self)}
        changed = [f"{name}={value!r}" for name, (value, default) in values.items() if value != default]
        return f"Move({', '.join(changed)})"


@dataclass(frozen=True, slots=True)
class AdversarialReplies:
    """Makes the reply to each call of a scope: a function for scripts and rules.

    The reply depends on the number of the call within its scope, and on what it asks, and on nothing else.

    Attributes:
        moves: of the calls, from the scope's first; those after them get the simplest replies.
    """

    moves: tuple[Move, ...] = ()

    def __call__(self, call: "ReceivedCall") -> "Reply":
        """The reply to a call."""
        number = call.call.ordinal
        move = self.moves[number] if number < len(self.moves) else Move()
        return decide(move, call.request)

    def __repr__(self) -> str:
        return f"AdversarialReplies({', '.join(map(repr, self.moves))})"

    def _repr_pretty_(self, printer: Any, _is_cycle: bool) -> None:  # noqa: FBT001 - as it is called
        """As Hypothesis shows it, which would show a function."""
        printer.text(repr(self))
