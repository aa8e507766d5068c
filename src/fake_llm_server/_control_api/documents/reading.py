"""Reads documents, and says of what can't be read where it stands and why."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from fake_llm_server._control_api.documents.document import KEY, REFUSED, shorten
from fake_llm_server._errors import ConfigurationError

T = TypeVar("T")

Place = tuple[str | int, ...]
"""The keys and positions that lead to a value of a document."""

_PLAIN = re.compile(r"[\w\[\].-]+")
"""Keys that are written without quotes."""

_WORDS = {
    "string_type": "must be a text",
    "string_unicode": "must be a text of whole characters",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "dict_type": "must be an object",
    "missing": "is missing",
}


_KINDS = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
}


@dataclass(frozen=True, slots=True)
class DocumentFault:
    """What is wrong with a document.

    Attributes:
        place: where.
        reason: goes on after the place and a colon, without a full stop.
    """

    place: Place
    reason: str

    @property
    def path(self) -> str:
        """The place as it is written, such as `script[2].tool_calls[0]`."""
        return write_path(self.place)

    def __str__(self) -> str:
        sentence = self.reason if self.reason.endswith("?") else f"{self.reason}."
        return f"{self.path}: {sentence}" if self.place else sentence


class DocumentError(ConfigurationError):
    """A document can't be read.

    Attributes:
        faults: what is wrong with it, at least one.
    """

    def __init__(self, faults: Sequence[DocumentFault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


def read_document(kind: type[T], given: Any) -> T:
    """Read what JSON has as something of Python.

    Args:
        kind: what to read: a class of `Document`, or a type with a form, such as `Member`.
        given: as `json.loads` has it.

    Raises:
        DocumentError: it can't be read.
    """
    try:
        return cast("T", _adapt(cast("Any", kind)).validate_python(given, strict=True))
    except ValidationError as error:
        raise DocumentError(describe_errors(error.errors(include_url=False))) from None


@cache
def _adapt(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def describe_errors(errors: Sequence[ErrorDetails]) -> list[DocumentFault]:
    """Pydantic's errors in our words."""
    return [DocumentFault(_read_place(error), _word(error)) for error in errors]


def _read_place(error: ErrorDetails) -> Place:
    place = tuple(part for part in error["loc"] if not _is_label(part))
    key = error.get("ctx", {}).get(KEY)
    return place if key is None else (*place, key)


def _is_label(part: str | int) -> bool:
    """Whether a part of a location is the member that a union chose, and no key."""
    return isinstance(part, str) and part.startswith("<") and part.endswith(">")


def _word(error: ErrorDetails) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == REFUSED:
        return str(context["reason"])
    if kind == "missing":
        return _WORDS[kind]
    words = _WORDS.get(kind, error["msg"].replace("Input should be", "must be"))
    if kind == "union_kind_invalid":
        *first, last = [_KINDS[kind] for kind in context["expected"].split(" or ") if kind in _KINDS]
        words = f"must be {', '.join(first)} or {last}"
    return f"{words}; it was {shorten(error['input'])}"


def write_path(place: Place) -> str:
    """A place as JavaScript would write it."""
    return "".join(_write_part(part) for part in place).removeprefix(".")


def _write_part(part: str | int) -> str:
    if isinstance(part, int):
        return f"[{part}]"
    return f".{part}" if _PLAIN.fullmatch(part) else f"[{part!r}]"
