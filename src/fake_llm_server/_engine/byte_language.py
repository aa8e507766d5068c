"""A vocabulary taken apart into bytes, and constraints compiled for it.

The shortest end of a text is looked for byte by byte: with 256 symbols in place of 50,000 tokens a step costs
microseconds, and equal texts are one text however they are split into tokens. A symbol is a byte; tokens that
are no text, such as control tokens, have symbols of their own above the bytes.
"""

from collections.abc import Sequence
from typing import Any

from llguidance import LLTokenizer
from llguidance._tokenizer import TokenizerWrapper

from fake_llm_server._engine.constraint_trial import compile_matcher

Symbols = tuple[int, ...]
"""A text, byte by byte; numbers above 255 are tokens that are no text."""

END = 255
"""The symbol that ends a text; no UTF-8 text has this byte."""

_FIRST_SPECIAL = 256
_SPECIAL_MARK = b"\xff"
_MAX_TOKEN_BYTES = 48
_MAX_WORD_BYTES = 14


class ByteLanguage:
    """Spells tokens in symbols, and writes symbols with the fewest tokens.

    Args:
        tokens: bytes of each token; a leading 0xFF marks one that is no text.
        ends: tokens that end an answer.

    Attributes:
        words: one token of lower-case letters of each length, longest first, as symbols.
    """

    def __init__(self, tokens: Sequence[bytes], ends: Sequence[int]) -> None:
        self._tokens = tokens
        self._ends = frozenset(ends)
        self._ids: dict[bytes, int] = {}
        self._specials: list[int] = []
        for token_id, token in enumerate(tokens):
            if token.startswith(_SPECIAL_MARK):
                self._specials.append(token_id)
            elif token and len(token) <= _MAX_TOKEN_BYTES:
                self._ids.setdefault(token, token_id)
        self._symbols = {token_id: _FIRST_SPECIAL + i for i, token_id in enumerate(self._specials)}
        self._longest = max(map(len, self._ids), default=1)
        self._single_bytes = {token[0] for token in self._ids if len(token) == 1}
        self.words = self._find_words()
        pieces = [bytes([byte]) for byte in range(END)] + [_SPECIAL_MARK + b"<end>"]
        pieces += [_name_special(tokens, token_id, self._ends) for token_id in self._specials]
        self._tokenizer = LLTokenizer(TokenizerWrapper(_SingleBytes(pieces)), eos_token=[END])

    def _find_words(self) -> list[Symbols]:
        by_length: dict[int, bytes] = {}
        for token in self._ids:
            is_better = 1 < len(token) <= _MAX_WORD_BYTES and len(token) not in by_length
            if is_better and token.isalpha() and token.islower():
                by_length[len(token)] = token
        return [tuple(by_length[length]) for length in sorted(by_length, reverse=True)]

    def compile(self, kind: str, source: str) -> Any:
        """An `LLMatcher` over symbols, at the start of the language.

        Raises:
            ConstraintFault: it can't be used.
        """
        return compile_matcher(self._tokenizer, kind, source)

    def spell(self, token_id: int) -> Symbols:
        """The symbols of a token that doesn't end the answer."""
        special = self._symbols.get(token_id)
        return tuple(self._tokens[token_id]) if special is None else (special,)

    def can_spell(self, symbols: Symbols) -> bool:
        """Whether the vocabulary has a token for each of the symbols."""
        return all(symbol >= _FIRST_SPECIAL or symbol in self._single_bytes for symbol in symbols)

    def write(self, symbols: Symbols) -> list[int] | None:
        """The fewest tokens that spell `symbols`, or None if the vocabulary can't."""
        tokens: list[int] = []
        start = 0
        for position, symbol in enumerate(symbols):
            if symbol >= _FIRST_SPECIAL:
                written = self._write_text(bytes(symbols[start:position]))
                if written is None:
                    return None
                tokens += [*written, self._specials[symbol - _FIRST_SPECIAL]]
                start = position + 1
        written = self._write_text(bytes(symbols[start:]))
        return None if written is None else tokens + written

    def _write_text(self, text: bytes) -> list[int] | None:
        """The fewest tokens; among equals the longest first."""
        num_bytes = len(text)
        fewest: list[int | None] = [None] * num_bytes + [0]
        lengths = [0] * num_bytes
        for start in range(num_bytes - 1, -1, -1):
            for end in range(min(num_bytes, start + self._longest), start, -1):
                rest, best = fewest[end], fewest[start]
                if rest is None or (best is not None and rest + 1 >= best):
                    continue
                if text[start:end] in self._ids:
                    fewest[start], lengths[start] = rest + 1, end - start
        if fewest[0] is None:
            return None
        tokens, start = [], 0
        while start < num_bytes:
            end = start + lengths[start]
            tokens.append(self._ids[text[start:end]])
            start = end
        return tokens


def _name_special(tokens: Sequence[bytes], token_id: int, ends: frozenset[int]) -> bytes:
    """A special token's name; one that ends answers can't be written in the midst of one."""
    return _SPECIAL_MARK + b"<end %d>" % token_id if token_id in ends else tokens[token_id]


class _SingleBytes:
    """The symbols as `TokenizerWrapper` wants them."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.tokens = pieces
        self.eos_token_id = END
        self.bos_token_id = None
        self.special_token_ids = list(range(END, len(pieces)))

    def __call__(self, text: bytes) -> list[int]:
        return list(text)
