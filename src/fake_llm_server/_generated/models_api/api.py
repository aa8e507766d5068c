# Made by `python -m codegen generate` from spec/openapi.yaml. Don't edit it.
"""The operations of the API, to be answered by a subclass, and their routes."""

from fastapi import APIRouter, Request
from fastapi import Response as HttpResponse

from fake_llm_server._contract import (
    OperationRoute,
    Reply,
    create_reply,
)
from fake_llm_server._errors import OperationNotImplementedError
from fake_llm_server._generated.models_api.wire import (
    DeleteModelResponse,
    ListModelsResponse,
    Model,
)


class ModelsApi:
    """The operations of this API; each refuses, until a subclass answers it."""

    async def list_models(self, request: Request) -> Reply[ListModelsResponse]:
        """GET /models"""
        raise OperationNotImplementedError("listModels")

    async def retrieve_model(self, model: str, request: Request) -> Reply[Model]:
        """GET /models/{model}"""
        raise OperationNotImplementedError("retrieveModel")

    async def delete_model(self, model: str, request: Request) -> Reply[DeleteModelResponse]:
        """DELETE /models/{model}"""
        raise OperationNotImplementedError("deleteModel")


def create_router(api: ModelsApi) -> APIRouter:
    """Create the routes of this API, answered by `api`."""
    router = APIRouter(route_class=OperationRoute)

    @router.get("/models", operation_id="listModels", response_model=None)
    async def list_models(request: Request) -> HttpResponse:
        return create_reply(await api.list_models(request))

    @router.get("/models/{model:path}", operation_id="retrieveModel", response_model=None)
    async def retrieve_model(request: Request, model: str) -> HttpResponse:
        return create_reply(await api.retrieve_model(model, request))

    @router.delete("/models/{model:path}", operation_id="deleteModel", response_model=None)
    async def delete_model(request: Request, model: str) -> HttpResponse:
        return create_reply(await api.delete_model(model, request))

    return router
