"""Leads an answer under a constraint to a valid end before its limit.

While a text is written, a known end of it is carried along: the tokens that would complete it now. A drawn
token is taken only if after it an end is known that still fits; otherwise the known end's first token takes
its place. So an answer whose limit is not too small for any end gets one. Far from the limit nothing is done.
"""

from functools import cached_property
from typing import Any

from fake_llm_server._engine.bracket_scan import OPENERS, scan_text
from fake_llm_server._engine.byte_language import ByteLanguage, Symbols
from fake_llm_server._engine.constraint_hints import bound_reach, find_literals
from fake_llm_server._engine.constraint_trial import ConstraintFault
from fake_llm_server._engine.end_moves import Hints, bridge, completes
from fake_llm_server._engine.shortest_end import find_ends
from fake_llm_server._seam import Constraint

_MAX_MOVES_AT_FIRST = 10_000
_MAX_MOVES = 3_000
"""Moves of a search for an end: 10 to 200 microseconds each."""

_NEVER = 0
"""So many tokens are left when it is no use to look for an end any more."""

_ENOUGH = 128
"""With so many tokens left, a token may be taken though no end is known after it."""


class Ends:
    """The ends of the texts of one constraint; every choice under it shares them.

    Args:
        constraint: whose texts.
        language: of the vocabulary.

    Attributes:
        reach: tokens left, for each open bracket, from which on ends are looked at.
    """

    def __init__(self, constraint: Constraint, language: ByteLanguage) -> None:
        self.reach = bound_reach(constraint)
        self.language = language
        self._constraint = constraint
        self._hints = Hints(find_literals(constraint), tuple(language.words))

    @cached_property
    def _matcher(self) -> Any:
        """A matcher at the start; None if the constraint can't be taken apart into bytes."""
        try:
            return self.language.compile(self._constraint.kind, self._constraint.source)
        except ConstraintFault:
            return None

    @cached_property
    def of_nothing(self) -> "Known | None":
        """The shortest whole text."""
        return None if self._matcher is None else self.find(self._matcher, (), max_moves=_MAX_MOVES_AT_FIRST)

    def begin(self, text: Symbols) -> Any:
        """A matcher after a begun text, or None if there is none."""
        if self._matcher is None:
            return None
        matcher = self._matcher.deep_copy()
        return matcher if not text or matcher.consume_tokens(list(text)) else None

    def find(
        self,
        matcher: Any,
        text: Symbols,
        known: Symbols = (),
        *,
        max_moves: int = _MAX_MOVES,
        num_enough: int = 0,
    ) -> "Known | None":
        """The end with the fewest tokens, or None if none was found; any with `num_enough` bytes will do."""
        ends = find_ends(
            matcher, scan_text(text), self._hints, known, max_moves=max_moves, num_enough=num_enough
        )
        spelled = [Known(end, self.language) for end in ends if self.language.can_spell(end)]
        if spelled and len(spelled[0].text) <= num_enough:
            return spelled[0]
        return min(spelled, key=lambda end: (len(end.tokens), len(end.text), end.text), default=None)


class Known:
    """An end of a text.

    Args:
        text: in symbols.
        language: of the vocabulary, which can spell it.
    """

    def __init__(self, text: Symbols, language: ByteLanguage) -> None:
        self.text = text
        self._language = language

    @cached_property
    def tokens(self) -> list[int]:
        """The fewest tokens that spell it; found only where it matters, as it takes a while."""
        return self._language.write(self.text) or []

    def fits(self, num_tokens: int) -> bool:
        """Whether it has no more tokens than these; no token is shorter than a byte."""
        return len(self.text) <= num_tokens or len(self.tokens) <= num_tokens


class Lead:
    """The way of one choice to its end.

    Args:
        ends: of its constraint.
        max_tokens: most tokens that it may have.
    """

    def __init__(self, ends: Ends, max_tokens: int) -> None:
        self._ends = ends
        self._text: list[int] = []
        self._num_brackets = 0
        self._matcher: Any = None
        self._known: Known | None = None
        self._is_fresh = False
        self._begin_at: int | None = None
        if self._is_near(max_tokens):
            self._begin(max_tokens)

    @property
    def is_whole(self) -> bool:
        """Whether the text so far is known to be a whole one."""
        return self._known is not None and not self._known.text

    @property
    def is_hopeless(self) -> bool:
        """Whether the shortest end that was found is longer than the limit."""
        return self._begin_at == _NEVER

    def find_closing(self, num_left: int) -> list[int]:
        """The tokens of the one end that still fits, if no other does.

        Args:
            num_left: tokens that the choice may still have.
        """
        if self._known is None and self._is_near(num_left):
            self._begin(num_left)
        if self._known is None or self._known.fits(num_left - 1):
            return []
        if not self._is_fresh:
            self._renew()
        return self._known.tokens if len(self._known.tokens) == num_left else []

    def first_token(self) -> int | None:
        """The token that begins the known end; None if the text is whole."""
        return self._known.tokens[0] if self._known is not None and self._known.tokens else None

    def take(self, tokens: list[int], num_left: int) -> bool:
        """Take tokens, if after them there is an end that still fits.

        Args:
            tokens: valid ones, none of which ends the answer.
            num_left: tokens that the choice may still have before them.

        Returns:
            Whether they were taken.
        """
        added = tuple(symbol for token_id in tokens for symbol in self._ends.language.spell(token_id))
        num_left -= len(tokens)
        if self._known is None:
            self._note(added)
            return True
        matcher = self._matcher.deep_copy()
        matcher.consume_tokens(list(added))
        known, is_fresh = self._find_after(self._known, matcher, added, num_left)
        if known is None and num_left < _ENOUGH:
            return False
        if known is not None and not known.fits(num_left):
            return False
        self._matcher, self._known, self._is_fresh = matcher, known, is_fresh
        self._begin_at = num_left // 2 if known is None else None
        self._note(added)
        return True

    def _find_after(
        self, known: Known, matcher: Any, added: Symbols, num_left: int
    ) -> tuple[Known | None, bool]:
        """An end after `added`, and whether it is the shortest that is known; one that fits is enough."""
        cheap = self._adapt(known, matcher, added)
        if cheap is not None and cheap.fits(num_left):
            return cheap, self._is_fresh and known.text[: len(added)] == added
        found = self._ends.find(matcher, (*self._text, *added), known.text, num_enough=num_left)
        return (cheap, False) if found is None else (found, len(found.text) > num_left)

    def _adapt(self, known: Known, matcher: Any, added: Symbols) -> Known | None:
        """The known end without its first part, or once more."""
        if known.text[: len(added)] == added:
            return Known(known.text[len(added) :], self._ends.language)
        if not known.text:
            return known if matcher.is_accepting() else None
        if completes(matcher, known.text):
            return known
        text = bridge(matcher, known.text)
        return None if text is None else Known(text, self._ends.language)

    def _note(self, added: Symbols) -> None:
        self._text += added
        self._num_brackets += sum(symbol in OPENERS for symbol in added)

    def _is_near(self, num_left: int) -> bool:
        if self._begin_at is not None:
            return num_left <= self._begin_at
        return num_left <= self._ends.reach * (1 + self._num_brackets)

    def _begin(self, num_left: int) -> None:
        """Look for an end of the text so far; if none fits, the limit is too small, or the search is."""
        text = tuple(self._text)
        self._matcher = self._ends.begin(text)
        known = None
        if self._matcher is not None:
            known = self._ends.find(self._matcher, text, max_moves=_MAX_MOVES_AT_FIRST) if text else None
            known = known if text else self._ends.of_nothing
        is_enough = known is not None and known.fits(num_left)
        self._known, self._is_fresh = (known, True) if is_enough else (None, False)
        self._begin_at = None if is_enough else num_left // 2 if known is None else _NEVER

    def _renew(self) -> None:
        """See whether a shorter end is to be found."""
        known = self._known
        if known is not None:
            found = self._ends.find(self._matcher, tuple(self._text), known.text)
            if found is not None and len(found.tokens) < len(known.tokens):
                self._known = found
            self._is_fresh = True
