"""Splits texts as streams bring them."""

import re

_WORDS = re.compile(r"\s*\S+|\s+$")


def split_words(text: str) -> list[str]:
    """A text at its words, white space before each."""
    return _WORDS.findall(text)
