"""Whether a text is in the language of a grammar or of a regular expression."""

from functools import lru_cache
from typing import Any

from fake_llm_server._seam import Grammar

_NUM_SHOWN = 30


def find_grammar_fault(grammar: Grammar, text: str) -> str | None:
    """Why a text isn't in a language; None if it is, or if the grammar can't be used."""
    matcher = _compile(grammar)
    if matcher is None:
        return None
    symbols = text.encode()
    matcher = matcher.deep_copy()
    num_read = matcher.try_consume_tokens(list(symbols))
    if num_read < len(symbols):
        before = symbols[:num_read].decode(errors="ignore")
        after = symbols[num_read:].decode(errors="ignore")
        place = f"after {before[-_NUM_SHOWN:]!r} comes {after[:_NUM_SHOWN]!r}"
        return f"{place}, which the {grammar.syntax} grammar doesn't allow there"
    return None if matcher.is_accepting() else f"it ends before the {grammar.syntax} grammar lets it"


def is_usable(grammar: Grammar) -> bool:
    """Whether a model can write in a language."""
    return _compile(grammar) is not None


@lru_cache(maxsize=64)
def _compile(grammar: Grammar) -> Any:
    """A matcher of bytes at the start of the language."""
    from llguidance import LLMatcher  # noqa: PLC0415 - only replies that are held to a grammar pay for it

    write = LLMatcher.grammar_from_regex if grammar.syntax == "regex" else LLMatcher.grammar_from_lark
    matcher = LLMatcher(_read_bytes(), write(grammar.definition), log_level=0)
    return None if matcher.is_error() else matcher


@lru_cache(maxsize=1)
def _read_bytes() -> Any:
    from llguidance import LLTokenizer  # noqa: PLC0415 - as above

    return LLTokenizer("byte")
