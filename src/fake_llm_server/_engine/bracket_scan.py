"""Where a text stands between brackets and quotes.

It guides the search for a shortest end, and decides nothing: what a text may be is llguidance's to say. So it
may be wrong about texts that aren't JSON.
"""

from dataclasses import dataclass, replace

from fake_llm_server._engine.byte_language import Symbols

QUOTE, BACKSLASH, NEWLINE, COMMA, COLON = b'"\\\n,:'
OPENERS, CLOSERS = frozenset(b"{["), frozenset(b"}]")
_END_OF_THOUGHTS = tuple(b"</think>")
_NUM_BYTES = 256


@dataclass(frozen=True, slots=True)
class Frame:
    """An open bracket: how many commas came since, and which letters were chosen in strings."""

    num_commas: int = 0
    chosen: Symbols = ()


@dataclass(frozen=True, slots=True)
class Scan:
    """A place in a text.

    Attributes:
        frames: brackets that are open, outermost first.
        is_in_string: whether a quote is open.
        is_escaped: whether a backslash is open.
        num_in_lexeme: bytes since the last bracket, comma, colon or opening quote.
    """

    frames: tuple[Frame, ...] = ()
    is_in_string: bool = False
    is_escaped: bool = False
    num_in_lexeme: int = 0

    @property
    def num_to_close(self) -> int:
        """Bytes that are wanting at least."""
        return len(self.frames) + self.is_in_string

    def push(self, symbol: int) -> "Scan":
        """The place after one more symbol."""
        if symbol == NEWLINE or symbol >= _NUM_BYTES:
            return Scan()
        if self.is_in_string:
            return self._push_in_string(symbol)
        if symbol == QUOTE:
            return replace(self, is_in_string=True, num_in_lexeme=0)
        if symbol in OPENERS:
            return Scan((*self.frames, Frame()))
        if symbol in CLOSERS:
            return Scan(self.frames[:-1])
        if symbol == COMMA and self.frames:
            last = self.frames[-1]
            return Scan((*self.frames[:-1], Frame(last.num_commas + 1, last.chosen)))
        if symbol in (COMMA, COLON):
            return Scan(self.frames)
        return Scan(self.frames, num_in_lexeme=self.num_in_lexeme + 1)

    def _push_in_string(self, symbol: int) -> "Scan":
        if symbol == QUOTE and not self.is_escaped:
            return Scan(self.frames)
        is_escaped = symbol == BACKSLASH and not self.is_escaped
        return replace(self, is_escaped=is_escaped, num_in_lexeme=self.num_in_lexeme + 1)

    def choose(self, symbol: int) -> "Scan":
        """The place where one of a few symbols was chosen, on which it may depend what follows."""
        if not self.frames or not self.is_in_string or self.is_escaped:
            return self
        last = self.frames[-1]
        return replace(self, frames=(*self.frames[:-1], replace(last, chosen=(*last.chosen, symbol))))


def scan_text(symbols: Symbols) -> Scan:
    """The place at the end of a text, of which the last line counts, and what follows thoughts."""
    start = 0
    for position in range(len(symbols) - len(_END_OF_THOUGHTS), -1, -1):
        if symbols[position : position + len(_END_OF_THOUGHTS)] == _END_OF_THOUGHTS:
            start = position + len(_END_OF_THOUGHTS)
            break
    scan = Scan()
    for symbol in symbols[start:]:
        scan = scan.push(symbol)
    return scan
