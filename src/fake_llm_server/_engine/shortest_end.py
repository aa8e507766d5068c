"""Looks for the shortest texts that complete a begun one, by asking a matcher what may follow.

A search over bytes. It dives for a first end; then, from the last place of that way to the first, it looks
for shorter ways back to what is known to complete the text. Two places that look the same (what may follow,
open brackets, commas since, length of the lexeme) are taken for one, and a text that can be closed is closed
before anything else is tried; so a search takes hundreds of moves, not millions. What it finds is valid,
whatever these rules of thumb are worth; that it is the shortest holds as far as they hold, and as the moves
reach. Nothing depends on the clock.
"""

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import count
from typing import Any

from fake_llm_server._engine.bracket_scan import Scan
from fake_llm_server._engine.byte_language import Symbols
from fake_llm_server._engine.end_moves import Hints, Place

_DIVES_OF_TURNS = 4
"""Of so many turns all but one dive, until the first end is found."""

_MAX_ENDS = 24
_MAX_MOVES_BETWEEN = 600
"""For a shorter way from one place."""

_FREE_MOVE = 3
"""What a move in free text counts, as llguidance takes longer there."""


def find_ends(
    matcher: Any, scan: Scan, hints: Hints, known: Symbols = (), *, max_moves: int, num_enough: int = 0
) -> list[Symbols]:
    """Texts that complete a begun one, the shortest among them.

    Args:
        matcher: over bytes, after the begun text; it isn't changed.
        scan: after the begun text.
        hints: for free text.
        known: an end of the text a little earlier; its last part may fit again.
        max_moves: bound of the work; one move takes some microseconds.
        num_enough: bytes of an end for which no shorter one is looked for.

    Returns:
        Some ends, the shortest first; none if no end was found, and () if the text may end as it is.
    """
    start = Place((), matcher, scan)
    return [()] if start.is_end else _Search(start, hints, known, max_moves).run(num_enough)


class _Search:
    def __init__(self, start: Place, hints: Hints, known: Symbols, max_moves: int) -> None:
        self._start = start
        self._hints = hints
        self._known = known
        self._num_moves_left = max_moves
        self._first: Place | None = None
        self._ends: dict[Symbols, None] = {}
        self._rests: dict[Any, Symbols] = {}
        self._order = count()
        self._nearest: list[tuple[Any, Place]] = []
        self._dive: list[Place] = [start]
        self._masks: set[Symbols] = set()

    def run(self, num_enough: int) -> list[Symbols]:
        """Find a first end, and then better ones."""
        self._find_first()
        if self._first is not None and min(map(len, self._ends)) > num_enough:
            for place in _iter_back(self._first):
                if not self._start.scan.frames:
                    self._known = min(self._ends, key=len)
                self._find_shorter(place)
        return sorted(self._ends, key=len)[:_MAX_ENDS]

    def _find_first(self) -> None:
        """Dive, and now and then go on from the nearest place, as a dive may have no ground."""
        self._push([self._start])
        dived: dict[Any, int] = {}
        left: dict[Any, int] = {}
        for turn in count():
            if self._first is not None or self._num_moves_left <= 0:
                return
            if self._dive and turn % _DIVES_OF_TURNS:
                place = self._dive.pop()
                self._masks.add(place.allowed)
                moved, is_free = self._leave(place, dived), place.is_free
                self._push(moved)
                self._dive_on(moved, is_free=is_free)
            elif self._nearest:
                moved = self._leave(heapq.heappop(self._nearest)[1], left)
                self._push(moved)
                self._dive = self._dive or moved
            elif not self._dive:
                return

    def _find_shorter(self, start: Place) -> None:
        """Look for shorter ways from a place, by nearness and without detours."""
        self._nearest = []
        self._push([start])
        left: dict[Any, int] = {}
        num_moves_after = max(0, self._num_moves_left - _MAX_MOVES_BETWEEN)
        while self._nearest and self._num_moves_left > num_moves_after:
            place = heapq.heappop(self._nearest)[1]
            num_best = len(start.text) + len(self._rests[start.signature])
            if place.num_bytes <= num_best:
                moved_places = self._leave(place, left, is_start=place is start)
                self._push(moved for moved in moved_places if moved.num_detours == start.num_detours)

    def _push(self, places: Iterable[Place]) -> None:
        for place in places:
            order = place.num_detours, place.num_bytes, -len(place.text), next(self._order)
            heapq.heappush(self._nearest, (order, place))

    def _dive_on(self, places: list[Place], *, is_free: bool) -> None:
        """Go on diving from places; where a part is done, other forms of it are of no use to a first end."""
        if places and places[0].scan.num_in_lexeme == 0:
            self._dive.clear()
        order = self._order_free_dive if is_free else self._order_dive
        self._dive += sorted(places, key=order)[::-1]

    def _order_dive(self, place: Place) -> Any:
        """What changes what may come, then the nearest; among equals what can be closed, and what is new."""
        is_idle = place.before is not None and place.before.allowed == place.allowed
        return place.num_detours, is_idle, place.num_bytes, not place.exits, place.allowed in self._masks

    def _order_free_dive(self, place: Place) -> Any:
        """What has another future than any before, then the longest, as text is wanting."""
        return place.num_detours, place.allowed in self._masks, -len(place.text)

    def _leave(self, place: Place, left: dict[Any, int], *, is_start: bool = False) -> list[Place]:
        """Where one move leads from a place; nowhere if its like was left as near, or an end is known."""
        place = place.skip_forced()
        self._num_moves_left -= 1
        if place.is_end:
            self._add_end(place, ())
            return []
        signature = place.signature
        if left.get(signature, len(place.text) + 1) <= len(place.text):
            return []
        left[signature] = len(place.text)
        rest = None if is_start else self._rests.get(signature)
        if rest is not None and place.completes(rest):
            self._add_end(place, rest)
            return []
        self._try_known(place)
        return self._go_on(place)

    def _go_on(self, place: Place) -> list[Place]:
        moved_places = [replace(moved, before=place) for moved in place.iter_moves(self._hints)]
        self._num_moves_left -= len(moved_places) * _FREE_MOVE if place.is_free else len(place.allowed)
        for moved in moved_places:
            if moved.is_end:
                self._add_end(moved, ())
        return [moved for moved in moved_places if not moved.is_end]

    def _add_end(self, place: Place, rest: Symbols) -> None:
        """Note an end, and for each place on its way what followed."""
        text = place.text + rest
        self._ends[text] = None
        if self._first is None:
            self._first = place
        for before in _iter_back(place):
            known = self._rests.get(before.signature)
            if known is None or len(text) - len(before.text) < len(known):
                self._rests[before.signature] = text[len(before.text) :]

    def _try_known(self, place: Place) -> None:
        """See whether the last part of an end that is known from elsewhere completes the text."""
        if place.scan.is_in_string or (self._ends and place.scan.frames):
            return
        for start in range(len(self._known) - 1, -1, -1):
            last = self._known[start:]
            if last[0] in place.allowed:
                self._num_moves_left -= 1
                if place.completes(last):
                    self._add_end(place, last)
                    return


def _iter_back(place: Place) -> Iterator[Place]:
    """The places that a place was reached by, the last first."""
    before = place.before
    while before is not None:
        yield before
        before = before.before
