"""The one place where an exception becomes OpenAI's error envelope.

The envelope is `{"error": {"message", "type", "param", "code"}}`: the contract's `ErrorResponse`.
"""

import json
import logging
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from fake_llm_server._api.shared.request_ids import current_request_id
from fake_llm_server._api.shared.validation_errors import describe_validation_error
from fake_llm_server._contract import RequestFaultError
from fake_llm_server._errors import (
    EngineStoppedError,
    FakeLLMServerError,
    InvalidRequestError,
    ModelError,
    NotFoundError,
    OperationNotImplementedError,
    OverloadedError,
    PermissionDeniedError,
    QueueFullError,
    RateLimitExceededError,
    RequestTimeoutError,
    RequestTooLargeError,
    ScriptedError,
    ScriptError,
    StoreBusyError,
    StoreError,
    TimeLimitError,
)

_LOGGER = logging.getLogger("fake_llm_server")

INVALID_REQUEST = "invalid_request_error"
SERVER_ERROR = "server_error"
RETRY_AFTER_S = 1.0
"""When a client may try again after the engine took no more work."""

ANSWERED_ERRORS = (FakeLLMServerError, RequestFaultError)
"""What is foreseen: a handler may raise these, and its request is answered with them."""


@dataclass(frozen=True, slots=True)
class WireError:
    """An error as a client sees it.

    Attributes:
        status: of HTTP.
        retry_after_s: when the client may try again, for its `retry-after`; None says nothing.
        headers: further ones of the reply.
    """

    status: int
    message: str
    type: str = INVALID_REQUEST
    param: str | None = None
    code: str | None = None
    retry_after_s: float | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def to_body(self) -> dict[str, dict[str, str | None]]:
        """The envelope."""
        error = {"message": self.message, "type": self.type, "param": self.param, "code": self.code}
        return {"error": error}

    def to_json(self) -> bytes:
        """The envelope as the data of an event."""
        return json.dumps(self.to_body(), ensure_ascii=False).encode()

    def to_response(self) -> JSONResponse:
        """The HTTP reply."""
        return JSONResponse(self.to_body(), status_code=self.status, headers=self._headers())

    def _headers(self) -> dict[str, str]:
        if self.retry_after_s is None:
            return dict(self.headers)
        return {
            **self.headers,
            "retry-after": str(math.ceil(self.retry_after_s)),
            "retry-after-ms": str(math.ceil(self.retry_after_s * 1000)),
        }


@dataclass(frozen=True, slots=True)
class _Kind:
    """What errors of one class have in common on the wire."""

    status: int
    type: str = INVALID_REQUEST
    code: str | None = None
    retry_after_s: float | None = None


_KINDS: Mapping[type[FakeLLMServerError], _Kind] = {
    InvalidRequestError: _Kind(400),
    PermissionDeniedError: _Kind(403, code="insufficient_permissions"),
    NotFoundError: _Kind(404),
    RequestTimeoutError: _Kind(408, SERVER_ERROR),
    RequestTooLargeError: _Kind(413, SERVER_ERROR),
    RateLimitExceededError: _Kind(429),
    QueueFullError: _Kind(429, "requests", "rate_limit_exceeded", RETRY_AFTER_S),
    OperationNotImplementedError: _Kind(501, code="not_implemented"),
    OverloadedError: _Kind(503, "service_unavailable_error", "server_overloaded", RETRY_AFTER_S),
    EngineStoppedError: _Kind(503, "service_unavailable_error", "server_overloaded", RETRY_AFTER_S),
    ModelError: _Kind(503, "service_unavailable_error", "model_unavailable"),
    TimeLimitError: _Kind(504, "timeout_error", "timeout"),
    StoreBusyError: _Kind(503, "service_unavailable_error", "store_busy", RETRY_AFTER_S),
    StoreError: _Kind(500, SERVER_ERROR, "store_failed"),
    FakeLLMServerError: _Kind(500, SERVER_ERROR, "server_error"),
}
"""The first class that an error is of counts."""


def describe_error(error: Exception) -> WireError:
    """The wire's view of an exception; one that nobody foresaw is logged, and tells the client no details."""
    if isinstance(error, RequestFaultError):
        issue = describe_validation_error(error.fault, error.unused_names)
        return WireError(400, issue.message, param=issue.param, code=issue.code)
    if isinstance(error, ScriptedError):
        return WireError(error.status, str(error), error.type, error.param, error.code, headers=error.headers)
    if isinstance(error, ScriptError):
        return WireError(
            500, str(error), SERVER_ERROR, code="script_error", headers={"x-should-retry": "false"}
        )
    for expected, kind in _KINDS.items():
        if isinstance(error, expected):
            param, code = getattr(error, "param", None), getattr(error, "code", None)
            retry_after_s = getattr(error, "retry_after_s", kind.retry_after_s)
            return WireError(
                kind.status,
                str(error),
                getattr(error, "type", kind.type),
                param,
                code or kind.code,
                retry_after_s,
            )
    request_id = current_request_id()
    _LOGGER.error("Request %s failed.", request_id, exc_info=error)
    return WireError(
        500,
        "The server had an error while processing your request. Sorry about that! The server's log has the "
        f"reason. (Please include the request ID {request_id} when you report it.)",
        type=SERVER_ERROR,
    )


def install_error_handlers(app: FastAPI, find_methods: Callable[[str], Sequence[str]]) -> None:
    """Have every failure that is foreseen answered in the envelope; the rest is for the request chain.

    Args:
        app: whose failures.
        find_methods: what methods a path answers, for the `Allow` of a 405; none if it doesn't know the path.
    """

    async def answer_http_error(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)  # noqa: S101 - what it is registered for
        response = _word_http_error(request, error).to_response()
        response.headers.update(error.headers or {})
        # Starlette names the methods of one route; a path may have several.
        if "allow" in response.headers and (methods := find_methods(request.url.path)):
            response.headers["allow"] = ", ".join(methods)
        return response

    app.add_exception_handler(HTTPException, answer_http_error)
    for expected in ANSWERED_ERRORS:
        app.add_exception_handler(expected, _answer_error)


async def _answer_error(_request: Request, error: Exception) -> JSONResponse:
    return describe_error(error).to_response()


def _word_http_error(request: Request, error: HTTPException) -> WireError:
    """Word the router's own refusals as OpenAI does."""
    where = f"{request.method} {request.url.path}"
    match error.status_code:
        case 404:
            return WireError(404, f"Invalid URL ({where})")
        case 405:
            hint = "(HINT: Perhaps you meant to use a different HTTP method?)"
            message = f"Not allowed to {request.method} on {request.url.path}. {hint}"
            return WireError(405, message, code="method_not_supported")
        case status:
            return WireError(status, str(error.detail))
