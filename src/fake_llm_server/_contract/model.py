"""The base class of wire types, and the type of a field that may be left out but not be null."""

from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler
from pydantic_core import CoreSchema

T = TypeVar("T")


class ContractModel(BaseModel):
    """An object of the contract: closed, strict, and without NaN or infinity.

    Its validator is built when it is first used, as a process needs few of the contract's hundreds.
    """

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        defer_build=True,
        protected_namespaces=(),
    )


@dataclass(frozen=True, slots=True)
class _RefusesNull:
    """Takes null out of what a field accepts, while its default of None stays."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        schema = handler(source)
        if schema["type"] != "nullable":
            raise TypeError(f"An Omissible type must be one that isn't nullable by itself, not {source}.")
        inner: CoreSchema = schema["schema"]
        return inner


Omissible: TypeAlias = Annotated[T | None, _RefusesNull()]
"""A field that may be left out, and then reads as None, but must not be null: `n: Omissible[int] = None`.

To leave one out of a reply, don't pass it: an explicit None is refused, as null would be.
"""


def dump_json(model: BaseModel) -> bytes:
    """Write a wire type as JSON, with the fields that were set and no others."""
    return model.model_dump_json(by_alias=True, exclude_unset=True).encode()
