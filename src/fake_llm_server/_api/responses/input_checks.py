"""Refuses what OpenAI refuses of input items besides their types: malformed ids, and parts that are no text.

The words are OpenAI's: https://github.com/Wei-Shaw/sub2api/issues/3785 (the beginning of an id),
https://github.com/langchain-ai/langchainjs/issues/11044 (its characters),
https://github.com/earendil-works/pi/issues/5149 (an id that comes twice).
"""

import re
from collections.abc import Collection, Sequence
from typing import Any

from fake_llm_server._api.responses.client_items import CALL_TYPES
from fake_llm_server._api.responses.input_items import HOSTED_PREFIXES, Item, item_type
from fake_llm_server._errors import InvalidRequestError

_ID_BEGINNINGS = {
    "message": "msg",
    "function_call": "fc",
    "function_call_output": "fc",
    "custom_tool_call": "ctc",
    "custom_tool_call_output": "ctc",
    "reasoning": "rs",
}
"""Types of items to what OpenAI wants their ids to begin with."""

_ID = re.compile(r"[A-Za-z0-9_-]+")

_PART_REFUSALS = {
    "input_image": "Invalid content type. input_image is only supported by certain models.",
    "input_file": "Invalid content type. input_file is only supported by certain models.",
}
"""Content parts that a text model doesn't take, with OpenAI's words for it."""


def check_input(given: Any) -> None:
    """Hold a request's input to rules that need no conversation.

    Args:
        given: a string, or items.

    Raises:
        InvalidRequestError: an id is malformed, or a part is no text.
    """
    if isinstance(given, str):
        return
    for position, item in enumerate(given):
        kind, path = item_type(item), f"input[{position}]"
        if kind in _ID_BEGINNINGS and item.id is not None:
            check_id(item.id, f"{path}.id", _ID_BEGINNINGS[kind])
        if kind == "reasoning" and item.id is None and not item.encrypted_content:
            # Thoughts that aren't at hand are looked up by their id.
            message = f"Missing required parameter: '{path}.id'."
            raise InvalidRequestError(message, param=f"{path}.id", code="missing_required_parameter")
        for name in ("content", "output"):
            _check_parts(getattr(item, name, None), f"{path}.{name}")


def check_namespaces(given: Any, names: Collection[str], in_namespaces: Collection[str]) -> None:
    """Refuse a call whose namespace was left out: its name means nothing without.

    Args:
        given: a string, or items.
        names: of tools that are in no namespace.
        in_namespaces: names of tools in namespaces, without those.

    Raises:
        InvalidRequestError: in OpenAI's words.
    """
    for position, item in enumerate(() if isinstance(given, str) else given):
        kind = item_type(item)
        if kind not in ("function_call", "custom_tool_call") or item.namespace:
            continue
        if item.name in in_namespaces and item.name not in names:
            raise InvalidRequestError(
                f"Missing namespace for {kind} '{item.name}'. It does not exist in the default namespace. "
                f"Round-trip the model's {kind} item with its namespace field included.",
                param=f"input[{position}].namespace",
            )


def check_id(given: str, param: str, beginning: str) -> None:
    """Refuse an id that has other characters than ids have, or begins otherwise.

    Raises:
        InvalidRequestError: in OpenAI's words.
    """
    fault = None
    if not _ID.fullmatch(given):
        fault = (
            "contains letters, numbers, underscores, or dashes, but this value contained additional "
            "characters."
        )
    elif not given.startswith(beginning):
        fault = f"begins with '{beginning}'."
    if fault:
        message = f"Invalid '{param}': '{given}'. Expected an ID that {fault}"
        raise InvalidRequestError(message, param=param, code="invalid_value")


def check_ids_are_unique(items: Sequence[Item]) -> None:
    """Refuse a conversation in which an item comes twice.

    Raises:
        InvalidRequestError: in OpenAI's words.
    """
    seen = set()
    for item in items:
        item_id = getattr(item, "id", None)
        if item_id is not None and item_id in seen:
            hint = "Remove duplicate items from your input and try again."
            raise InvalidRequestError(f"Duplicate item found with id {item_id}. {hint}", param="input")
        seen.add(item_id)


def check_thoughts_are_followed(items: Sequence[Item]) -> None:
    """Refuse thoughts without what was answered after them: a message, or a call.

    Args:
        items: of a request's input; what a stored response ended with is no fault of the client's.

    Raises:
        InvalidRequestError: in OpenAI's words:
            https://openai.github.io/openai-agents-python/running_agents/ (reasoning item ids).
    """
    for position, item in enumerate(items):
        following = items[position + 1] if position + 1 < len(items) else None
        if item_type(item) == "reasoning" and not _is_answer(following):
            raise InvalidRequestError(
                f"Item '{item.id}' of type 'reasoning' was provided without its required following item.",
                param="input",
            )


def _is_answer(item: Item | None) -> bool:
    if item is None:
        return False
    kind = item_type(item)
    is_message = kind == "message" and item.role == "assistant"
    return is_message or kind in (
        "reasoning",
        "function_call",
        "custom_tool_call",
        *CALL_TYPES,
        *HOSTED_PREFIXES,
    )


def _check_parts(content: Any, path: str) -> None:
    for position, part in enumerate(content if isinstance(content, list) else ()):
        kind = getattr(part, "type", None)
        if kind in _PART_REFUSALS:
            raise InvalidRequestError(
                _PART_REFUSALS[kind], param=f"{path}[{position}].type", code="invalid_value"
            )
