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
from fake_llm_server._generated.chat.wire import (
    ChatCompletionDeleted,
    ChatCompletionList,
    ChatCompletionMessageList,
    CreateChatCompletionRequest,
    CreateChatCompletionResponse,
    GetChatCompletionMessagesQuery,
    ListChatCompletionsQuery,
    UpdateChatCompletionRequest,
)


class ChatCompletionsApi:
    """The operations of this API; each refuses, until a subclass answers it."""

    async def create_chat_completion(
        self, body: CreateChatCompletionRequest, request: Request
    ) -> Reply[CreateChatCompletionResponse]:
        """POST /chat/completions

        A stream's events are `CreateChatCompletionStreamResponse`.
        """
        raise OperationNotImplementedError("createChatCompletion")

    async def list_chat_completions(
        self, request: Request, query: ListChatCompletionsQuery
    ) -> Reply[ChatCompletionList]:
        """GET /chat/completions"""
        raise OperationNotImplementedError("listChatCompletions")

    async def get_chat_completion(
        self, completion_id: str, request: Request
    ) -> Reply[CreateChatCompletionResponse]:
        """GET /chat/completions/{completion_id}"""
        raise OperationNotImplementedError("getChatCompletion")

    async def update_chat_completion(
        self, completion_id: str, body: UpdateChatCompletionRequest, request: Request
    ) -> Reply[CreateChatCompletionResponse]:
        """POST /chat/completions/{completion_id}"""
        raise OperationNotImplementedError("updateChatCompletion")

    async def delete_chat_completion(
        self, completion_id: str, request: Request
    ) -> Reply[ChatCompletionDeleted]:
        """DELETE /chat/completions/{completion_id}"""
        raise OperationNotImplementedError("deleteChatCompletion")

    async def get_chat_completion_messages(
        self, completion_id: str, request: Request, query: GetChatCompletionMessagesQuery
    ) -> Reply[ChatCompletionMessageList]:
        """GET /chat/completions/{completion_id}/messages"""
        raise OperationNotImplementedError("getChatCompletionMessages")


def create_router(api: ChatCompletionsApi) -> APIRouter:
    """Create the routes of this API, answered by `api`."""
    router = APIRouter(route_class=OperationRoute)

    @router.post("/chat/completions", operation_id="createChatCompletion", response_model=None)
    async def create_chat_completion(request: Request) -> HttpResponse:
        return create_reply(
            await api.create_chat_completion(await read_body(request, CreateChatCompletionRequest), request)
        )

    @router.get("/chat/completions", operation_id="listChatCompletions", response_model=None)
    async def list_chat_completions(request: Request) -> HttpResponse:
        return create_reply(
            await api.list_chat_completions(request, read_query(request, ListChatCompletionsQuery))
        )

    @router.get("/chat/completions/{completion_id}", operation_id="getChatCompletion", response_model=None)
    async def get_chat_completion(request: Request, completion_id: str) -> HttpResponse:
        return create_reply(await api.get_chat_completion(completion_id, request))

    @router.post(
        "/chat/completions/{completion_id}", operation_id="updateChatCompletion", response_model=None
    )
    async def update_chat_completion(request: Request, completion_id: str) -> HttpResponse:
        return create_reply(
            await api.update_chat_completion(
                completion_id, await read_body(request, UpdateChatCompletionRequest), request
            )
        )

    @router.delete(
        "/chat/completions/{completion_id}", operation_id="deleteChatCompletion", response_model=None
    )
    async def delete_chat_completion(request: Request, completion_id: str) -> HttpResponse:
        return create_reply(await api.delete_chat_completion(completion_id, request))

    @router.get(
        "/chat/completions/{completion_id}/messages",
        operation_id="getChatCompletionMessages",
        response_model=None,
    )
    async def get_chat_completion_messages(request: Request, completion_id: str) -> HttpResponse:
        return create_reply(
            await api.get_chat_completion_messages(
                completion_id, request, read_query(request, GetChatCompletionMessagesQuery)
            )
        )

    return router
