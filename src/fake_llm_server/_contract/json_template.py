"""Writes JSON that is the same each time but for one text, as most events of a stream are."""

from collections.abc import Callable

from pydantic_core import to_json


class JsonTemplate:
    """Wire types write the JSON once; after that only the text is written.

    Args:
        write: writes the JSON with a text as one of its strings, by `dump_json`.
    """

    def __init__(self, write: Callable[[str], bytes]) -> None:
        marker, without = b"~", write("")
        while marker in without:
            marker += b"~"
        self._before, self._after = write(marker.decode()).split(b'"%b"' % marker)

    def fill(self, text: str) -> bytes:
        """The JSON with this text."""
        return self._before + to_json(text) + self._after
