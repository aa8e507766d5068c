"""What names of parameters mean: which kinds of values they ask for, and which words tell of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from fake_llm_server._text.values.words import TABLES


@dataclass(frozen=True, slots=True)
class Concept:
    """A thing that parameters ask for.

    Attributes:
        name: of the concept.
        words: in a parameter's name or description that tell of it.
        kinds: of values that can be it, with how well they suit, in [0, 1].
    """

    name: str
    words: frozenset[str]
    kinds: Mapping[str, float]


CONCEPTS = tuple(
    Concept(table["name"], frozenset(table["words"].split()), table["kinds"]) for table in TABLES["concepts"]
)
CONCEPT_OF_NAME = {concept.name: concept for concept in CONCEPTS}
CONCEPT_OF_WORD = {word: concept for concept in reversed(CONCEPTS) for word in concept.words}
"""Where several concepts have a word, it tells of the first."""
