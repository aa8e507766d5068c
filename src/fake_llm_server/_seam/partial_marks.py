"""Marks that may stand, whole or begun, at the end of a text that comes in pieces."""


def num_begun(text: str, mark: str) -> int:
    """Length of the longest tail of `text` that begins `mark`, and isn't all of it."""
    for length in range(min(len(text), len(mark) - 1), 0, -1):
        if mark.startswith(text[-length:]):
            return length
    return 0
