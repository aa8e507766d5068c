"""Compiles a constraint and follows it for a while, in this process or in one that can be ended.

This file is also the program of that process (`trial_process.py` starts it), so it imports nothing of this
package: llguidance and NumPy are all that has to be loaded.
"""

import json
import pickle
import sys
import time
from typing import Any

import numpy as np
from llguidance import LLMatcher, LLParserLimits, LLTokenizer
from llguidance._tokenizer import TokenizerWrapper

_NUM_STEPS = 48
_MAX_FOLLOW_S = 2.0
# Whitespace between JSON tokens is never wanted, and a small model may emit it without end.
_COMPACT_JSON: Any = {"whitespace_flexible": False}
_MAX_LEXER_STATES = 50_000
"""Each takes 1 to 2 kB."""

_MAX_ROW_ITEMS = 10_000
_MAX_STEP_ITEMS = 100_000
"""Of the parser; llguidance's own 2,000 and 50,000 are too few for an object of 600 optional properties."""

_UNSATISFIABLE = "No text satisfies it."
"""As `constraint_words` has it."""


class ConstraintFault(Exception):  # noqa: N818 - not an error of this package: it may be raised in another process
    """Why a constraint can't be used, most often in llguidance's words, which aren't for clients."""


def compile_matcher(tokenizer: Any, kind: str, source: str) -> Any:
    """An `LLMatcher` at the start of the language.

    Raises:
        ConstraintFault: it is malformed, contradictory or unsupported, or passes llguidance's limits.
    """
    limits = LLParserLimits(
        verbose_errors=False,
        max_lexer_states=_MAX_LEXER_STATES,
        max_items_in_row=_MAX_ROW_ITEMS,
        step_max_items=_MAX_STEP_ITEMS,
    )
    try:
        matcher = LLMatcher(tokenizer, _write_grammar(kind, source), log_level=0, limits=limits)
    except (ValueError, RecursionError) as error:
        raise ConstraintFault(str(error)) from error
    check_matcher(matcher)
    return matcher


def check_matcher(matcher: Any) -> None:
    """Raise ConstraintFault if a matcher can't go on."""
    if matcher.is_error():
        raise ConstraintFault(matcher.get_error())


def allowed_tokens(matcher: Any, vocabulary_size: int) -> Any:
    """Which tokens may come next, as an array of booleans.

    Raises:
        ConstraintFault: none may come, or it passes llguidance's limits.
    """
    packed = np.frombuffer(matcher.compute_bitmask(), dtype=np.uint8)
    check_matcher(matcher)
    bits = np.unpackbits(packed, count=vocabulary_size, bitorder="little").view(np.bool_)
    if not bits.any():
        raise ConstraintFault(_UNSATISFIABLE)
    return bits


def _write_grammar(kind: str, source: str) -> str:
    if kind == "json_schema":
        schema = json.dumps(json.loads(source))
        return str(LLMatcher.grammar_from_json_schema(schema, defaults=_COMPACT_JSON))
    write = LLMatcher.grammar_from_regex if kind == "regex" else LLMatcher.grammar_from_lark
    return str(write(source))


def try_out(tokenizer: Any, vocabulary_size: int, kind: str, source: str) -> str | None:
    """Compile a constraint, and follow texts of it: those of its first, middle and last tokens.

    Returns:
        Why it can't be used, or None.
    """
    try:
        matcher = compile_matcher(tokenizer, kind, source)
        end_s = time.monotonic() + _MAX_FOLLOW_S
        for share in (0.0, 0.5, 1.0):
            _follow(matcher.deep_copy(), vocabulary_size, share, end_s)
    except ConstraintFault as fault:
        return str(fault)
    return None


def _follow(matcher: Any, vocabulary_size: int, share: float, end_s: float) -> None:
    for _ in range(_NUM_STEPS):
        if matcher.is_stopped() or time.monotonic() > end_s:
            return
        allowed = allowed_tokens(matcher, vocabulary_size).nonzero()[0]
        matcher.consume_token(int(allowed[int(share * (len(allowed) - 1))]))
        check_matcher(matcher)


class _Pieces:
    """A vocabulary as `TokenizerWrapper` wants it; forced text is split into the longest tokens there are."""

    def __init__(self, tokens: list[bytes], ends: list[int]) -> None:
        self.tokens = tokens
        self.eos_token_id = ends[0]
        self.bos_token_id = None
        self.special_token_ids = [number for number, token in enumerate(tokens) if token[:1] == b"\xff"]

        self._ids = {token: number for number, token in enumerate(tokens)}
        self._max_bytes = max(map(len, tokens))

    def __call__(self, text: bytes) -> list[int]:
        ids, start = [], 0
        while start < len(text):
            ends = range(min(len(text), start + self._max_bytes), start, -1)
            end = next((end for end in ends if text[start:end] in self._ids), None)
            if end is None:
                break
            ids.append(self._ids[text[start:end]])
            start = end
        return ids


def _bound_memory(max_bytes: int) -> None:
    """Have the system refuse more memory; where it can't, whoever started this process looks after it."""
    try:
        import resource  # noqa: PLC0415 - Windows has none

        resource.setrlimit(resource.RLIMIT_AS, (max_bytes, max_bytes))
    except (ImportError, OSError, ValueError):
        pass


def _answer(outcome: str | None) -> None:
    sys.stdout.write(f"{json.dumps(outcome)}\n")
    sys.stdout.flush()


def main() -> None:
    """Read a vocabulary, and then try out constraints, until there are no more."""
    given = sys.stdin.buffer
    tokens, ends, max_bytes = pickle.load(given)  # noqa: S301 - from the process that started this one
    tokenizer = LLTokenizer(TokenizerWrapper(_Pieces(tokens, ends)), eos_token=ends)
    _bound_memory(max_bytes)
    _answer("ready")
    while True:
        try:
            kind, source = pickle.load(given)  # noqa: S301 - as above
        except EOFError:
            return
        _answer(try_out(tokenizer, len(tokens), kind, source))


if __name__ == "__main__":
    main()
