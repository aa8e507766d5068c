"""The generated routers hand each operation to its method, and refuse what no method answers."""

import asyncio

import httpx2
import pytest
from fastapi import APIRouter, FastAPI, Request, Response

from codegen import repository
from codegen.contract import parse_contract
from fake_llm_server._contract import Reply, RequestFaultError
from fake_llm_server._errors import OperationNotImplementedError
from fake_llm_server._generated.chat import api as chat_api
from fake_llm_server._generated.models_api import api as models_api
from fake_llm_server._generated.models_api.wire import Model
from fake_llm_server._generated.responses import api as responses_api
from fake_llm_server._generated.responses.wire import CreateResponse, GetResponseQuery
from fake_llm_server._generated.responses.wire import Response as ResponseObject

CONTRACT = parse_contract(repository.CONTRACT.read_text(encoding="utf-8"))


class EchoingModels(models_api.ModelsApi):
    """Answers with the path parameter."""

    async def retrieve_model(self, model: str, request: Request) -> Reply[Model]:
        """Echo the name."""
        del request
        return Model(id=model, created=0, object="model", owned_by="us")


class EchoingResponses(responses_api.ResponsesApi):
    """Answers with responses of its own."""

    async def create_response(self, body: CreateResponse, request: Request) -> Reply[ResponseObject]:
        """Echo the input."""
        del request
        return Response(f"input {body.input}")

    async def get_response(
        self, response_id: str, request: Request, query: GetResponseQuery
    ) -> Reply[ResponseObject]:
        """Echo the path and the query."""
        del request
        return Response(f"{response_id} {query.stream} {query.include}")


def create_routers() -> list[APIRouter]:
    """Create the routers of APIs, of which only few operations are answered."""
    return [
        chat_api.create_router(chat_api.ChatCompletionsApi()),
        responses_api.create_router(EchoingResponses()),
        models_api.create_router(EchoingModels()),
    ]


def ask(method: str, path: str, content: bytes | None = None) -> httpx2.Response:
    """Ask an application of all routers."""

    async def ask_client() -> httpx2.Response:
        app = FastAPI()
        for router in create_routers():
            app.include_router(router)
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
            headers = {"content-type": "application/json"} if content else None
            return await client.request(method, path, content=content, headers=headers)

    return asyncio.run(ask_client())


def test_routers_have_every_operation() -> None:
    """The routes are the contract's operations."""
    routes = {
        (route.methods.copy().pop().lower(), route.path.replace(":path", ""))
        for router in create_routers()
        for route in router.routes
        if hasattr(route, "methods") and hasattr(route, "path")
    }
    assert routes == {(operation.method, operation.path) for operation in CONTRACT.operations}


@pytest.mark.parametrize("model", ["smollm2", "org/name", "ft:gpt-4o:org/x:y", "a%2Fb"])
def test_routers_take_slashes_in_model_names(model: str) -> None:
    """A model's name reaches its method whole, slashes and all, and a reply has just what was set."""
    reply = ask("GET", f"/models/{model}")
    assert reply.headers["content-type"] == "application/json"
    expected = {"id": model.replace("%2F", "/"), "created": 0, "object": "model", "owned_by": "us"}
    assert reply.json() == expected


def test_routers_pass_body_and_query() -> None:
    """A method gets the body and the query as wire types, and may answer with a response of its own."""
    assert ask("POST", "/responses", b'{"input": "hi"}').text == "input hi"
    path = "/responses/resp_1?stream=true&include[]=reasoning.encrypted_content&unknown=1"
    assert ask("GET", path).text == "resp_1 True ['reasoning.encrypted_content']"


@pytest.mark.parametrize("content", [b"", b"{", b'{"input": 1}'])
def test_routers_let_validation_errors_through(content: bytes) -> None:
    """A bad body raises one error, for the one place that words errors, and no 422 of FastAPI's."""
    with pytest.raises(RequestFaultError):
        ask("POST", "/responses", content)


@pytest.mark.parametrize(
    ("method", "path", "content", "operation_id"),
    [
        ("GET", "/models", None, "listModels"),
        ("DELETE", "/models/org/name", None, "deleteModel"),
        ("GET", "/chat/completions?limit=5", None, "listChatCompletions"),
        ("POST", "/chat/completions/c", b'{"metadata": {}}', "updateChatCompletion"),
        ("POST", "/responses/input_tokens", b"", "Getinputtokencounts"),
        ("POST", "/responses/compact", b'{"model": "m"}', "Compactconversation"),
        ("POST", "/responses/resp_1/cancel", None, "cancelResponse"),
    ],
)
def test_routers_refuse_what_no_method_answers(
    method: str, path: str, content: bytes | None, operation_id: str
) -> None:
    """An operation without a handler raises the error that names it; an optional body may be empty."""
    with pytest.raises(OperationNotImplementedError) as caught:
        ask(method, path, content)
    assert caught.value.operation_id == operation_id
