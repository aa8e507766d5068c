"""What the routes of the control API have in common: what they can't take is answered as OpenAI would."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic_core import from_json

from fake_llm_server._control_api.documents.reading import DocumentFault, describe_errors
from fake_llm_server._errors import ConfigurationError, InvalidRequestError

_JSON_BEGINS = (b"{", b"[")


class ControlRoute(APIRoute):
    """A route that refuses what can't be read, or can't be meant, in OpenAI's envelope."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """What answers a request."""
        answer = super().get_route_handler()

        async def answer_in_envelope(request: Request) -> Response:
            _check_json(await request.body())
            try:
                return await answer(request)
            except RequestValidationError as error:
                raise _refuse(error) from None
            except ConfigurationError as error:
                raise InvalidRequestError(str(error), code="invalid_value") from None

        return answer_in_envelope


def _check_json(body: bytes) -> None:
    """Refuse what Python's own parser would let pass: infinity, half of a surrogate pair, endless nesting."""
    if body[:1] not in _JSON_BEGINS:
        return  # there is none, or it is a form; whoever needs one says so
    try:
        from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise InvalidRequestError(f"The body is no JSON: {error}.", code="invalid_value") from None


def _refuse(error: RequestValidationError) -> InvalidRequestError:
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return InvalidRequestError(f"The body is no JSON: {first['ctx']['error']}.", code="invalid_value")
    if isinstance(first.get("input"), bytes):
        return InvalidRequestError(
            "The body must be JSON, sent with 'Content-Type: application/json'.", code="invalid_value"
        )
    faults = [DocumentFault(fault.place[1:], fault.reason) for fault in describe_errors(error.errors())]
    words = [str(fault) if fault.place else f"The body {fault}" for fault in faults]
    return InvalidRequestError("\n".join(words), param=faults[0].path or None, code="invalid_value")
