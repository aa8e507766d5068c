"""Fields of a reply that whoever answers decides itself: held to the contract, and put into what is sent."""

import difflib
import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import to_json

from fake_llm_server._contract import dump_json

M = TypeVar("M", bound=BaseModel)


def with_fields(written: M, fields: Mapping[str, Any]) -> M:
    """What is sent, with those of the fields that it may have in place of its own.

    Raises:
        ValidationError: one isn't as the contract says; `list_field_faults` says so before.
    """
    if not fields:
        return written
    known = {name: value for name, value in fields.items() if name in type(written).model_fields}
    return type(written).model_validate_json(to_json({**json.loads(dump_json(written)), **known}))


def list_field_faults(model: type[BaseModel], what: str, fields: Mapping[str, Any]) -> Iterator[str]:
    """What keeps fields from standing in a reply of the API.

    Args:
        model: of the whole reply.
        what: words for it.
        fields: by their names.
    """
    for name, value in fields.items():
        if name not in model.model_fields:
            near = difflib.get_close_matches(name, model.model_fields, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else "."
            yield f"{what} has no field {name!r}{hint}"
            continue
        try:
            _adapt(model, name).validate_json(to_json(value), strict=True)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = "".join(f".{part}" for part in first["loc"] if not str(part).startswith("<"))
            yield f"the field {name}{place} isn't what {what} has there: {first['msg']}."


@cache
def _adapt(model: type[BaseModel], name: str) -> TypeAdapter[Any]:
    found = model.model_fields[name]
    annotated: Any = Annotated[found.annotation, *found.metadata, None]  # at least one, or Python refuses
    return TypeAdapter(annotated)
