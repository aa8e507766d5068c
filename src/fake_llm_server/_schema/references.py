"""Finds what the references of a JSON schema lead to."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote


class UnreadSchemaError(Exception):
    """A schema says what isn't understood here; it may be a good one all the same. Clients never see this."""


class References:
    """The references inside of one schema.

    Args:
        root: the whole schema.
    """

    def __init__(self, root: Any) -> None:
        self._root = root
        self._own_id = root.get("$id", "").rstrip("#") if isinstance(root, Mapping) else ""

    def resolve(self, reference: Any) -> Any:
        """The schema that a reference leads to.

        Raises:
            UnreadSchemaError: it leads out of the schema, nowhere, or into a part with an `$id` of its own.
        """
        address, _, fragment = str(reference).partition("#")
        if address and address != self._own_id:
            raise UnreadSchemaError(f"A reference leads out of the schema: {reference}")
        fragment = unquote(fragment)
        if fragment and not fragment.startswith("/"):
            return self._find_anchor(fragment)
        node = self._root
        for step in fragment.split("/")[1:]:
            node = self._step(node, step.replace("~1", "/").replace("~0", "~"))
            if isinstance(node, Mapping) and "$id" in node:
                raise UnreadSchemaError("A part of the schema has an `$id` of its own.")
        if not isinstance(node, Mapping | bool):
            raise UnreadSchemaError(f"A reference leads to no schema: {reference}")
        return node

    @staticmethod
    def _step(node: Any, step: str) -> Any:
        if isinstance(node, Mapping) and step in node:
            return node[step]
        if isinstance(node, list) and step.isdecimal() and int(step) < len(node):
            return node[int(step)]
        raise UnreadSchemaError(f"A reference leads nowhere, at {step}")

    def _find_anchor(self, name: str) -> Any:
        found = next((node for node in _iter_mappings(self._root) if node.get("$anchor") == name), None)
        if found is None:
            raise UnreadSchemaError(f"No anchor has the name {name}")
        return found


def _iter_mappings(root: Any) -> Iterator[Mapping[str, Any]]:
    pending = [root]
    while pending:
        node = pending.pop()
        if isinstance(node, Mapping):
            yield node
            pending.extend(node.values())
        elif isinstance(node, list):
            pending.extend(node)
