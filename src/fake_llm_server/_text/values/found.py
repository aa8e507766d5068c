"""The values that stand in a text, each with its kind and its neighbourhood."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fake_llm_server._text.values.patterns import (
    AFTER_PREPOSITION,
    CHIEF_OF,
    CJK_TOPIC,
    EXPRESSION,
    FORMS,
    MASKING,
    NAME,
    NUMBER,
    SQL,
    THING,
    WORD_NUMBER,
)
from fake_llm_server._text.values.sources import Source, SourceKind
from fake_llm_server._text.values.words import (
    ARTICLES,
    CURRENCY_OF,
    ENDS,
    FEW_WORDS,
    LANGUAGES,
    MAGNITUDES,
    MONTHS,
    NUMBER_WORDS,
    RELATIVE_DAYS,
    VERBS,
    WEEKDAYS,
)

MAX_VALUES = 120
"""Of one text: what comes later isn't looked at."""

_HUNDRED = 100
_NEAR = 40
"""Characters of the neighbourhood on each side."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value where it stands.

    Attributes:
        kind: by which it was recognised, such as `email` or `name`.
        text: what would be taken over.
        start: of the whole of it in its text, quotation marks included.
        end: where it ends.
        number: what a number amounts to.
        before: what stands before it, in lower case.
        after: what stands after it, in lower case.
        source: the text it stands in.
        is_quoted: whether it is a part of a quotation.
    """

    kind: str
    text: str
    start: int
    end: int
    before: str
    after: str
    source: SourceKind
    number: int | float | None = None
    is_quoted: bool = False

    def overlaps(self, other: "Value") -> bool:
        """Whether both share a character of one text."""
        return self.source == other.source and self.start < other.end and other.start < self.end


def find_values(source: Source) -> list[Value]:
    """The values of a text, in the order in which they stand there."""
    finder = _Finder(source)
    for kind, pattern in FORMS:
        for match in pattern.finditer(source.text):
            finder.add(kind, match, _inner(match), is_masking=kind in MASKING)
    for match in SQL.finditer(source.text):
        finder.add("sql", match, match.group().strip().rstrip(".?!"))
    for match in EXPRESSION.finditer(source.text):
        finder.add("expression", match, match.group().strip())
    _find_numbers(finder, source.text)
    _find_names(finder, source.text)
    return sorted(finder.values, key=lambda value: (value.start, -value.end))[:MAX_VALUES]


class _Finder:
    """Gathers values, without those in places that belong to another one."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._masked = bytearray(len(source.text))
        self._quoted: list[tuple[int, int]] = []
        self.values: list[Value] = []

    def free_end(self, start: int, end: int) -> int:
        """Where the first place begins that belongs to another value, at most `end`."""
        taken = self._masked.find(1, start, end)
        return end if taken < 0 else taken

    def add(
        self,
        kind: str,
        match: re.Match[str],
        text: str,
        *,
        number: float | None = None,
        is_masking: bool = False,
        span: tuple[int, int] | None = None,
    ) -> None:
        start, end = span or match.span()
        if not text or any(self._masked[start:end]):
            return
        if is_masking:
            self._masked[start:end] = b"\1" * (end - start)
        is_quoted = any(first < start and end < last for first, last in self._quoted)
        if kind in ("quote", "code"):
            self._quoted.append((start, end))
        whole = self._source.text
        before, after = whole[max(0, start - _NEAR) : start].lower(), whole[end : end + _NEAR].lower()
        self.values.append(Value(kind, text, start, end, before, after, self._source.kind, number, is_quoted))


def _inner(match: re.Match[str]) -> str:
    """What a pattern's group has, or the whole."""
    return next((group for group in match.groups() if group), match.group())


def _find_numbers(finder: _Finder, text: str) -> None:
    for match in NUMBER.finditer(text):
        number = read_number(match["digits"]) * MAGNITUDES.get((match["magnitude"] or "").lower(), 1)
        is_negative = match.group().startswith("-")
        finder.add("number", match, match.group(), number=-number if is_negative else number)
    for match in WORD_NUMBER.finditer(text):
        words = re.split(r"[ -]", match.group().lower())
        kind = "article" if len(words) == 1 and words[0] in ARTICLES else "number"
        finder.add(kind, match, match.group(), number=_read_words(words))
    for match in THING.finditer(text):
        thing = _take_words(match["thing"])
        if thing:
            finder.add("thing", match, thing, span=(match.start("thing"), match.start("thing") + len(thing)))


def read_number(digits: str) -> int | float:
    """What digits with separators amount to; a comma that doesn't part thousands is a point."""
    if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", digits):
        digits = digits.replace(",", "")
    elif re.fullmatch(r"\d{1,3}(\.\d{3}){2,}", digits):
        digits = digits.replace(".", "")
    digits = digits.replace(",", ".")
    return float(digits) if "." in digits else int(digits)


def _read_words(words: list[str]) -> int:
    """Number words one after the other: twenty five, two hundred."""
    total = 0
    for word in words:
        number = NUMBER_WORDS[word]
        if number == _HUNDRED and total:
            total *= number
        elif total % 10 == 0:
            total += number
        else:
            return total
    return total


def _find_names(finder: _Finder, text: str) -> None:
    for match in NAME.finditer(text):
        for start, end in _trim_name(text, match.start(), finder.free_end(*match.span())):
            finder.add("name", match, text[start:end], span=(start, end))
    for match in AFTER_PREPOSITION.finditer(text):
        kept = _take_words(match[2])
        if kept:
            finder.add("lower", match, kept, span=(match.start(2), match.start(2) + len(kept)))
    for match in CJK_TOPIC.finditer(text):
        finder.add("name", match, match[1], span=match.span(1))


def _trim_name(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A run of capitalized words without those that only begin a sentence, and without days and months."""
    title = CHIEF_OF.match(text[start:end])
    start += title.end() if title else 0  # the CEO of a company is no part of its name
    while start < end:
        word = re.match(r"[\w'\u2019-]+\.?", text[start:end])
        if word is None:
            return
        plain_word = word.group().rstrip(".").lower()
        first = plain_word.split("'")[0].split("\u2019")[0]
        is_filler = first in FEW_WORDS or (first in VERBS and _begins_sentence(text, start))
        if not is_filler and not _is_calendar(plain_word):
            break
        start += word.end() + (1 if text[start + word.end() : start + word.end() + 1] == " " else 0)
    name = text[start:end].rstrip(" ,")
    if re.match(r" [a-z]+", text[end:]) and not _LITTLE.match(text[end:]):
        name = re.sub(r"['\u2019]s$", "", name)  # Bob's email, but a table at Luigi's
    if name.endswith(".") and not re.search(r"\b[A-Z]\.$", name):
        name = name[:-1]
    if name and name != "I":
        yield start, start + len(name)


_LITTLE = re.compile(r" (?:at|on|for|in|to|from|and|or|with|by|tomorrow|today|tonight|next|please)\b")


def _is_calendar(word: str) -> bool:
    return word in WEEKDAYS or (word in MONTHS and word != "mar") or word in RELATIVE_DAYS


def _begins_sentence(text: str, start: int) -> bool:
    before = text[:start].rstrip(" ")
    return not before or before[-1] in ".!?\n:;,\"'“„(-*"


def _take_words(text: str) -> str:
    """The first words of a text up to one that only belongs to how something is asked."""
    kept = []
    for word in text.split(" "):
        if (
            word in FEW_WORDS
            or word in ENDS
            or _is_calendar(word)
            or word in LANGUAGES
            or word in CURRENCY_OF
        ):
            break
        kept.append(word)
    return " ".join(kept)
