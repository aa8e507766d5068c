"""KV states of former prompts, least recently used first to go.

States are opaque here: whoever runs the context saves and restores them. They are kept outside of the
slots, because llama.cpp decodes slots in one go only where they are neighbours: running sequences stay
packed in the lowest slots, and any number of prefixes stays warm.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from fake_llm_server._engine.rules import CHUNK, last_border, num_reusable


class Sized(Protocol):
    """A state that knows its memory."""

    @property
    def nbytes(self) -> int:
        """Bytes that it occupies."""


State = TypeVar("State", bound=Sized)


@dataclass(frozen=True, slots=True)
class Prefix(Generic[State]):
    """A cached prefix.

    Attributes:
        tokens: whole chunks, from position 0.
        state: of a slot that holds exactly these.
    """

    tokens: tuple[int, ...]
    state: State


class PrefixCache(Generic[State]):
    """A bounded store of prefixes.

    Args:
        max_bytes: of all states together; 0 keeps nothing.
        can_cut: whether a state can be cut back to any chunk border; else it serves as a whole or not at all.
    """

    def __init__(self, max_bytes: int, *, can_cut: bool = True) -> None:
        self._max_bytes = max_bytes
        self._can_cut = can_cut
        self._prefixes: list[Prefix[State]] = []  # least recently used first

    @property
    def num_bytes(self) -> int:
        """Bytes of all states."""
        return sum(prefix.state.nbytes for prefix in self._prefixes)

    def match(self, prompt: Sequence[int]) -> tuple[State | None, int]:
        """Find the prefix that spares most of a prompt, and mark it as used.

        Returns:
            Its state and how many of its tokens to keep; None and 0 where nothing matches.
        """
        usable = [(self._num_usable(prefix, prompt), prefix) for prefix in self._prefixes]
        num_reused, best = max(usable, key=lambda hit: hit[0], default=(0, None))
        if best is None or num_reused == 0:
            return None, 0
        self._prefixes.remove(best)
        self._prefixes.append(best)
        return best.state, num_reused

    def _num_usable(self, prefix: Prefix[State], prompt: Sequence[int]) -> int:
        shared = num_shared(prefix.tokens, prompt)
        return shared if self._can_cut or shared == len(prefix.tokens) else 0

    def borders_to_save(self, prompt: Sequence[int]) -> frozenset[int]:
        """Where a sequence is worth saving while this prompt is prefilled.

        At its last border; if states can't be cut back, at the last one that the same prompt could reuse, and
        where the prompt parts from a cached one: what two have begun with, a third will.
        """
        if self._max_bytes == 0:
            return frozenset()
        if self._can_cut:
            borders = {last_border(len(prompt))}
        else:
            parting = max((num_shared(prefix.tokens, prompt) for prefix in self._prefixes), default=0)
            borders = {num_reusable(len(prompt)), parting}
        return frozenset(border for border in borders - {0} if not self._covers(tuple(prompt[:border])))

    def _covers(self, tokens: tuple[int, ...]) -> bool:
        """Whether the state of these tokens can be had from what is cached."""
        begun = (prefix.tokens for prefix in self._prefixes if prefix.tokens[: len(tokens)] == tokens)
        return any(self._can_cut or kept == tokens for kept in begun)

    def add(self, tokens: Sequence[int], state: State) -> None:
        """Keep the state of whole chunks; what it makes superfluous goes, then the least recently used."""
        if state.nbytes > self._max_bytes:
            return
        added = tuple(tokens)
        if self._can_cut:
            self._prefixes = [kept for kept in self._prefixes if added[: len(kept.tokens)] != kept.tokens]
        self._prefixes.append(Prefix(added, state))
        while self.num_bytes > self._max_bytes:
            del self._prefixes[0]

    def clear(self) -> None:
        """Forget everything."""
        self._prefixes.clear()


def num_shared(cached: Sequence[int], prompt: Sequence[int]) -> int:
    """How many tokens of `prompt` may be reused from `cached`: equal ones, up to a chunk border."""
    limit = min(last_border(len(cached)), num_reusable(len(prompt)))
    position = 0
    while position < limit and cached[position : position + CHUNK] == prompt[position : position + CHUNK]:
        position += CHUNK
    return position
