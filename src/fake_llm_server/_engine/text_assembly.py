"""Turns the bytes of tokens into text that is safe to show.

Whole characters only, and no tail that may yet become a stop string: such tails are held back, and the
tokens that they belong to with them.
"""

import codecs
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from fake_llm_server._seam.partial_marks import num_begun


@dataclass(frozen=True, slots=True)
class Assembled:
    """What became showable.

    Attributes:
        text: may be empty.
        num_tokens: how many tokens, in order, are now shown whole.
        stop: the stop string that was completed, or None.
    """

    text: str
    num_tokens: int
    stop: str | None = None


class TextAssembly:
    """Assembles the text of one choice.

    Args:
        stops: strings that end the text and aren't part of it; where several end a text, the one that
            is complete first counts.
    """

    def __init__(self, stops: Sequence[str] = ()) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._stops = tuple(stop for stop in stops if stop)
        self._held = ""
        self._num_shown = 0
        self._token_spans: deque[tuple[int, int]] = deque()

    def push(self, data: bytes) -> Assembled:
        """Take a token's bytes."""
        start = self._num_shown + len(self._held)
        self._held += self._decoder.decode(data)
        has_partial_character = bool(self._decoder.getstate()[0])
        end = self._num_shown + len(self._held) + has_partial_character
        self._token_spans.append((start, end))
        return self._show()

    def finish(self) -> Assembled:
        """Show all that was held back; bytes that never became a character show as U+FFFD."""
        self._held += self._decoder.decode(b"", final=True)
        shown = self._show()
        if shown.stop is not None:
            return shown
        text, self._held = shown.text + self._held, ""
        num_tokens = shown.num_tokens + len(self._token_spans)
        self._token_spans.clear()
        return Assembled(text, num_tokens)

    def _show(self) -> Assembled:
        stop = self._find_stop()
        if stop is not None:
            position, found = stop
            return self._stop_at(position, found)
        held = max((num_begun(self._held, stop) for stop in self._stops), default=0)
        return self._take(len(self._held) - held)

    def _find_stop(self) -> tuple[int, str] | None:
        hits = [(position, stop) for stop in self._stops if (position := self._held.find(stop)) >= 0]
        return min(hits, key=lambda hit: (hit[0] + len(hit[1]), hit[0]), default=None)

    def _stop_at(self, position: int, stop: str) -> Assembled:
        """Show what precedes the stop string, and the tokens that have a part in it."""
        end = self._num_shown + position
        num_tokens = sum(start < end for start, _ in self._token_spans)
        text, self._held = self._held[:position], ""
        self._token_spans.clear()
        return Assembled(text, num_tokens, stop)

    def _take(self, num_characters: int) -> Assembled:
        text, self._held = self._held[:num_characters], self._held[num_characters:]
        self._num_shown += num_characters
        num_tokens = 0
        while text and self._token_spans and self._token_spans[0][1] <= self._num_shown:
            self._token_spans.popleft()
            num_tokens += 1
        return Assembled(text, num_tokens)
