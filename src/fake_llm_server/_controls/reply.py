"""What a test writes down as an answer: parts of it, or all of it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from types import EllipsisType
from typing import TYPE_CHECKING, Any, TypeAlias

from fake_llm_server._controls.faults import NO_FAULTS, Faults
from fake_llm_server._controls.faulty import Faulty
from fake_llm_server._controls.python_form import write_reply
from fake_llm_server._controls.self_check import check_reply
from fake_llm_server._controls.wanted_text import WantedText
from fake_llm_server._errors import ScriptedError
from fake_llm_server._seam import FinishReason, TokenLogprob, Usage
from fake_llm_server._settings import AnswerRules

if TYPE_CHECKING:
    from fake_llm_server._controls.received_call import ReceivedCall


@dataclass(frozen=True, slots=True)
class ScriptedCall:
    """A tool call of a reply.

    Attributes:
        name: of the tool.
        arguments: a function's as JSON text, or the input of a custom tool; None has the model write them.
        partial: a value with gaps, which the model fills; None if it writes all of the arguments, or none.
        call_id: None has one made.
    """

    name: str
    arguments: str | None = None
    partial: Any = None
    call_id: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Reply(Faulty):
    """A partly specified answer: the model fills in what is left out. Make one with `reply`.

    Attributes:
        text: of the answer; None leaves it out.
        wanted: what the model's text must be like; None leaves that to the request.
        chunks: the text as a stream splits it; None splits it at its words.
        tool_calls: in their order.
        items: of a response, as they stand on the wire, before the text and the calls.
        reasoning: what the answer thinks before it speaks; None leaves it out.
        refusal: the words in which the answer declines.
        logprobs: of the text's tokens; None has them made where they are asked for.
        finish_reason: why the answer ends; None is what suits its parts.
        usage: token counts; None has them counted.
        fields: of the API's reply, in place of its own.
        error: the error that is answered with; nothing else is then.
        choices: one reply for each answer of a request with `n`; empty repeats this one.
        function: makes the reply when the call has come.
        rules: of what the model writes; None takes the scope's.
        faults: what goes wrong with it on purpose; the methods of `Faulty` add them.
    """

    text: str | None = None
    wanted: WantedText | None = None
    chunks: tuple[str, ...] | None = None
    tool_calls: tuple[ScriptedCall, ...] = ()
    items: tuple[Mapping[str, Any], ...] = ()
    reasoning: str | None = None
    refusal: str | None = None
    logprobs: tuple[TokenLogprob, ...] | None = None
    finish_reason: FinishReason | None = None
    usage: Usage | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    error: ScriptedError | None = None
    choices: tuple["Reply", ...] = ()
    function: "ReplyFunction | None" = None
    rules: AnswerRules | None = None
    faults: Faults = NO_FAULTS

    def _with(self, faults: Faults) -> "Reply":
        changed = replace(self, faults=faults)
        check_reply(changed)
        return changed

    @property
    def is_open(self) -> bool:
        """Whether the model writes the text, or the calls, of the answer."""
        return (
            self.text is None
            and self.refusal is None
            and not self.tool_calls
            and not self.items
            and not self.choices
            and self.error is None
            and self.function is None
        )

    @property
    def shown(self) -> str:
        """How a test would write it: Python that makes an equal reply, where no function makes it."""
        return write_reply(self)

    def __repr__(self) -> str:
        return self.shown


Scriptable: TypeAlias = "Reply | str | int | EllipsisType | ReplyFunction"
"""What a script takes: a reply, its text, the status of an error, `...` for the model, or a function."""

ReplyFunction: TypeAlias = "Callable[[ReceivedCall], Scriptable | Awaitable[Scriptable]]"
"""Makes a reply of the call; it may be asynchronous."""
