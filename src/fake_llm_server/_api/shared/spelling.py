"""Finds the names that a misspelt one may have meant."""

from collections.abc import Collection

MAX_DISTANCE = 2
"""Edits by which a name may differ from the one that was meant, as OpenAI counts them."""


def find_similar(name: str, known: Collection[str]) -> list[str]:
    """The names of `known` that are nearly `name`, the nearest first, equally near ones by the alphabet."""
    near = [other for other in known if abs(len(other) - len(name)) <= MAX_DISTANCE]
    distances = {other: count_edits(name, other) for other in near}
    similar = [other for other in near if distances[other] <= MAX_DISTANCE]
    return sorted(similar, key=lambda other: (distances[other], other))


def count_edits(left: str, right: str) -> int:
    """How many characters must be put in, taken out or replaced to make one of the other (Levenshtein)."""
    row = list(range(len(right) + 1))
    for position, character in enumerate(left, start=1):
        diagonal, row[0] = row[0], position
        for column, other in enumerate(right, start=1):
            replaced = diagonal + (character != other)
            diagonal = row[column]
            row[column] = min(replaced, diagonal + 1, row[column - 1] + 1)
    return row[-1]
