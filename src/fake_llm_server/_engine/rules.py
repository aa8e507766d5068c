"""The rules that make an answer a function of its request alone. Measurements: docs/engine.md.

llama.cpp's results depend on the shape of the call that computes them. So each shape here is a function
of the request alone:

1. One KV stream for each slot, flash attention off. A unified cache, or flash attention (which splits
   long contexts among threads when one sequence is alone), gives other bits in company than alone.
2. A prompt is prefilled by itself, in chunks of `CHUNK` tokens counted from position 0; the last chunk
   is what remains. So a chunk's shape depends on the prompt alone.
3. A cached prefix is reused up to a chunk border only. The last chunk comes from the cache as well where
   the whole prompt is equal: then its state and the logits after it are those of a cold run. KV of decoded
   tokens is never reused: it was computed in another shape than a prefill would. So warm equals cold.
4. Sequences are decoded in one call only where the self-check (`self_check.py`) found each row's logits
   to be the same bits alone and in company; elsewhere one by one.
5. Tokens that a constraint forces are evaluated by themselves, together with the token before them, in
   runs of at most `FORCED_RUN`; their grouping depends on the sequence's own tokens alone.
6. Each choice draws from a random stream of its own, seeded by (seed, choice).
7. The weights, what llama.cpp was built for and library versions name the engine's fingerprint; the
   thread count does where the self-check found that it matters.
"""

CHUNK = 16
"""Tokens of a prefill chunk. Chunks of 64 prefill a tenth faster, but a warm prompt then starts later."""

PREFILL_PER_STEP = 32
"""Prompt tokens to evaluate before running sequences get their turn again."""

FORCED_RUN = 16
"""Most tokens of a forced run in one call."""


def chunk_end(position: int, num_prompt_tokens: int) -> int:
    """Where the prefill chunk that begins at `position` ends."""
    return min((position // CHUNK + 1) * CHUNK, num_prompt_tokens)


def last_border(num_tokens: int) -> int:
    """The last chunk border at or before `num_tokens`."""
    return num_tokens // CHUNK * CHUNK


def num_reusable(num_prompt_tokens: int) -> int:
    """How much of a prompt may come from a cache: up to a border, and never its last token."""
    return last_border(num_prompt_tokens - 1)
