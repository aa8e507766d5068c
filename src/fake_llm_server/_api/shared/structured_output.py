"""Reads the formats that a client wants its answer in, for both APIs."""

from dataclasses import dataclass
from typing import Any

from fake_llm_server._api.shared.finite_answers import find_endless_fault
from fake_llm_server._api.shared.schema_form import find_form_fault
from fake_llm_server._api.shared.strict_schema import find_look_around, find_strictness_fault
from fake_llm_server._errors import InvalidRequestError
from fake_llm_server._seam import JsonSchemaFormat


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


def read_schema_format(given: Any, place: FormatPlace) -> JsonSchemaFormat:
    """Read a `json_schema` format, which both APIs write with the same fields.

    Args:
        given: what has `name`, `schema_`, `strict` and `description`; without a schema any object will do.
        place: where the client has it, for errors.

    Raises:
        InvalidRequestError: it is no schema, or a strict one breaks the rules.
    """
    schema, is_strict = given.schema_, bool(given.strict)
    fault = None if schema is None else find_form_fault(schema)
    fault = fault or (find_strictness_fault(schema) if is_strict else None)
    fault = fault or (None if schema is None else find_endless_fault(schema))
    message = f"Invalid schema for response_format '{place.name}': {fault}" if fault else None
    message = message or (find_look_around(schema) if is_strict else None)
    if message:
        raise InvalidRequestError(message, param=place.param, code=place.code)
    return JsonSchemaFormat(place.name, schema, is_strict, given.description)
