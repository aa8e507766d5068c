"""KV states of former prompts and the logits after them, least recently used first to go.

States are opaque here: whoever runs the context saves and restores them. They are kept outside of the
slots, because llama.cpp decodes slots in one go only where they are neighbours: running sequences stay
packed in the lowest slots, and any number of prefixes stays warm.
"""

from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from fake_llm_server._engine.rules import ChunkedPrompt
from fake_llm_server._engine.sampling import Logits


class Sized(Protocol):
    """A state that knows its memory."""

    @property
    def nbytes(self) -> int:
        """Bytes that it occupies."""


State = TypeVar("State", bound=Sized)


@dataclass(frozen=True, slots=True)
class Prefix(Generic[State]):
    """A cached prefix, or a whole prompt.

    Attributes:
        prompt: from position 0; of a prefix whole chunks.
        state: of a slot that holds exactly these.
        logits: after the last token; None unless these are a whole prompt.
    """

    prompt: ChunkedPrompt
    state: State
    logits: Logits | None = None

    @property
    def nbytes(self) -> int:
        """Bytes that it occupies."""
        return self.state.nbytes + (0 if self.logits is None else self.logits.nbytes)


class PrefixCache(Generic[State]):
    """A bounded store of prefixes and whole prompts.

    Args:
        max_bytes: of all states and logits together; 0 keeps nothing.
        can_cut: whether a state can be cut back to any chunk border; else it serves as a whole or not at all.
    """

    def __init__(self, max_bytes: int, *, can_cut: bool = True) -> None:
        self._max_bytes = max_bytes
        self._can_cut = can_cut
        self._prefixes: dict[tuple[int, ...], Prefix[State]] = {}  # least recently used first
        self._num_bytes = 0

    @property
    def num_bytes(self) -> int:
        """Bytes of all states and logits."""
        return self._num_bytes

    def find_whole(self, prompt: tuple[int, ...]) -> tuple[State, Logits] | None:
        """Find what a whole prompt came to, its state and its logits, and mark it as used."""
        found = self._prefixes.get(prompt)
        if found is None or found.logits is None:
            return None
        self._use(found)
        return found.state, found.logits

    def match(self, prompt: ChunkedPrompt) -> tuple[State | None, int]:
        """Find the prefix that spares most of a prompt, and mark it as used.

        Returns:
            Its state and how many of its tokens to keep; None and 0 where nothing matches.
        """
        usable = [(self._num_usable(prefix, prompt), prefix) for prefix in self._prefixes.values()]
        num_reused, best = max(usable, key=lambda hit: hit[0], default=(0, None))
        if best is None or num_reused == 0:
            return None, 0
        self._use(best)
        return best.state, num_reused

    def _use(self, prefix: Prefix[State]) -> None:
        self._prefixes[prefix.prompt.tokens] = self._prefixes.pop(prefix.prompt.tokens)

    def _num_usable(self, prefix: Prefix[State], prompt: ChunkedPrompt) -> int:
        shared = num_shared(prefix.prompt, prompt)
        return shared if self._can_cut or shared == len(prefix.prompt.tokens) else 0

    @property
    def keeps_anything(self) -> bool:
        """Whether there is room at all."""
        return self._max_bytes > 0

    def borders_to_save(self, prompt: ChunkedPrompt) -> frozenset[int]:
        """Where a sequence is worth saving while this prompt is prefilled, before its end.

        Nowhere, if the whole prompt's state can be cut back. Else at the last border that the same beginning
        could reuse, and where the prompt parts from a cached one: what two have begun with, a third will.
        """
        if not self.keeps_anything or self._can_cut:
            return frozenset()
        parting = max((num_shared(kept.prompt, prompt) for kept in self._prefixes.values()), default=0)
        borders = {prompt.last_inner_border, parting} - {0}
        return frozenset(border for border in borders if prompt.tokens[:border] not in self._prefixes)

    def add(self, prompt: ChunkedPrompt, state: State, logits: Logits | None = None) -> None:
        """Keep the state of a prompt's beginning, or of the whole with the logits after it.

        What it makes superfluous goes, then the least recently used.
        """
        added = Prefix(prompt, state, logits)
        if added.nbytes > self._max_bytes:
            return
        for kept in [kept for kept in self._prefixes.values() if self._covers(added, kept)]:
            self._drop(kept)
        self._prefixes[prompt.tokens] = added
        self._num_bytes += added.nbytes
        while self._num_bytes > self._max_bytes:
            self._drop(next(iter(self._prefixes.values())))

    def _covers(self, added: Prefix[State], kept: Prefix[State]) -> bool:
        """Whether a prefix is of no use beside another; a whole prompt always is, for its logits."""
        tokens, others = added.prompt.tokens, kept.prompt.tokens
        if tokens == others:
            return True
        return self._can_cut and kept.logits is None and tokens[: len(others)] == others

    def _drop(self, prefix: Prefix[State]) -> None:
        del self._prefixes[prefix.prompt.tokens]
        self._num_bytes -= prefix.nbytes

    def clear(self) -> None:
        """Forget everything."""
        self._prefixes.clear()
        self._num_bytes = 0


def num_shared(cached: ChunkedPrompt, prompt: ChunkedPrompt) -> int:
    """How many tokens of `prompt` may be reused from `cached`: equal ones, up to a border that both have.

    The last chunk is never among them: it is evaluated for its logits.
    """
    start = 0
    for end, other in zip(prompt.borders[:-1], cached.borders, strict=False):
        if end != other or cached.tokens[start:end] != prompt.tokens[start:end]:
            break
        start = end
    return start
