"""Reads the formats that a client wants its answer in, for both APIs."""

from dataclasses import dataclass
from typing import Any

from fake_llm_server._api.shared.schema_form import find_form_fault
from fake_llm_server._api.shared.strict_schema import find_strictness_fault
from fake_llm_server._errors import InvalidRequestError
from fake_llm_server._seam import Constraint
from fake_llm_server._text.answer_grammar import json_schema_constraint


@dataclass(frozen=True, slots=True)
class FormatPlace:
    """Where a request says which format its answer has.

    Attributes:
        name: the client's name for the schema.
        param: path of the field.
        code: of errors about it; chat completions have none.
    """

    name: str
    param: str
    code: str | None


def json_object_constraint() -> Constraint:
    """Any JSON object."""
    return json_schema_constraint({"type": "object"})


def json_schema_shape(schema: Any, place: FormatPlace, *, is_strict: bool) -> Constraint:
    """JSON that satisfies a client's schema.

    Args:
        schema: the client's; None allows any object.
        place: where the client has it, for errors.
        is_strict: whether OpenAI's rules for strict schemas hold.

    Raises:
        InvalidRequestError: it is no schema, or a strict one breaks the rules.
    """
    fault = None if schema is None else find_form_fault(schema)
    fault = fault or (find_strictness_fault(schema) if is_strict else None)
    if fault:
        raise InvalidRequestError(
            f"Invalid schema for response_format '{place.name}': {fault}", param=place.param, code=place.code
        )
    return json_schema_constraint({"type": "object"} if schema is None else schema)
