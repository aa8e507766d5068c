# Made by `python -m codegen generate` from spec/openapi.yaml. Don't edit it.
"""The operations of the API, to be answered by a subclass, and their routes."""

from fastapi import APIRouter, Request
from fastapi import Response as HttpResponse

from fake_llm_server._contract import (
    OperationRoute,
    Reply,
    create_reply,
    read_body,
    read_query,
)
from fake_llm_server._errors import OperationNotImplementedError
from fake_llm_server._generated.responses.wire import (
    CompactResource,
    CompactResponseMethodPublicBody,
    CreateResponse,
    DeleteResponseResult,
    GetResponseQuery,
    ListInputItemsQuery,
    Response,
    ResponseItemList,
    TokenCountsBody,
    TokenCountsResource,
)


class ResponsesApi:
    """The operations of this API; each refuses, until a subclass answers it."""

    async def create_response(self, body: CreateResponse, request: Request) -> Reply[Response]:
        """POST /responses

        A stream's events are `ResponseStreamEvent`.
        """
        raise OperationNotImplementedError("createResponse")

    async def get_response(
        self, response_id: str, request: Request, query: GetResponseQuery
    ) -> Reply[Response]:
        """GET /responses/{response_id}

        A stream's events are `ResponseStreamEvent`.
        """
        raise OperationNotImplementedError("getResponse")

    async def delete_response(self, response_id: str, request: Request) -> Reply[DeleteResponseResult]:
        """DELETE /responses/{response_id}"""
        raise OperationNotImplementedError("deleteResponse")

    async def cancel_response(self, response_id: str, request: Request) -> Reply[Response]:
        """POST /responses/{response_id}/cancel"""
        raise OperationNotImplementedError("cancelResponse")

    async def list_input_items(
        self, response_id: str, request: Request, query: ListInputItemsQuery
    ) -> Reply[ResponseItemList]:
        """GET /responses/{response_id}/input_items"""
        raise OperationNotImplementedError("listInputItems")

    async def get_input_token_counts(
        self, body: TokenCountsBody, request: Request
    ) -> Reply[TokenCountsResource]:
        """POST /responses/input_tokens"""
        raise OperationNotImplementedError("Getinputtokencounts")

    async def compact_conversation(
        self, body: CompactResponseMethodPublicBody, request: Request
    ) -> Reply[CompactResource]:
        """POST /responses/compact"""
        raise OperationNotImplementedError("Compactconversation")


def create_router(api: ResponsesApi) -> APIRouter:
    """Create the routes of this API, answered by `api`."""
    router = APIRouter(route_class=OperationRoute)

    @router.post("/responses", operation_id="createResponse", response_model=None)
    async def create_response(request: Request) -> HttpResponse:
        return create_reply(await api.create_response(await read_body(request, CreateResponse), request))

    @router.get("/responses/{response_id}", operation_id="getResponse", response_model=None)
    async def get_response(request: Request, response_id: str) -> HttpResponse:
        return create_reply(
            await api.get_response(response_id, request, read_query(request, GetResponseQuery))
        )

    @router.delete("/responses/{response_id}", operation_id="deleteResponse", response_model=None)
    async def delete_response(request: Request, response_id: str) -> HttpResponse:
        return create_reply(await api.delete_response(response_id, request))

    @router.post("/responses/{response_id}/cancel", operation_id="cancelResponse", response_model=None)
    async def cancel_response(request: Request, response_id: str) -> HttpResponse:
        return create_reply(await api.cancel_response(response_id, request))

    @router.get("/responses/{response_id}/input_items", operation_id="listInputItems", response_model=None)
    async def list_input_items(request: Request, response_id: str) -> HttpResponse:
        return create_reply(
            await api.list_input_items(response_id, request, read_query(request, ListInputItemsQuery))
        )

    @router.post("/responses/input_tokens", operation_id="Getinputtokencounts", response_model=None)
    async def get_input_token_counts(request: Request) -> HttpResponse:
        return create_reply(
            await api.get_input_token_counts(
                await read_body(request, TokenCountsBody, is_required=False), request
            )
        )

    @router.post("/responses/compact", operation_id="Compactconversation", response_model=None)
    async def compact_conversation(request: Request) -> HttpResponse:
        return create_reply(
            await api.compact_conversation(
                await read_body(request, CompactResponseMethodPublicBody, is_required=False), request
            )
        )

    return router
