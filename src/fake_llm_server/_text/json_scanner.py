"""Finds where a JSON value ends in text that comes in pieces."""

from dataclasses import dataclass


@dataclass(slots=True)
class JsonScanner:
    """Follows one JSON object or array, character by character, to its closing bracket."""

    depth: int = 0
    is_in_string: bool = False
    is_escaped: bool = False
    is_complete: bool = False

    def feed(self, text: str) -> int:
        """Read on; return how many characters of `text` belong to the value."""
        for position, character in enumerate(text):
            if self.is_in_string:
                self._read_in_string(character)
            elif character == '"':
                self.is_in_string = True
            elif character in "{[":
                self.depth += 1
            elif character in "}]":
                self.depth -= 1
                if self.depth == 0:
                    self.is_complete = True
                    return position + 1
        return len(text)

    def _read_in_string(self, character: str) -> None:
        if self.is_escaped:
            self.is_escaped = False
        elif character == "\\":
            self.is_escaped = True
        elif character == '"':
            self.is_in_string = False
