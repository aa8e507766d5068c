"""Words of several languages by which values are recognised, from `words.toml`."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

TABLES: dict[str, Any] = tomllib.loads(files(__package__).joinpath("words.toml").read_text("utf-8"))


def _spaced(words: str) -> Iterator[str]:
    return (word.replace("_", " ") for word in words.split())


def _turned(table: Mapping[str, str]) -> dict[str, str]:
    """For each word of a table what it stands for."""
    return {word: key for key, words in table.items() for word in _spaced(words)}


def _counted(table: Mapping[str, str]) -> dict[str, int]:
    return {word: int(key) for word, key in _turned(table).items()}


def _group(name: str) -> frozenset[str]:
    return frozenset(TABLES["groups"][name].split())


NUMBER_WORDS = _counted(TABLES["numbers"])
MAGNITUDES = _counted(TABLES["magnitudes"])
MONTHS = _counted(TABLES["months"])
WEEKDAYS = _counted(TABLES["weekdays"])
RELATIVE_DAYS = _counted(TABLES["days"])
SECONDS = _counted(TABLES["seconds"])
LANGUAGES = _turned(TABLES["languages"])
CURRENCIES = frozenset(TABLES["currencies"])
CURRENCY_OF = _turned(TABLES["currencies"])
ROLES = _turned(TABLES["roles"])
ARTICLES = _group("articles")
COUNTRIES = _group("countries")
FEW_WORDS = _group("few")
VERBS = _group("verbs")
UNIT_WORDS = _group("units")
ENDS = _group("ends")
COUNTS = _group("counts")
ASKS = _group("asks")
PEOPLE = _group("people")
PLAIN_PLACES = _group("plain_places")
NAME_PARTS = _turned(TABLES["name_parts"])
SYNONYMS = tuple(frozenset(words.split()) for words in TABLES["synonyms"])
SPELLINGS = tuple(frozenset(_spaced(words)) for words in TABLES["spellings"])


def plain(text: str) -> str:
    """A text for comparison: lower case, with single spaces for white space, dashes and underscores."""
    return re.sub(r"[\s_\-]+", " ", text).strip().lower()
