"""Hides keys in what the journal shows and exports beside headers."""

from collections.abc import Iterable, Mapping
from typing import Any

from fake_llm_server._seam import MASKED, SECRET_NAMES, mask_value


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


def _is_secret(name: str, value: Any) -> bool:
    return isinstance(value, str) and name.lower() in SECRET_NAMES
