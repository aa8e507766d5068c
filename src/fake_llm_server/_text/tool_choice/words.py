"""The words of a text, in a form in which those of a request and of a tool can be compared.

A word is in lower case, without accents and without an ending: `Tables` and `table` are one word. Chinese and
Japanese have no spaces, so there each pair of neighbouring characters is a word, without the characters that
only carry grammar.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

_WORD = re.compile(r"[a-z]+|\d+|[^\W\d_a-z]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_IDEOGRAPHS = re.compile(r"[\u30a0-\u30ff\u3400-\u9fff]{2,}")
_ACCENTS = re.compile(r"[\u0300-\u036f]")
_ENDINGS = ("ations", "ation", "ings", "ing", "ies", "ers", "ed", "es", "er", "en", "s", "e", "y")
_LEAST_STEM = 3
_ONE_SLIP = 0.8
_SIGNS = [
    (re.compile(rf"(?<=\d){sign}(?=\d)"), f" {word} ")
    for sign, word in (
        (r"\s*[*\u00d7]\s*", "multiply"),
        (r"\s*\+\s*", "plus"),
        (r"\s*\u00f7\s*", "divide"),
        (" / ", "divide"),
        (" - ", "minus"),
    )
]
_MINE = re.compile(r"\bmy\b", re.IGNORECASE)

WORDS: dict[str, str] = tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))
"""The lists of `words.toml`."""


def any_of(name: str) -> str:
    """A list of `words.toml` as one regular expression."""
    return "|".join(WORDS[name].strip().splitlines())


FEW_WORDS = frozenset(WORDS["few"].split())
"""Words without a meaning of their own, without their accents."""


def split_words(text: str) -> list[str]:
    """The words of a text or an identifier, in their order, without those that mean nothing by themselves."""
    return [stem(word) for word in plain_words(text) if word not in FEW_WORDS]


def plain_words(text: str) -> list[str]:
    """All words of a text or an identifier, in lower case and without accents."""
    return list(_iter_words(text))


def _iter_words(text: str) -> Iterator[str]:
    for run in _IDEOGRAPHS.findall(text):
        yield from (run[at : at + 2] for at in range(len(run) - 1))
    text = _IDEOGRAPHS.sub(" ", _CAMEL.sub(" ", text)).lower()
    if not text.isascii():
        text = _ACCENTS.sub("", unicodedata.normalize("NFKD", text))
    yield from _WORD.findall(text)


@lru_cache(4096)
def stem(word: str) -> str:
    """A word without its ending, as far as three letters are left."""
    if not word.isascii():
        return word
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _LEAST_STEM:
            word = word[: -len(ending)]
            break
    is_doubled = len(word) > _LEAST_STEM and word[-1] == word[-2] and word[-1] not in "aeiouls"
    return word[:-1] if is_doubled else word


@lru_cache(4096)
def trigrams(word: str) -> frozenset[str]:
    """The triples of characters of a word, with its beginning and its end marked."""
    marked = f"^{word}$"
    return frozenset(marked[at : at + 3] for at in range(len(marked) - 2))


def likeness(one: str, other: str) -> float:
    """How much two words are spelled alike, in [0, 1].

    It is what they share of their triples (Dice), but 0.8 where one letter is left out, added, changed, or
    swapped with its neighbour.
    """
    if abs(len(one) - len(other)) <= 1 and one[0] == other[0] and _is_one_slip(one, other):
        return _ONE_SLIP
    ours, theirs = trigrams(one), trigrams(other)
    return 2 * len(ours & theirs) / (len(ours) + len(theirs))


def _is_one_slip(one: str, other: str) -> bool:
    pairs = enumerate(zip(one, other, strict=False))
    first = next((at for at, (ours, theirs) in pairs if ours != theirs), min(len(one), len(other)))
    ours, theirs = one[first:], other[first:]
    is_changed = ours[1:] == theirs[1:] or ours[1:] == theirs or ours == theirs[1:]
    return is_changed or (ours[:2] == theirs[1::-1] and ours[2:] == theirs[2:])


def spell_out(text: str) -> str:
    """A text with words for the signs of its calculations, and for whose a thing is that is `my`."""
    for sign, word in _SIGNS:
        text = sign.sub(word, text)
    return _MINE.sub("my user", text)
