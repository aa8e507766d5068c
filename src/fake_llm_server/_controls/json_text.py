"""JSON as models write it, without white space, and values of which some parts are left out."""

import json
from collections.abc import Mapping
from typing import Any

from fake_llm_server._errors import ConfigurationError


def write_json(value: Any) -> str:
    """The JSON text of a value, or of a Pydantic model's instance.

    Raises:
        ConfigurationError: JSON has no such value.
    """
    dump = getattr(value, "model_dump_json", None)
    if callable(dump):
        return str(dump())
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        text.encode()  # UTF-8 has no half of a surrogate pair
    except (TypeError, ValueError) as error:
        raise ConfigurationError(f"A reply's JSON can't be written: {error}.") from error
    return text


def parse_json(text: str | bytes) -> Any:
    """The value of a JSON text; None for any other text, as for `null`."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def has_gaps(value: Any) -> bool:
    """Whether `...` stands anywhere in a value, for a part that the model writes."""
    if isinstance(value, Mapping):
        return any(name is ... or has_gaps(inner) for name, inner in value.items())
    if isinstance(value, list | tuple):
        return any(has_gaps(inner) for inner in value)
    return value is ...


def check_gaps(value: Any) -> None:
    """Refuse a value with gaps of which the rest can't be written.

    Raises:
        ConfigurationError: JSON has no such value.
    """
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if not isinstance(name, str) and name is not ...:
                raise ConfigurationError(
                    f"A name in a reply's JSON is text, or `...` for the rest; it was {name!r}."
                )
            if name is ... and inner is not ...:
                raise ConfigurationError("The rest of an object is the model's: write `...: ...`.")
            check_gaps(name)
            check_gaps(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            check_gaps(inner)
    elif value is not ...:
        write_json(value)
