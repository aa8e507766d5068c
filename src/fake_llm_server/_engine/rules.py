"""The rules that make an answer a function of its request alone. Measurements: docs/engine.md.

llama.cpp's results depend on the shape of the call that computes them. So each shape here is a function
of the request alone:

1. One KV stream for each slot, flash attention off. A unified cache, or flash attention (which splits
   long contexts among threads when one sequence is alone), gives other bits in company than alone.
2. A prompt is prefilled by itself, in chunks whose borders `chunk_prompt` makes of its tokens alone, from
   left to right.
3. A cached prefix is reused up to a border that both prompts have. The last chunk comes from the cache as
   well where the whole prompt is equal: then its state and the logits after it are those of a cold run. KV
   of decoded tokens is never reused: it was computed in another shape than a prefill would. So warm equals
   cold.
4. Sequences are decoded in one call only where the self-check (`self_check.py`) found each row's logits
   to be the same bits alone and in company; elsewhere one by one.
5. Tokens that a constraint forces are evaluated by themselves, together with the token before them, in
   runs of at most `FORCED_RUN`; their grouping depends on the sequence's own tokens alone.
6. Each choice draws from a random stream of its own, seeded by (seed, choice).
7. The weights, what llama.cpp was built for and library versions name the engine's fingerprint; the
   thread count does where the self-check found that it matters.
"""

from collections.abc import Callable
from dataclasses import dataclass

MAX_CHUNK = 64
"""Most tokens of a prefill chunk: larger ones are faster, but running sequences wait for them."""

MIN_CHUNK = 16
"""Fewest tokens of a chunk that ends where a message begins: short ones are slow for each token."""

PREFILL_PER_STEP = 64
"""Prompt tokens to evaluate before running sequences get their turn again; at least one chunk."""

FORCED_RUN = 16
"""Most tokens of a forced run in one call."""


@dataclass(frozen=True, slots=True)
class ChunkedPrompt:
    """A prompt, or the beginning of one, with the chunks in which it is prefilled.

    Attributes:
        tokens: token ids, at least one.
        borders: where the chunks end, in ascending order; the last is the number of tokens.
    """

    tokens: tuple[int, ...]
    borders: tuple[int, ...]

    @property
    def last_inner_border(self) -> int:
        """Where the last chunk begins: so much may come from the cached prefix of another prompt."""
        return self.borders[-2] if len(self.borders) > 1 else 0

    def until(self, border: int) -> "ChunkedPrompt":
        """The beginning up to a border."""
        return ChunkedPrompt(self.tokens[:border], tuple(each for each in self.borders if each <= border))


def chunk_prompt(tokens: tuple[int, ...], is_control: Callable[[int], bool]) -> ChunkedPrompt:
    """Choose the chunks in which a prompt is prefilled, from its tokens alone, from left to right.

    A chunk ends before a control token, with which the templates of chats begin and end messages, or when
    it is full. So prompts that begin with the same messages have borders in common where these end. The
    marks at the prompt's own end, where the answer begins, are no chunk of their own.

    Args:
        tokens: token ids, at least one.
        is_control: whether a token is a control token.
    """
    borders = []
    start = 0
    last_mark = len(tokens) - MIN_CHUNK
    for position, token_id in enumerate(tokens):
        length = position - start
        is_at_mark = length >= MIN_CHUNK and position <= last_mark and is_control(token_id)
        if length == MAX_CHUNK or is_at_mark:
            borders.append(position)
            start = position
    return ChunkedPrompt(tokens, (*borders, len(tokens)))
