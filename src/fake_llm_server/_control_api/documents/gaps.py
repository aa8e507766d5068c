"""The JSON form of values with gaps: `"..."` stands for what the model writes, as a value and as a name."""

from collections.abc import Mapping
from typing import Any

from fake_llm_server._controls.json_text import has_gaps, write_json
from fake_llm_server._errors import ConfigurationError

GAP = "..."


def read_gaps(value: Any) -> Any:
    """A value with `...` wherever it has the text `"..."`."""
    if isinstance(value, dict):
        return {... if name == GAP else name: read_gaps(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [read_gaps(inner) for inner in value]
    return ... if value == GAP else value


def write_gaps(value: Any) -> Any:
    """A value with `"..."` for its gaps; one that has this text itself becomes JSON text.

    Raises:
        ConfigurationError: it has both, or is nothing but this text.
    """
    if not has_dots(value):
        return _write(value)
    if has_gaps(value) or isinstance(value, str):
        raise ConfigurationError(f"The text {GAP!r} has no JSON form here: it stands for what is left out.")
    return write_json(value)


def has_dots(value: Any) -> bool:
    """Whether a value has the text that stands for gaps."""
    if isinstance(value, Mapping):
        return any(name == GAP or has_dots(inner) for name, inner in value.items())
    if isinstance(value, list | tuple):
        return any(map(has_dots, value))
    return bool(value == GAP)


def _write(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {GAP if name is ... else name: _write(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_write(inner) for inner in value]
    return GAP if value is ... else value
