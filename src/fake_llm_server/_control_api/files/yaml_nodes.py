"""YAML as PyYAML reads it, with the lines of its nodes. Nothing in it makes objects of Python's."""

from typing import Any

import yaml

from fake_llm_server._control_api.documents.document import shorten
from fake_llm_server._control_api.documents.reading import Place

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""In C where PyYAML has it: it reads a long file in a tenth of the time."""

_MERGE = "tag:yaml.org,2002:merge"


class NodeError(Exception):
    """A text isn't YAML.

    Attributes:
        line: where, from 1; None if that isn't known.
    """

    def __init__(self, reason: str, line: int | None) -> None:
        super().__init__(reason)
        self.line = line


def compose(text: str) -> yaml.Node | None:
    """The nodes of the one document of a text; None if it has none.

    Raises:
        NodeError: it isn't YAML, or a mapping has a key twice.
    """
    try:
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        words = ", ".join(part for part in (error.context, error.problem) if part)
        raise NodeError(words, _find_line(error)) from error
    except yaml.YAMLError as error:
        raise NodeError(" ".join(str(error).split()), None) from error
    return root


def construct(root: yaml.Node | None) -> Any:
    """The value of a document.

    Raises:
        NodeError: a value is none of YAML's own, or a mapping has a key twice.
    """
    loader = yaml.SafeLoader("")
    try:
        value = None if root is None else loader.construct_document(root)
    except yaml.MarkedYAMLError as error:
        raise NodeError(error.problem or "a value can't be read", _find_line(error)) from error
    finally:
        loader.dispose()
    return value


def _find_line(error: yaml.MarkedYAMLError) -> int | None:
    return None if error.problem_mark is None else error.problem_mark.line + 1


class LineIndex:
    """The lines of a document's values.

    Args:
        root: of the document.

    Raises:
        NodeError: a mapping has a key twice, of which PyYAML would take the last.
    """

    def __init__(self, root: yaml.Node | None) -> None:
        self._lines: dict[Place, int] = {}
        self._seen: set[int] = set()
        if root is not None:
            self._add(root, ())

    def find(self, place: Place) -> int | None:
        """The line of a value, or else of the nearest one that it is in."""
        for length in range(len(place), 0, -1):
            if place[:length] in self._lines:
                return self._lines[place[:length]]
        return self._lines.get(())

    def _add(self, node: yaml.Node, place: Place) -> None:
        self._lines.setdefault(place, node.start_mark.line + 1)
        if id(node) in self._seen:  # an alias; it may be inside of what it stands for
            return
        self._seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            for number, item in enumerate(node.value):
                self._add(item, (*place, number))
        elif isinstance(node, yaml.MappingNode):
            self._add_pairs(node, place)

    def _add_pairs(self, node: yaml.MappingNode, place: Place) -> None:
        names: set[str] = set()
        for key, value in node.value:
            line = key.start_mark.line + 1
            name = str(key.value)
            if name in names and key.tag != _MERGE:
                raise NodeError(f"{shorten(name)} stands twice in one mapping", line)
            names.add(name)
            self._lines[(*place, name)] = line
            self._add(value, (*place, name))
