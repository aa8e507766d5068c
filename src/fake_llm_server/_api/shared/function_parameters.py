"""What makes a client's schema no parameters of a function.

OpenAI checks these strict or not. Sources: https://github.com/maltekuhr/laravel-gpt/issues/8,
https://github.com/modelscope/ms-agent/pull/610, https://github.com/github/github-mcp-server/issues/1548,
https://github.com/MadAppGang/claudish/issues/239 (nothing beside the type at the top).
"""

from collections.abc import Mapping
from typing import Any

from fake_llm_server._api.shared.finite_answers import find_endless_fault
from fake_llm_server._api.shared.schema_form import find_form_fault
from fake_llm_server._api.shared.schema_walk import walk
from fake_llm_server._api.shared.strict_schema import (
    find_look_around,
    find_root_fault,
    find_strictness_fault,
)


def word_parameters_fault(name: str, parameters: Any, *, is_strict: bool) -> str | None:
    """The message about the parameters of the function `name`, or None if nothing is wrong with them.

    For the arguments see `find_parameters_fault`.
    """
    fault = find_parameters_fault(parameters, is_strict=is_strict)
    if fault:
        return f"Invalid schema for function '{name}': {fault}"
    return find_look_around(parameters) if is_strict else None


def find_parameters_fault(parameters: Any, *, is_strict: bool) -> str | None:
    """Why a function's parameters are refused, in OpenAI's words after "Invalid schema for function …: ".

    Args:
        parameters: a schema; None or one that says nothing means that there are no parameters.
        is_strict: whether the rules for strict schemas hold as well.
    """
    if not parameters and not is_strict:
        return None
    fault = find_root_fault(parameters) or find_form_fault(parameters)
    if fault or is_strict:
        return fault or find_strictness_fault(parameters) or find_endless_fault(parameters)
    if "properties" not in parameters:
        return "In context=(), object schema missing properties."
    return _find_list_without_items(parameters) or find_endless_fault(parameters)


def _find_list_without_items(schema: Any) -> str | None:
    for context, node in walk(schema):
        if isinstance(node, Mapping) and node.get("type") == "array" and "items" not in node:
            return f"In context={context!r}, array schema missing items."
    return None
