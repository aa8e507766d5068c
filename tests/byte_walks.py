"""Texts of a schema's language, byte by byte, without a model."""

import json
import random
from functools import cache
from typing import Any

import numpy as np
from llguidance import LLMatcher, LLTokenizer
from llguidance._tokenizer import TokenizerWrapper

_END = 255


class _Bytes:
    """A vocabulary of bytes; the last token ends a text."""

    eos_token_id = _END
    bos_token_id = None
    special_token_ids = (_END,)
    tokens = (*(bytes([number]) for number in range(_END)), b"\xff<end>")

    def __call__(self, text: bytes) -> list[int]:
        return list(text)


@cache
def _tokenizer() -> Any:
    return LLTokenizer(TokenizerWrapper(_Bytes()))


def write_text(schema: Any, chance: random.Random, *, max_bytes: int) -> str:
    """A text that satisfies a schema for llguidance, each byte drawn from those that may come.

    Raises:
        ValueError: no grammar can be made of it, its language has dead ends, or the text is too long.
    """
    matcher = LLMatcher(_tokenizer(), LLMatcher.grammar_from_json_schema(json.dumps(schema)), log_level=0)
    written = bytearray()
    while matcher.is_error() or not matcher.is_stopped():
        if matcher.is_error():
            raise ValueError(matcher.get_error())
        mask = np.frombuffer(matcher.compute_bitmask(), dtype=np.uint8)
        allowed = np.unpackbits(mask, bitorder="little")[: _END + 1].nonzero()[0]
        if not len(allowed) or len(written) == max_bytes:
            raise ValueError(f"No end after {bytes(written[:200])!r}")
        token = int(chance.choice(allowed))
        if token == _END:
            break
        matcher.consume_token(token)
        written.append(token)
    return written.decode()
