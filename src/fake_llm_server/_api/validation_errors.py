"""Words a Pydantic error as OpenAI words it: message, path and code of the first offence.

Pydantic reports every offence; OpenAI reports one, by its path in the data. The wording was taken from
replies of OpenAI's API as they stand in public issue threads, for example "Unknown parameter: 'x'." and
"Invalid type for 'n': expected an integer, but got a string instead."
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from fake_llm_server._api.validation_wording import word_offence

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


@dataclass(frozen=True, slots=True)
class RequestIssue:
    """What is wrong with a request: for the `message`, `param` and `code` of the envelope."""

    message: str
    param: str | None
    code: str | None


def describe_validation_error(error: ValidationError) -> RequestIssue:
    """The first offence, as OpenAI words it."""
    details = error.errors(include_url=False)[0]
    if details["type"] == "json_invalid":
        return RequestIssue(_MALFORMED_JSON.format(reason=details["ctx"]["error"]), None, None)
    if details["loc"][-1:] == (_KEY,):
        return _describe_property_name(details)
    param = format_path(find_data_path(details["loc"]) + _tag_step(details))
    message, code = word_offence(param, details)
    return RequestIssue(message, param or None, code)


def find_data_path(location: Sequence[str | int]) -> tuple[str | int, ...]:
    """The steps of a Pydantic location that lead through the data, without the labels of union members."""
    return tuple(step for step in location if not (isinstance(step, str) and _LABEL.fullmatch(step)))


def _describe_property_name(details: ErrorDetails) -> RequestIssue:
    """An offence of a name in an object whose names are the client's, such as `metadata`."""
    param = format_path(find_data_path(details["loc"][:-2]))
    message, code = word_offence(param, details)
    return RequestIssue(
        message.replace(f"'{param}':", f"property name in '{param}':", 1), param or None, code
    )


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
