"""Reads the items of a response that a reply gives as they stand on the wire."""

from collections.abc import Mapping, Sequence
from typing import Any

from fake_llm_server._controls.json_text import write_json
from fake_llm_server._errors import ConfigurationError


def read_items(given: Sequence[Any]) -> tuple[Mapping[str, Any], ...]:
    """Items as JSON; each is a mapping with its type, or an object of OpenAI's client.

    Raises:
        ConfigurationError: one is none, or can't be JSON.
    """
    return tuple(_read_item(each) for each in given)


def _read_item(given: Any) -> Mapping[str, Any]:
    dump = getattr(given, "model_dump", None)
    item = dump(mode="json", exclude_unset=True) if callable(dump) else given
    if not isinstance(item, Mapping) or not isinstance(item.get("type"), str):
        raise ConfigurationError(
            "An item is an object of the Responses API with its type, such as {'type': 'web_search_call', "
            f"…}}; it was {given!r}."
        )
    write_json(item)
    return dict(item)
