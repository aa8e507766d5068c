"""What OpenAI says it expected where a value has the wrong type: its words differ from place to place.

Source: replies of the API that were measured in August 2026,
https://github.com/kangminlee-maker/local-OAuth-CLI-API-adapter (docs/conformance-matrix.md, 5.5.5 and 5.5.6).
"""

import re
from collections.abc import Mapping

CHAT = frozenset({"CreateChatCompletionRequest", "UpdateChatCompletionRequest"})
"""The bodies of chat completions."""

RESPONSES = frozenset({"CreateResponse", "TokenCountsBody", "CompactResponseMethodPublicBody"})
"""The bodies of responses."""

_IN_CHAT: Mapping[str, str] = {
    "functions": "an array of function definitions",
    "messages": "an array of objects",
    "messages[].tool_calls": "an array of objects",
    "metadata": "a metadata object",
    "tool_choice": "one of one of 'none', 'auto', or 'required' or object",
    "tools": "an array of objects",
}

_IN_RESPONSES: Mapping[str, str] = {
    "context_management": "an array of objects",
    "input": "one of a string or array of input items",
    "input[]": "an input item",
    "metadata": "a metadata object",
    "tool_choice": "one of an object or 'none', 'auto', or 'required'",
    "tools": "an array of tools",
}

_NULL_IS_NO_STRING = frozenset({"input", "model"})
"""Fields of responses for which null is said to be an object where a string is expected."""


def find_expected(body: str, param: str) -> str | None:
    """What was expected at a place, or None where the type alone says it.

    Args:
        body: name of the body's schema.
        param: path of the place.
    """
    places = _IN_CHAT if body in CHAT else _IN_RESPONSES if body in RESPONSES else {}
    return places.get(re.sub(r"\[\d+\]", "[]", param))


def is_null_called_object(body: str, param: str) -> bool:
    """Whether null is worded as an object instead of a string."""
    return body in RESPONSES and param in _NULL_IS_NO_STRING
