"""The base of all documents: JSON objects that know their keys, and are read strictly."""

import difflib
from collections.abc import Callable, Collection
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

from fake_llm_server._errors import ConfigurationError

T = TypeVar("T")

REFUSED = "refused"
"""The type of an error whose message says all."""

KEY = "key"
"""In the context of an error, the key that is at fault, and not the object that has it."""


class Document(BaseModel):
    """A JSON object with known keys, whose values have their very types."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)

    only_python: ClassVar[Collection[str]] = ()
    """Keywords of Python that take a function, and so have no JSON form."""

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown(cls, given: Any) -> Any:
        known = [field.alias or name for name, field in cls.model_fields.items()]
        if not isinstance(given, dict):
            raise refuse(f"must be an object with {', '.join(known)}; it was {shorten(given)}")
        for key in given:
            if key in cls.only_python:
                raise refuse("takes a function in Python, and has no JSON form", key=str(key))
            if key not in known:
                raise refuse(_word_unknown(str(key), known), key=str(key))
        return given


def refuse(reason: str, *, key: str | None = None) -> PydanticCustomError:
    """The error for what can't be read.

    Args:
        reason: goes on after the path and a colon, without a full stop.
        key: of the object, where that is at fault and not the object.
    """
    return PydanticCustomError(REFUSED, "{reason}", {"reason": reason, KEY: key})


def build(make: Callable[[], T]) -> T:
    """Make something of a document's parts; what it refuses is an error at the document's place."""
    try:
        return make()
    except ConfigurationError as error:
        raise refuse(str(error).removesuffix(".")) from error
    except RecursionError as error:
        raise refuse("is nested too deeply") from error


def shorten(value: object, length: int = 80) -> str:
    """A value as messages repeat it."""
    names = {None: "null", True: "true", False: "false"}
    shown = names[value] if value is None or isinstance(value, bool) else repr(value)
    return shown if len(shown) <= length else f"{shown[:length]}…"


def _word_unknown(key: str, known: list[str]) -> str:
    for close in difflib.get_close_matches(key, known, n=1):
        return f"there is no such key; did you mean {close}?"
    return f"there is no such key; there are {', '.join(known)}"
