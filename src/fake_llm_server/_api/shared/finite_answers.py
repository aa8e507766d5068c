"""Refuses schemas and grammars that no finite text satisfies, before anything is generated."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from fake_llm_server._api.shared.schema_walk import Context, walk
from fake_llm_server._errors import InvalidRequestError
from fake_llm_server._schema import has_finite_text
from fake_llm_server._schema.lark_rules import find_endless_rule
from fake_llm_server._seam import Grammar

_MAX_PARTS = 200
"""So many parts of a schema are looked at to find the one to blame."""


def find_endless_fault(schema: Any) -> str | None:
    """Why a schema has no finite text, in the form of OpenAI's words for other faults; None if it has one."""
    if has_finite_text(schema):
        return None
    endless = list(islice(_iter_endless(schema), _MAX_PARTS))
    # The innermost one: nothing inside of it is at fault.
    blamed = next(
        (
            context
            for context in endless
            if not any(other != context and other[: len(context)] == context for other in endless)
        ),
        (),
    )
    return f"In context={blamed!r}, no finite value satisfies the schema."


def _iter_endless(schema: Any) -> Iterator[Context]:
    for context, node in islice(walk(schema, splits_types=False), _MAX_PARTS):
        if not isinstance(node, bool) and not has_finite_text(node, schema):
            yield context


def check_grammar_ends(name: str, grammar: Grammar, param: str) -> None:
    """Refuse a custom tool's grammar of which some rule never ends.

    Args:
        name: of the tool.
        grammar: of its input.
        param: path of the grammar's definition.

    Raises:
        InvalidRequestError: a rule never ends.
    """
    rule = find_endless_rule(grammar.definition) if grammar.syntax == "lark" else None
    if rule is not None:
        message = (
            f"Invalid Lark grammar for custom tool '{name}': No finite text satisfies the rule '{rule}'."
        )
        raise InvalidRequestError(message, param=param, code="invalid_value")
