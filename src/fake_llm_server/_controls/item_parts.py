"""What the items of a reply say in neutral terms: the texts of messages, and calls that clients answer."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fake_llm_server._seam import AnsweredCall

Items = Sequence[Mapping[str, Any]]

_CALLS = {"function_call": ("function", "arguments"), "custom_tool_call": ("custom", "input")}
"""Items that are calls, with the kind of each and where its arguments stand."""


def read_item_texts(items: Items) -> Iterator[str]:
    """The text of each message."""
    for item in items:
        content = item.get("content") if item["type"] == "message" else None
        if isinstance(content, str):
            yield content
        elif isinstance(content, list):
            yield "".join(str(part["text"]) for part in content if isinstance(part, dict) and "text" in part)


def read_item_calls(items: Items) -> Iterator[AnsweredCall]:
    """The calls of functions and custom tools, under the names that the model knows."""
    for item in items:
        known = _CALLS.get(str(item["type"]))
        if known is not None and isinstance(item.get("name"), str):
            kind, field = known
            space = item.get("namespace")
            name = f"{space}.{item['name']}" if space else item["name"]
            yield AnsweredCall(
                "custom" if kind == "custom" else "function",
                name,
                str(item.get(field, "")),
                item.get("call_id"),
            )
