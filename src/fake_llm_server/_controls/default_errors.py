"""What OpenAI answers with each status: the words, type and code of an error that says nothing else.

Source: https://platform.openai.com/docs/guides/error-codes, and replies that people have quoted.
"""

from http import HTTPStatus
from typing import Any

_QUOTA = {
    "message": "You exceeded your current quota, please check your plan and billing details. For more "
    "information on this error, read the docs: "
    "https://platform.openai.com/docs/guides/error-codes/api-errors.",
    "type": "insufficient_quota",
    "code": "insufficient_quota",
}

_BY_STATUS: dict[int, dict[str, Any]] = {
    400: {
        "message": "We could not process your request. Please check its parameters.",
        "type": "invalid_request_error",
        "code": None,
    },
    401: {
        "message": "Incorrect API key provided: sk-fake. You can find your API key at "
        "https://platform.openai.com/account/api-keys.",
        "type": "invalid_request_error",
        "code": "invalid_api_key",
    },
    403: {
        "message": "Country, region, or territory not supported",
        "type": "request_forbidden",
        "code": "unsupported_country_region_territory",
    },
    404: {
        "message": "The model does not exist or you do not have access to it.",
        "type": "invalid_request_error",
        "code": "model_not_found",
    },
    429: {
        # Where it is sent, `scripted.py` of the limits says which limit, and when to try again.
        "message": "Rate limit reached. Please try again later.",
        "type": "requests",
        "code": "rate_limit_exceeded",
    },
    500: {
        "message": "The server had an error while processing your request. Sorry about that!",
        "type": "server_error",
        "code": None,
    },
    503: {
        "message": "The engine is currently overloaded, please try again later",
        "type": "service_unavailable_error",
        "code": "server_overloaded",
    },
}

_FIRST_OF_SERVER = 500


def describe_default(status: int, code: str | None) -> dict[str, Any]:
    """Message, type and code of an error with this status.

    Args:
        status: of HTTP, from 400 to 599.
        code: the one that was asked for, as a status may have several.
    """
    if code == _QUOTA["code"]:
        return _QUOTA
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    is_known = status in {each.value for each in HTTPStatus}
    kind = "server_error" if status >= _FIRST_OF_SERVER else "invalid_request_error"
    return {"message": HTTPStatus(status).phrase if is_known else "Error", "type": kind, "code": None}
