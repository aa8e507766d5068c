"""Reads the text of a script file, in whichever format, and finds the line of a value again."""

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from fake_llm_server._control_api.documents.document import shorten
from fake_llm_server._control_api.documents.reading import Place
from fake_llm_server._control_api.files import toml_lines, yaml_nodes


class TextError(Exception):
    """A text isn't what its format says.

    Attributes:
        line: where, from 1; None if that isn't known.
    """

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.line = line


@dataclass(frozen=True, slots=True)
class Parsed:
    """A text that was read.

    Attributes:
        value: as JSON has it.
        find_line: of the value at a place, or else of what it is in, from 1; None if that isn't known.
    """

    value: Any
    find_line: Callable[[Place], int | None]


def parse_text(text: str, name: PurePath) -> Parsed:
    """Read a text in the format of a file's name.

    Raises:
        TextError: it can't be read, or the name has none of `FORMATS`.
    """
    parse = FORMATS.get(name.suffix.lower())
    if parse is None:
        raise TextError(f"a script file is named *{', *'.join(FORMATS)}")
    try:
        return parse(text)
    except RecursionError as error:
        raise TextError("it is nested too deeply") from error


def _parse_yaml(text: str) -> Parsed:
    try:
        root = yaml_nodes.compose(text)
        index = yaml_nodes.LineIndex(root)  # before the values: PyYAML changes nodes where it merges them
        return Parsed(yaml_nodes.construct(root), index.find)
    except yaml_nodes.NodeError as error:
        raise TextError(f"it is no YAML: {error}", error.line) from error


def _parse_json(text: str) -> Parsed:
    try:
        value = json.loads(text, object_pairs_hook=_refuse_twins)
    except json.JSONDecodeError as error:
        raise TextError(f"it is no JSON: {error.msg}", error.lineno) from error
    return Parsed(value, lambda place: _find_in_json(text, place))


def _refuse_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        twin = next(name for name in names if names.count(name) > 1)
        raise TextError(f"{shorten(twin)} stands twice in one object")
    return made


def _find_in_json(text: str, place: Place) -> int | None:
    """JSON is YAML, but for its tabs, which stand outside of strings; YAML's parser knows lines."""
    try:
        return yaml_nodes.LineIndex(yaml_nodes.compose(text.replace("\t", " "))).find(place)
    except yaml_nodes.NodeError:
        return None


def _parse_toml(text: str) -> Parsed:
    try:
        value = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        raise TextError(f"it is no TOML: {error}", int(found[1]) if found else None) from error
    return Parsed(value, lambda place: toml_lines.find_line(text, place))


FORMATS: Mapping[str, Callable[[str], Parsed]] = {
    ".yaml": _parse_yaml,
    ".yml": _parse_yaml,
    ".json": _parse_json,
    ".toml": _parse_toml,
}
"""What reads a text, by the end of its file's name."""
