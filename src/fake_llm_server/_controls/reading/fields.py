"""Reads the fields that a reply sets in what the API sends."""

from collections.abc import Mapping
from typing import Any

from fake_llm_server._controls.json_text import write_json
from fake_llm_server._errors import ConfigurationError

_OWN_WORDS = {
    "choices": "`choices`",
    "usage": "`usage`",
    "output": "`items`, a text or calls",
    "output_text": "a text",
    "status": "`finish_reason`, or an error",
    "incomplete_details": "`finish_reason`",
    "error": "an error's status, as in reply(500)",
}
"""Fields that other parts of a reply write, with these parts."""

_FIXED = ("object", "obfuscation")


def read_fields(given: Any) -> Mapping[str, Any]:
    """Fields by their names. Whether the API has them shows when a request has come.

    Raises:
        ConfigurationError: something else writes one of them, or it can't be JSON.
    """
    if given is None:
        return {}
    if not isinstance(given, Mapping) or not all(isinstance(name, str) for name in given):
        raise ConfigurationError(
            f"fields are names of the API's reply with their values; they were {given!r}."
        )
    for name in given:
        if name in _OWN_WORDS:
            raise ConfigurationError(f"The field {name!r} is written by {_OWN_WORDS[name]}.")
        if name in _FIXED:
            raise ConfigurationError(f"The field {name!r} can't be chosen.")
    write_json(given)
    return dict(given)
