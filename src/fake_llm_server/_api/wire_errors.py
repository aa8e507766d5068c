"""The one place where an exception becomes OpenAI's error envelope.

The envelope is `{"error": {"message", "type", "param", "code"}}`: the contract's `ErrorResponse`.
"""

import json
import logging
from dataclasses import dataclass

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from fake_llm_server._api.validation_errors import describe_validation_error
from fake_llm_server._contract import RequestFaultError
from fake_llm_server._errors import (
    FakeLLMServerError,
    InvalidRequestError,
    NotFoundError,
    OperationNotImplementedError,
    OverloadedError,
    PermissionDeniedError,
    QueueFullError,
    TimeLimitError,
)

_LOGGER = logging.getLogger("fake_llm_server")

INVALID_REQUEST = "invalid_request_error"
SERVER_ERROR = "server_error"


@dataclass(frozen=True, slots=True)
class WireError:
    """An error as a client sees it."""

    status: int
    message: str
    type: str = INVALID_REQUEST
    param: str | None = None
    code: str | None = None

    def to_body(self) -> dict[str, dict[str, str | None]]:
        """The envelope."""
        error = {"message": self.message, "type": self.type, "param": self.param, "code": self.code}
        return {"error": error}

    def to_json(self) -> bytes:
        """The envelope as the data of an event."""
        return json.dumps(self.to_body(), ensure_ascii=False).encode()

    def to_response(self) -> JSONResponse:
        """The HTTP reply."""
        return JSONResponse(self.to_body(), status_code=self.status)


def describe_error(error: Exception) -> WireError:
    """The wire's view of an exception; one that nobody foresaw is logged, and tells the client no details."""
    match error:
        case RequestFaultError():
            issue = describe_validation_error(error.fault)
            return WireError(400, issue.message, param=issue.param, code=issue.code)
        case InvalidRequestError():
            return WireError(400, str(error), param=error.param, code=error.code)
        case NotFoundError():
            return WireError(404, str(error), param=error.param, code=error.code)
        case PermissionDeniedError():
            return WireError(403, str(error), param=error.param, code="insufficient_permissions")
        case OperationNotImplementedError():
            return WireError(501, str(error), code="not_implemented")
        case QueueFullError():
            return WireError(429, str(error), type="requests", code="rate_limit_exceeded")
        case OverloadedError():
            return WireError(503, str(error), type="service_unavailable_error", code="server_overloaded")
        case TimeLimitError():
            return WireError(504, str(error), type="timeout_error", code="timeout")
        case FakeLLMServerError():
            return WireError(500, str(error), type=SERVER_ERROR, code="server_error")
    _LOGGER.error("A handler failed.", exc_info=error)
    message = "The server had an error while processing your request. Its log says more."
    return WireError(500, message, type=SERVER_ERROR, code="internal_error")


def install_error_handlers(app: FastAPI) -> None:
    """Have every failure of `app` answered in the envelope, wherever it happens."""
    app.add_exception_handler(HTTPException, _answer_http_error)
    app.add_exception_handler(Exception, _answer_error)
    for expected in (FakeLLMServerError, RequestFaultError):
        app.add_exception_handler(expected, _answer_error)


async def _answer_error(_request: Request, error: Exception) -> JSONResponse:
    return describe_error(error).to_response()


async def _answer_http_error(request: Request, error: Exception) -> JSONResponse:
    """Word the router's own refusals as OpenAI does."""
    assert isinstance(error, HTTPException)  # noqa: S101 - what it is registered for
    where = f"{request.method} {request.url.path}"
    match error.status_code:
        case 404:
            wire = WireError(404, f"Invalid URL ({where})")
        case 405:
            hint = "(HINT: Perhaps you meant to use a different HTTP method?)"
            message = f"Not allowed to {request.method} on {request.url.path}. {hint}"
            wire = WireError(405, message, code="method_not_supported")
        case status:
            wire = WireError(status, str(error.detail))
    response = wire.to_response()
    response.headers.update(error.headers or {})
    return response
