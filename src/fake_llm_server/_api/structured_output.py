"""Reads the formats that a client wants its answer in, for both APIs."""

from typing import Any

from fake_llm_server._api.schema_form import find_form_fault
from fake_llm_server._api.strict_schema import find_strictness_fault
from fake_llm_server._errors import InvalidRequestError
from fake_llm_server._generation import Constraint
from fake_llm_server._text.answer_grammar import json_schema_constraint


def json_object_constraint() -> Constraint:
    """Any JSON object."""
    return json_schema_constraint({"type": "object"})


def json_schema_shape(
    schema: Any, *, name: str, is_strict: bool, param: str, code: str | None = None
) -> Constraint:
    """JSON that satisfies a client's schema.

    Args:
        schema: the client's; None allows any object.
        name: the client's name for it.
        is_strict: whether OpenAI's rules for strict schemas hold.
        param: the request's field, for errors.
        code: for errors; chat completions have none.

    Raises:
        InvalidRequestError: it is no schema, or a strict one breaks the rules.
    """
    fault = None if schema is None else find_form_fault(schema)
    fault = fault or (find_strictness_fault(schema) if is_strict else None)
    if fault:
        raise InvalidRequestError(
            f"Invalid schema for response_format '{name}': {fault}", param=param, code=code
        )
    return json_schema_constraint({"type": "object"} if schema is None else schema)
