"""Condenses a conversation into a summary that stands in its place.

The model itself writes the summary, so the counts of tokens are true; a small model writes a poor one, which
is all the same to a program under test. It travels sealed in a `compaction` item.
"""

from contextlib import aclosing
from dataclasses import dataclass, replace

from fake_llm_server._api.responses.sealed_content import seal
from fake_llm_server._api.responses.truncation import drop_oldest_turns
from fake_llm_server._api.responses.turns import summary_turn
from fake_llm_server._seam import Backend, Call, GenerationRequest, TextDelta, Turn, Usage

MAX_SUMMARY_TOKENS = 64
"""A summary is bounded, so that compaction always makes a long conversation shorter."""

_INSTRUCTION = "Summarize our conversation so far in a few sentences. Keep names, numbers and decisions."


@dataclass(frozen=True, slots=True)
class CompactionMade:
    """A compaction, among the events of an answer.

    Attributes:
        summary: what the model wrote.
        replaces_history: whether the item stands for all items before it, too.
        usage: of writing the summary.
    """

    summary: str
    replaces_history: bool
    usage: Usage

    @property
    def sealed_content(self) -> str:
        """What the item carries; `turns` reads it."""
        return seal({"summary": self.summary, "replaces_history": self.replaces_history})


async def compact(backend: Backend, call: Call, *, replaces_history: bool) -> CompactionMade:
    """Have the model summarize a conversation.

    Args:
        backend: of the model.
        call: whose conversation it is; what doesn't fit the window is dropped from its beginning.
        replaces_history: see `CompactionMade`.

    Raises:
        InvalidRequestError: the conversation can't be served.
        OverloadedError: the backend takes no more work.
        GenerationError: the summary can't be finished.
    """
    turns = (*call.request.turns, Turn("user", _INSTRUCTION))
    request = GenerationRequest(turns=turns, max_tokens=MAX_SUMMARY_TOKENS)
    asked = replace(call.asking(request), operation="compactConversation")  # whatever called for it
    summarizing = await drop_oldest_turns(backend, asked)
    summary, usage = "", Usage(prompt_tokens=0, completion_tokens=0)
    async with aclosing(backend.generate(summarizing)) as events:
        async for event in events:
            if isinstance(event, TextDelta):
                summary += event.text
            elif isinstance(event, Usage):
                usage = event
    return CompactionMade(summary.strip(), replaces_history, usage)


def condense(request: GenerationRequest, made: CompactionMade) -> GenerationRequest:
    """The request with its conversation condensed: instructions, summary, and what the user said last."""
    turns = request.turns
    leading = [turn for turn in turns[:1] if turn.role == "developer"]
    last = max((i for i, turn in enumerate(turns) if turn.role == "user"), default=len(turns))
    return replace(request, turns=(*leading, summary_turn(made.summary), *turns[last:]))
