"""Words a Pydantic error as OpenAI words it: message, path and code of one offence.

Pydantic reports every offence; OpenAI reports one, by its path in the data. The wording was taken from
replies of OpenAI's API as they stand in public issue threads, for example "Unknown parameter: 'x'." and
"Invalid type for 'n': expected an integer, but got a string instead.", and from those that were measured in
https://github.com/kangminlee-maker/local-OAuth-CLI-API-adapter (docs/conformance-matrix.md, 5.5.5 and 5.5.6).
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from fake_llm_server._api.shared.expected_types import CHAT, RESPONSES, find_expected, is_null_called_object
from fake_llm_server._api.shared.spelling import find_similar
from fake_llm_server._api.shared.validation_wording import join_words, name_type, word_offence, word_supported
from fake_llm_server._contract import member_label

_MALFORMED_JSON = (
    "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP "
    "library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON: "
    "{reason}.)"
)
"""OpenAI's words, with the reason in place of an address: https://github.com/ChatGPTNextWeb/NextChat/issues/4064"""

_KEY = "[key]"
"""How Pydantic marks, in a location, that a property's name is at fault and not its value."""

_LABEL = re.compile(r"<.*>", re.DOTALL)
"""How `_contract.unions` marks a union's member in a location."""


_MOVED = {
    "max_completion_tokens": "max_output_tokens",
    "messages": "input",
    "reasoning_effort": "reasoning.effort",
    "response_format": "text.format",
}
"""Fields of chat completions to what they are in responses, as far as OpenAI is known to say so."""

_MOVED_WORDS = (
    "Unsupported parameter: '{old}'. In the Responses API, this parameter has moved to '{new}'. Try again "
    "with the new parameter. See the API documentation for more information: "
    "https://platform.openai.com/docs/api-reference/responses/create."
)

_WITH_CONTENT = frozenset(map(member_label, ("user", "system", "tool")))
"""Messages of chat that need content, and whose lack of it is worded in the old way."""

MODEL_MISSING = "you must provide a model parameter"
"""Chat completions have words of their own for a request without a model."""

_PARTS = frozenset(
    {
        *("input_text", "input_image", "input_audio", "output_text", "refusal", "input_file"),
        *("computer_screenshot", "summary_text", "encrypted_content"),
    }
)
"""Parts that some message may have; where theirs may not, they are at fault as a whole."""


@dataclass(frozen=True, slots=True)
class RequestIssue:
    """What is wrong with a request: for the `message`, `param` and `code` of the envelope."""

    message: str
    param: str | None
    code: str | None


def describe_validation_error(error: ValidationError, unused_names: Collection[str] = ()) -> RequestIssue:
    """The offence that OpenAI reports, as it words it.

    Of several it reports the lack of a field first, then an unknown one, then the others in the order of the
    fields, and that a message of chat has no content last of all.

    Args:
        error: all offences.
        unused_names: fields of the body that weren't given, one of which an unknown one may have meant.
    """
    body = error.title
    details = min(error.errors(include_url=False), key=_rank)
    if details["type"] == "json_invalid":
        return RequestIssue(_MALFORMED_JSON.format(reason=details["ctx"]["error"]), None, None)
    if details["loc"][-1:] == (_KEY,):
        return _describe_property_name(details)
    if details["type"] == "extra_forbidden" and len(details["loc"]) == 1:
        return _describe_unknown_field(body, str(details["loc"][0]), unused_names)
    if body in CHAT and details["loc"] == ("model",) and _is_absent(details):
        return RequestIssue(MODEL_MISSING, None, None)
    if _is_content_missing(details):
        return describe_missing_content(int(details["loc"][1]))
    return _describe_value(body, details)


def describe_missing_content(position: int) -> RequestIssue:
    """A message of chat, at `position`, without content."""
    message = "Invalid value for 'content': expected a string, got null."
    return RequestIssue(message, f"messages.[{position}].content", None)


def _rank(details: ErrorDetails) -> int:
    """The place of an offence among others; equal ones stand in the order of the fields."""
    is_field = len(details["loc"]) == 1
    if is_field and details["type"] == "missing":
        return 0
    if is_field and details["type"] == "extra_forbidden":
        return 1
    return 3 if _is_content_missing(details) else 2


def _is_content_missing(details: ErrorDetails) -> bool:
    match details["loc"]:
        case ("messages", int(), label, "content") if label in _WITH_CONTENT:
            return _is_absent(details)
    return False


def _is_absent(details: ErrorDetails) -> bool:
    return details["type"] == "missing" or details["input"] is None


def _describe_value(body: str, details: ErrorDetails) -> RequestIssue:
    path = find_data_path(details["loc"])
    if (
        body in RESPONSES
        and path[:1] == ("input",)
        and details["type"] in _TAG_FAULTS[len(path) == _ITEM_DEPTH]
    ):
        return _describe_input_tag(path, details)
    param = format_path(path + _tag_step(details))
    message, code = word_offence(param, details)
    if code == "invalid_type":
        message = _word_type(body, param, details["input"]) or message
    return RequestIssue(message, param or None, code)


def _word_type(body: str, param: str, value: Any) -> str | None:
    """The message about a wrong type at a place for which OpenAI has words of its own, or None."""
    if value is None and is_null_called_object(body, param):
        return f"Invalid type for '{param}': expected a string, but got an object instead."
    expected = find_expected(body, param)
    return (
        expected and f"Invalid type for '{param}': expected {expected}, but got {name_type(value)} instead."
    )


_ITEM_DEPTH = 2
"""Steps of a path to an item: `input` and its position."""

_TAG_FAULTS: Mapping[bool, frozenset[str]] = {
    True: frozenset({"union_tag_invalid", "union_tag_type", "union_tag_not_found"}),
    False: frozenset({"union_tag_invalid"}),
}
"""Whether a tag is an item's to the kinds of fault that are worded alike, as a value that isn't supported."""


def _describe_input_tag(path: tuple[str | int, ...], details: ErrorDetails) -> RequestIssue:
    """The type or role of an item, or the type of a part, that means none of those there are."""
    tag, tag_name = details["ctx"].get("tag", ""), details["ctx"]["discriminator"]
    tags = details["ctx"]["expected_tags"]
    is_item = len(path) == _ITEM_DEPTH
    message, code = word_supported(tag, sorted(tags) if is_item and tag_name == "type" else tags)
    is_whole = is_item or tag in _PARTS
    return RequestIssue(message, format_path(path if is_whole else (*path, tag_name)), code)


def _describe_unknown_field(body: str, name: str, unused_names: Collection[str]) -> RequestIssue:
    if body in RESPONSES and name in _MOVED:
        message = _MOVED_WORDS.format(old=name, new=_MOVED[name])
        return RequestIssue(message, None, "unsupported_parameter")
    similar = [f"'{other}'" for other in find_similar(name, unused_names)]
    hint = f" Did you mean {join_words(similar, 'or')}?" if similar else ""
    return RequestIssue(f"Unknown parameter: '{name}'.{hint}", name, "unknown_parameter")


def find_data_path(location: Sequence[str | int]) -> tuple[str | int, ...]:
    """The steps of a Pydantic location that lead through the data, without the labels of union members."""
    return tuple(step for step in location if not (isinstance(step, str) and _LABEL.fullmatch(step)))


def _describe_property_name(details: ErrorDetails) -> RequestIssue:
    """An offence of a name in an object whose names are the client's, such as `metadata`."""
    path = find_data_path(details["loc"][:-1])
    name, param = str(path[-1]), format_path(path[:-1])
    if details["type"] == "string_too_long":
        short, limit = f"{name[:3]}...{name[-3:]}", details["ctx"]["max_length"]
        message = (
            f"Invalid property name in '{param}': '{short}' is too long. Expected a string with maximum "
            f"length {limit}, but got a string with length {len(name)} instead."
        )
        return RequestIssue(message, format_path(path), "property_name_above_max_length")
    message, code = word_offence(param, details)
    return RequestIssue(message.replace(f"'{param}':", f"property name in '{param}':", 1), param, code)


def _tag_step(details: ErrorDetails) -> tuple[str, ...]:
    """The last step to the tag that is at fault: Pydantic reports the object that it is in."""
    return (details["ctx"]["discriminator"],) if details["type"].startswith("union_tag") else ()


def format_path(path: Sequence[str | int]) -> str:
    """Write a path as OpenAI does: `messages[0].content`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text
