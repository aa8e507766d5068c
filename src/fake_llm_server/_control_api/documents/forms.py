"""The annotation of types that JSON doesn't have: what is read in their place, and what it becomes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema


@dataclass(frozen=True, slots=True, eq=False)
class ReadAs:
    """Annotates a type of Python with the JSON type that is read in its place.

    Attributes:
        form: the JSON type; a function that returns it where it is defined later.
        make: makes the value of what was read.
    """

    form: Any
    make: Callable[[Any], Any]

    def __get_pydantic_core_schema__(self, _source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.make, handler.generate_schema(self.form))
