"""From the bytes of a request to a wire type, with every fault as a Pydantic `ValidationError`.

Says what is wrong in Pydantic's terms; wording it as OpenAI does is for `_api/shared/validation_errors.py`.
"""

import re
from collections.abc import Iterable
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

M = TypeVar("M", bound=BaseModel)
_INTEGER = re.compile(r"-?\d{1,19}")
_KEYED = re.compile(r"(?P<name>[^\[\]]+)\[(?P<key>.*)\]", re.DOTALL)


def parse_json_body(model: type[M], raw: bytes) -> M:
    """Parse a body.

    Args:
        model: what the contract says it is.
        raw: its bytes; JSON in UTF-8. NaN, infinity, unpaired surrogates and nesting beyond 200 levels are
            malformed. Of duplicate keys the last one counts.

    Raises:
        ValidationError: it is malformed (one error of the type `json_invalid`), or not as the contract says.
    """
    try:
        data = from_json(raw, allow_inf_nan=False)
    except ValueError as error:
        raise ValidationError.from_exception_data(
            model.__name__,
            [{"type": "json_invalid", "loc": (), "input": raw, "ctx": {"error": str(error)}}],
        ) from error
    return model.model_validate(data)


def find_unused_names(model: type[BaseModel], raw: bytes) -> list[str]:
    """The fields of `model` that a body doesn't have; none for what is no JSON object."""
    try:
        data = from_json(raw, allow_inf_nan=False)
    except ValueError:
        return []
    names = [field.alias or name for name, field in model.model_fields.items()]
    return [name for name in names if name not in data] if isinstance(data, dict) else []


def parse_query(model: type[M], items: Iterable[tuple[str, str]]) -> M:
    """Parse a query string.

    Arrays are written `name=a&name=b` or `name[]=a&name[]=b`, objects `name[key]=value` with each key once.
    Of a name that is given twice the last one counts. A name that the model doesn't have is passed over, as
    OpenAI does.

    Args:
        model: what the contract says of the query; one field for each parameter.
        items: names and values, unquoted, in their order.

    Raises:
        ValidationError: a value is not as the contract says.
    """
    data: dict[str, Any] = {}
    for written, value in items:
        keyed = _KEYED.fullmatch(written)
        name, key = (keyed["name"], keyed["key"]) if keyed else (written, None)
        if name in model.model_fields:
            _collect(data, name, key, value, _kind_of(model.model_fields[name].annotation))
    return model.model_validate(data)


def _collect(data: dict[str, Any], name: str, key: str | None, value: str, kind: type) -> None:
    if kind is list and not key:
        data.setdefault(name, []).append(value)
    elif kind is dict and key is not None:
        _collect_pair(data, name, key, value)
    elif key is None:
        data[name] = _read_scalar(value, kind)


def _collect_pair(data: dict[str, Any], name: str, key: str, value: str) -> None:
    """Take in `name[key]=value`; a value that is an object or an array is left for validation to refuse."""
    outer, is_nested, _ = key.partition("][")
    pairs = data.setdefault(name, {})
    if isinstance(pairs, dict):
        pairs[outer] = {} if is_nested else [value] if outer in pairs else value


def _read_scalar(text: str, kind: type) -> Any:
    """Read what JSON would have as a number or boolean; all else stays text, for validation to refuse."""
    if kind is bool and text in {"true", "false"}:
        return text == "true"
    if kind is int and _INTEGER.fullmatch(text):
        return int(text)
    return text


def _kind_of(annotation: Any) -> type:
    """Return bool, int, list or dict if a field can hold it, and otherwise str."""
    annotation = getattr(annotation, "__value__", annotation)
    origin = get_origin(annotation) or annotation
    if origin in (bool, int, list, dict):
        return origin if isinstance(origin, type) else str
    found = [kind for member in get_args(annotation) if (kind := _kind_of(member)) is not str]
    return found[0] if found else str
