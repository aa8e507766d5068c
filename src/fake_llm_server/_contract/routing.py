"""What generated routers do with a request and a reply."""

from collections.abc import Callable, Collection, Coroutine
from functools import partial
from typing import Any, TypeAlias, TypeVar

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError

from fake_llm_server._contract.large_work import run_aside_if_large
from fake_llm_server._contract.model import dump_json
from fake_llm_server._contract.parsing import find_unused_names, parse_json_body, parse_query
from fake_llm_server._errors import InvalidRequestError

M = TypeVar("M", bound=BaseModel)
R = TypeVar("R", bound=BaseModel)
Reply: TypeAlias = R | Response
"""What a handler may return: the wire type of the reply, or a response of its own, such as a stream."""


class OperationRoute(APIRoute):
    """A route of a generated router, whose endpoint takes the request and the path's parameters, all text.

    FastAPI has nothing to solve or to validate for it: the endpoint reads the request by the contract.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Call the endpoint."""
        endpoint = self.endpoint

        async def handle(request: Request) -> Response:
            response: Response = await endpoint(request, **request.path_params)
            return response

        return handle


class RequestFaultError(Exception):
    """A request isn't as the contract says; a reply that isn't stays a `ValidationError`: our own fault.

    Attributes:
        fault: what Pydantic found.
        unused_names: fields of the body that weren't given.
    """

    def __init__(self, fault: ValidationError, unused_names: Collection[str] = ()) -> None:
        super().__init__(str(fault))
        self.fault = fault
        self.unused_names = unused_names


async def read_body(request: Request, model: type[M], *, is_required: bool = True) -> M:
    """Read and parse a request's JSON; an empty one that isn't required counts as an empty object.

    Raises:
        InvalidRequestError: its `Content-Type` isn't JSON's.
        RequestFaultError: as `parse_json_body`.
    """
    raw = await request.body()
    if raw:
        _check_content_type(request.headers.get("content-type", ""))
    given = raw if raw or is_required else b"{}"
    return await run_aside_if_large(len(raw), partial(_parse, model, given))


def _parse(model: type[M], raw: bytes) -> M:
    try:
        return parse_json_body(model, raw)
    except ValidationError as fault:
        raise RequestFaultError(fault, find_unused_names(model, raw)) from fault


def _check_content_type(header: str) -> None:
    """Refuse another type than JSON, in OpenAI's words: https://github.com/openai/openai-openapi/issues/502."""
    media_type = header.partition(";")[0].strip()
    if media_type.lower() != "application/json":
        raise InvalidRequestError(
            f"Unsupported content type: '{media_type}'. This API method only accepts 'application/json' "
            f"requests, but you specified the header 'Content-Type: {header}'. Please try again with a "
            "supported content type.",
            code="unsupported_content_type",
        )


def read_query(request: Request, model: type[M]) -> M:
    """Parse a request's query string.

    Raises:
        RequestFaultError: as `parse_query`.
    """
    try:
        return parse_query(model, request.query_params.multi_items())
    except ValidationError as fault:
        raise RequestFaultError(fault) from fault


def create_reply(reply: BaseModel | Response) -> Response:
    """Turn what a handler returned into a response."""
    return reply if isinstance(reply, Response) else Response(dump_json(reply), media_type="application/json")
