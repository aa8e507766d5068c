"""Turns a model's text, as it comes, into text, thoughts and tool calls.

A parser follows one choice. It holds back only what may still be the beginning of a mark, so streams stay
prompt; at the end everything held back is given out. The forms of calls are `tool_format`'s; calls are
written under a grammar (`answer_grammar`), so a head that was begun is a head.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from fake_llm_server._seam import (
    CallDelta,
    CallEnded,
    CallStarted,
    GenerationEvent,
    ReasoningDelta,
    TextDelta,
    TokenLogprob,
    Tool,
)
from fake_llm_server._text.held_text import split_at_mark
from fake_llm_server._text.json_scanner import JsonScanner
from fake_llm_server._text.thought_marks import THINK_BEGIN, THINK_END
from fake_llm_server._text.tool_format import CUSTOM_BEGIN, CUSTOM_END, ToolCallFormat, custom_head


class _State(Enum):
    START = "before the first visible character"
    TEXT = "in the answer's text"
    REASONING = "between the marks of thought"
    ARGUMENTS = "in the arguments of a function"
    INPUT = "in the input of a custom tool"
    BETWEEN_CALLS = "after a call"


@dataclass(slots=True)
class AnswerParser:
    """Follows the text of one choice.

    Attributes:
        choice: its number, which every event carries.
        tools: the tools that it may call; without any, call marks are plain text.
        call_format: how it writes calls.
        has_thoughts: whether thinking marks are marks; else they are plain text.
        must_call: whether the answer can only be a call.
        follows_colon: whether a space at the beginning belongs to the prompt's form, and not to the answer.
        num_calls: calls begun so far.
        num_reasoning_tokens: tokens fed while it was thinking.
    """

    choice: int
    tools: Sequence[Tool]
    call_format: ToolCallFormat
    has_thoughts: bool = False
    must_call: bool = False
    follows_colon: bool = False
    num_calls: int = 0
    num_reasoning_tokens: int = 0
    _state: _State = _State.START
    _held: str = ""
    _logprobs: list[TokenLogprob] = field(default_factory=list)
    _scanner: JsonScanner = field(default_factory=JsonScanner)

    def start_thinking(self) -> None:
        """Begin in thought: the prompt itself opened the mark."""
        self._state = _State.REASONING

    def feed(
        self, text: str, *, num_tokens: int = 0, logprobs: Sequence[TokenLogprob] = ()
    ) -> Iterator[GenerationEvent]:
        """Read the next piece of text, with the tokens that it completes."""
        if self._state is _State.REASONING:
            self.num_reasoning_tokens += num_tokens
        if self.follows_colon and text:
            text, self.follows_colon = text.removeprefix(" "), False
            logprobs = [*map(_without_space, logprobs[:1]), *logprobs[1:]]
        self._held += text
        self._logprobs.extend(logprobs)
        yield from self._advance()

    def finish(self, *, is_cut: bool = False) -> Iterator[GenerationEvent]:
        """Give out what was held back; the text is over.

        Args:
            is_cut: whether a limit ended it. A mark that was cut is no text, and isn't shown.
        """
        rest, self._held = self._held, ""
        if is_cut and (self._is_cut_head(rest) or self._is_cut_end(rest)):
            return
        if rest and self._state is not _State.BETWEEN_CALLS:
            yield self._delta(rest)
        elif self._logprobs and self._state in (_State.START, _State.TEXT):
            yield self._delta("")

    def _advance(self) -> Iterator[GenerationEvent]:
        """Take steps while they take something."""
        before = None
        while self._held and before != (self._state, self._held):
            before = (self._state, self._held)
            match self._state:
                case _State.REASONING:
                    yield from self._read_until(THINK_END, _State.START)
                case _State.INPUT:
                    yield from self._read_until(CUSTOM_END, _State.BETWEEN_CALLS)
                case _State.ARGUMENTS:
                    yield from self._read_arguments()
                case _:
                    yield from self._read_text()

    def _read_until(self, mark: str, following: _State) -> Iterator[GenerationEvent]:
        shown, found, self._held = split_at_mark(self._held, [mark])
        if shown:
            yield self._delta(shown)
        if found:
            if self._state is _State.INPUT:
                yield CallEnded(self.choice, self.num_calls - 1)
            self._state = following

    def _read_arguments(self) -> Iterator[GenerationEvent]:
        length = self._scanner.feed(self._held)
        arguments, self._held = self._held[:length], self._held[length:]
        yield self._delta(arguments)
        if self._scanner.is_complete:
            self._state = _State.BETWEEN_CALLS
            yield CallEnded(self.choice, self.num_calls - 1)

    def _read_text(self) -> Iterator[GenerationEvent]:
        """Read text up to the head of a call, or to a mark of thought where one may stand."""
        marks = self._marks()
        shown, found, rest = split_at_mark(self._held, list(marks))
        shown = self._trim(shown)
        if shown:
            self._state = _State.TEXT
            yield self._delta(shown)
        self._held = rest
        if found is None:
            return
        tool = marks[found]
        if tool is None:
            self._state = _State.REASONING if found == THINK_BEGIN else _State.BETWEEN_CALLS
            return
        self._state = _State.ARGUMENTS if tool.kind == "function" else _State.INPUT
        self._scanner = JsonScanner()
        self.num_calls += 1
        yield CallStarted(self.choice, self.num_calls - 1, tool.kind, tool.name)

    def _marks(self) -> dict[str, Tool | None]:
        """The marks that may stand here, with the tool whose call each begins."""
        marks: dict[str, Tool | None] = {}
        for tool in self.tools:
            if tool.kind == "custom":
                marks[custom_head(tool.name)] = tool
            elif self.call_format.begin or self._may_begin("{"):
                marks[self.call_format.call_head(tool.name)] = tool
        if self._state is _State.BETWEEN_CALLS:
            marks[self.call_format.call_tail] = None
        elif self.has_thoughts and self._may_begin(THINK_BEGIN):
            marks[THINK_BEGIN] = None
        return marks

    def _may_begin(self, mark: str) -> bool:
        """Whether nothing but white space stands before what is, or may become, `mark`."""
        shown = self._held.lstrip()
        is_first = self._state in (_State.START, _State.BETWEEN_CALLS)
        return is_first and (shown.startswith(mark) or mark.startswith(shown))

    def _is_cut_head(self, rest: str) -> bool:
        """Whether `rest` began the head of a call: it has the whole mark, or nothing else could come."""
        heads = [head for head, tool in self._marks().items() if tool is not None]
        mark = self.call_format.begin.rstrip("\n") or "{"
        is_begun = self.must_call or rest.startswith((mark, CUSTOM_BEGIN))
        return is_begun and any(head.startswith(rest) for head in heads)

    def _is_cut_end(self, rest: str) -> bool:
        """Whether `rest` began the mark that ends thoughts or an input; one character may be anything."""
        mark = {_State.REASONING: THINK_END, _State.INPUT: CUSTOM_END}.get(self._state, "")
        return len(rest) > 1 and mark.startswith(rest)

    def _trim(self, shown: str) -> str:
        """Drop what separates calls, and the blank lines after a thought."""
        if self._state is _State.BETWEEN_CALLS or (self._state is _State.START and self.has_thoughts):
            return shown.lstrip()
        return shown

    def _delta(self, text: str) -> GenerationEvent:
        logprobs = tuple(self._logprobs)
        self._logprobs.clear()
        match self._state:
            case _State.REASONING:
                return ReasoningDelta(self.choice, text)
            case _State.ARGUMENTS:
                return CallDelta(self.choice, self.num_calls - 1, "function", text, logprobs)
            case _State.INPUT:
                return CallDelta(self.choice, self.num_calls - 1, "custom", text, logprobs)
            case _:
                return TextDelta(self.choice, text, logprobs)


def _without_space(token: TokenLogprob) -> TokenLogprob:
    """A token as it shows where the text's first space isn't shown."""
    alternatives = tuple(map(_without_space, token.alternatives))
    return replace(token, piece=token.piece.removeprefix(b" "), alternatives=alternatives)
