"""JSON schemas as tests give them: as they are, or as a class that describes itself, such as Pydantic's."""

from collections.abc import Mapping
from typing import Any

from fake_llm_server._errors import ConfigurationError
from fake_llm_server._seam import AnswerFormat, JsonSchema, JsonSchemaFormat, Tool

ANY_OBJECT: JsonSchema = {"type": "object"}
"""What JSON is where a request has no schema for it."""


def find_answer_schema(asked: AnswerFormat) -> JsonSchema:
    """What a text must be that is to be JSON."""
    schema = asked.schema if isinstance(asked, JsonSchemaFormat) else None
    return ANY_OBJECT if schema is None else schema


def find_parameters(tool: Tool | None) -> JsonSchema:
    """What the arguments of a function must be; None is one that isn't offered."""
    schema = None if tool is None else tool.parameters
    return ANY_OBJECT if schema is None else schema


def is_schema_class(value: object) -> bool:
    """Whether a value is a class that has a JSON schema, such as a Pydantic model's."""
    return isinstance(value, type) and callable(getattr(value, "model_json_schema", None))


def read_schema(given: Any) -> JsonSchema:
    """The schema that was given, or that a class has.

    Raises:
        ConfigurationError: it is neither.
    """
    if isinstance(given, type):
        describe = getattr(given, "model_json_schema", None)
        if callable(describe):
            found: JsonSchema = describe()
            return found
    if not isinstance(given, Mapping | bool):
        raise ConfigurationError(f"A schema is a JSON schema or a Pydantic model's class; it was {given!r}.")
    return given
