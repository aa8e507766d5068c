"""Hides keys in what the journal shows and exports beside headers."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from fake_llm_server._controls.json_text import parse_json
from fake_llm_server._seam import MASKED, SECRET_NAMES, mask_value

_DATA = "data: "


def mask_parameters(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The parameters of a query."""
    return [(name, MASKED if name.lower() in SECRET_NAMES else value) for name, value in pairs]


def mask_body(value: Any) -> Any:
    """The JSON value of a body; texts in fields that hold keys, such as those of MCP tools, are masked."""
    if isinstance(value, Mapping):
        return {
            name: mask_value(part) if _is_secret(name, part) else mask_body(part)
            for name, part in value.items()
        }
    return [mask_body(part) for part in value] if isinstance(value, list) else value


def mask_text(text: str) -> str:
    """A body as it came or was sent, unless it has keys to be masked.

    It is JSON, or has JSON in its lines: the messages of a WebSocket, or a stream's events.
    """
    value = parse_json(text)
    if value is None:
        return "\n".join(map(_mask_line, text.split("\n")))
    masked = mask_body(value)
    return text if masked == value else json.dumps(masked, ensure_ascii=False)


def _mask_line(line: str) -> str:
    data = line.removeprefix(_DATA)
    value = parse_json(data)
    masked = mask_body(value)
    if masked == value:
        return line
    return f"{line.removesuffix(data)}{json.dumps(masked, ensure_ascii=False)}"


def _is_secret(name: str, value: Any) -> bool:
    return isinstance(value, str) and name.lower() in SECRET_NAMES
