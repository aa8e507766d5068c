"""A text on its way to an end, and the moves that may bring it there.

Forced bytes are one move. Where only a few bytes may come, each is tried, and of those with the same future
one. Where nearly everything may come, the text is free: what leaves the free text is tried, and words.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

from fake_llm_server._engine.bracket_scan import BACKSLASH, CLOSERS, COMMA, QUOTE, Scan
from fake_llm_server._engine.byte_language import END, Symbols

_MAX_LITERAL_CHOICES = 64
"""Where more bytes may come, the text is free there."""

_FREE_BYTES = frozenset(b"a0A\t\n !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
"""What is tried in free text: a small and a large letter, a digit, and every mark."""

_FIRST_NOT_ASCII = 128
_CLOSINGS = tuple(map(tuple, (b"", b'"', b"0", b'"]', b"0]", b"]", b"}")))
_MAX_BRIDGED = 48
_MAX_OUTLOOK = 8
_MAX_FAR = 16
_CLOSING_FIRST = tuple(b"}],")
_LEXEME_ENDS = frozenset(b'",:[]{}')


@dataclass(frozen=True, slots=True)
class Hints:
    """Pieces of text that may help where the text is free.

    Attributes:
        literals: texts that the constraint names.
        words: single tokens of letters, one of each length, longest first.
    """

    literals: tuple[Symbols, ...] = ()
    words: tuple[Symbols, ...] = ()


@dataclass(frozen=True)
class Place:
    """A text on the way.

    Attributes:
        text: what was added so far.
        matcher: after it.
        scan: after it.
        num_detours: moves that weren't the first to try.
        before: the place that it was reached from, or None.
    """

    text: Symbols
    matcher: Any
    scan: Scan
    num_detours: int = 0
    before: "Place | None" = None

    @cached_property
    def allowed(self) -> Symbols:
        """What may follow."""
        return _read_mask(self.matcher.compute_bitmask())

    @cached_property
    def is_end(self) -> bool:
        """Whether the text is whole."""
        return bool(self.matcher.is_accepting())

    @property
    def is_free(self) -> bool:
        """Whether nearly everything may follow."""
        return len(self.allowed) > _MAX_LITERAL_CHOICES

    @property
    def num_bytes(self) -> int:
        """Bytes that the whole text has at least."""
        return len(self.text) + self.scan.num_to_close

    @cached_property
    def signature(self) -> Any:
        """What tells places apart; outside of brackets, where nothing else counts, the length as well."""
        return self.allowed, self.outlook, self.scan, 0 if self.scan.frames else len(self.text)

    @cached_property
    def outlook(self) -> tuple[tuple[Symbols, bool], ...]:
        """What may follow, and whether it may be all, on one way through the rest of a number or a string.

        So 1 and 2 are told apart as beginnings of a number from 20 to 190.
        """
        seen: list[tuple[Symbols, bool]] = []
        matcher, allowed = self.matcher.deep_copy(), self.allowed
        while self.scan.num_in_lexeme and len(seen) < _MAX_OUTLOOK and len(allowed) <= _MAX_LITERAL_CHOICES:
            symbol = next((symbol for symbol in allowed if symbol not in _LEXEME_ENDS), None)
            if symbol is None or not matcher.consume_token(symbol):
                break
            allowed = _read_mask(matcher.compute_bitmask())
            seen.append((allowed, bool(matcher.is_accepting())))
        return tuple(seen)

    @cached_property
    def exits(self) -> frozenset[int]:
        """What closes a bracket or a number here; nothing longer can better it."""
        if self.scan.is_in_string or not self.scan.frames:
            return frozenset()
        return CLOSERS.intersection(self.allowed) or frozenset((COMMA,)).intersection(self.allowed)

    def completes(self, rest: Symbols) -> bool:
        """Whether the text is whole with `rest`."""
        return completes(self.matcher, rest)

    def move(self, added: Symbols, *, is_detour: bool = False) -> "Place | None":
        """The place after more text, or None if that may not come."""
        matcher = self.matcher.deep_copy()
        if not matcher.consume_tokens(list(added)) or matcher.is_error():
            return None
        scan = self.scan
        for symbol in added:
            scan = scan.push(symbol)
        return Place(self.text + added, matcher, scan, self.num_detours + is_detour, self.before)

    def skip_forced(self) -> "Place":
        """The place after what must follow here, which may be this one."""
        forced = self.matcher.compute_ff_tokens()
        return (self.move(tuple(forced)) or self) if forced else self

    def iter_moves(self, hints: Hints) -> "Iterator[Place]":
        """The places after one move."""
        return self._iter_free(hints) if self.is_free else self._iter_few()

    def _iter_few(self) -> "Iterator[Place]":
        by_future: dict[Any, Place] = {}
        first = self.exits or frozenset(filter(_is_ascii, self.allowed)) or self.allowed
        for symbol in self.allowed:
            moved = self.move((symbol,), is_detour=symbol not in first)
            if moved is not None:
                forced = tuple(moved.matcher.compute_ff_tokens())
                future = moved.allowed, moved.is_end, forced, moved.scan.num_to_close, moved.outlook
                far = _look_far(moved.matcher) if self.scan.is_in_string else ()
                by_future.setdefault((future, far), moved)
        is_choice = len(by_future) > 1
        for moved in by_future.values():
            yield replace(moved, scan=moved.scan.choose(moved.text[-1])) if is_choice else moved

    def _iter_free(self, hints: Hints) -> "Iterator[Place]":
        start = self
        if self.scan.is_in_string and QUOTE in self.allowed:
            closed = self.move((QUOTE,))
            if closed is not None and closed.allowed != self.allowed:
                yield closed
                return
            start = replace(self, scan=Scan())  # it was no string of JSON
        for literal in hints.literals:
            moved = start.move(literal)
            if moved is not None and (moved.is_end or moved.allowed != self.allowed):
                yield moved
        for word in hints.words:
            moved = start.move(word)
            if moved is not None:
                yield moved
        yield from _iter_single(start)


def completes(matcher: Any, rest: Symbols) -> bool:
    """Whether a text is whole with `rest`."""
    if matcher.validate_tokens(list(rest)) != len(rest):
        return False
    after = matcher.deep_copy()
    return bool(after.consume_tokens(list(rest)) and after.is_accepting())


def bridge(matcher: Any, known: Symbols) -> Symbols | None:
    """An end that closes what was just begun, and goes on with a part of an end that was known before it.

    It is quickly found, and need not be the shortest.
    """
    for closing in _CLOSINGS:
        after = matcher.deep_copy()
        if closing and not after.consume_tokens(list(closing)):
            continue
        allowed = _read_mask(after.compute_bitmask())
        for start in range(min(len(known), _MAX_BRIDGED)):
            if known[start] in allowed and completes(after, known[start:]):
                return (*closing, *known[start:])
    return None


def _iter_single(place: Place) -> Iterator[Place]:
    """The places after one symbol, one for each thing that may then follow."""
    tried: set[Symbols] = set()
    for symbol in place.allowed:
        if symbol in _FREE_BYTES or symbol > END:
            moved = place.move((symbol,), is_detour=symbol == BACKSLASH)
            if moved is not None and (moved.is_end or moved.allowed not in tried):
                tried.add(moved.allowed)
                yield moved


def _is_ascii(symbol: int) -> bool:
    return symbol < _FIRST_NOT_ASCII or symbol > END


def _look_far(start: Any) -> tuple[Symbols, ...]:
    """What may follow on the way that closes the most: it tells names and other words apart."""
    matcher = start.deep_copy()
    seen: list[Symbols] = []
    for _ in range(_MAX_FAR):
        forced = matcher.compute_ff_tokens()
        if not forced:
            allowed = _read_mask(matcher.compute_bitmask())
            seen.append(allowed)
            is_free = len(allowed) > _MAX_LITERAL_CHOICES
            first = [] if is_free else [*_CLOSING_FIRST, *allowed]
            forced = [symbol for symbol in (QUOTE, *first) if symbol in allowed][:1]
        seen.append(tuple(forced))
        if not forced or not matcher.consume_tokens(forced):
            break
    return tuple(seen)


@lru_cache(maxsize=4096)
def _read_mask(mask: bytes) -> Symbols:
    """The symbols that a mask allows, without the end."""
    bits = int.from_bytes(mask, "little")
    return tuple(symbol for symbol in range(bits.bit_length()) if bits >> symbol & 1 and symbol != END)
